// SPDX-License-Identifier: Apache-2.0
// The one door through which YAML comes in: libyaml's events with bounds, read into a small tree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/units.hpp"

namespace muster {

struct YamlNode {
  enum class Kind { scalar, sequence, mapping };

  Kind kind = Kind::scalar;
  int line = 0;                                            ///< from 1
  std::string text{};                                      ///< of a scalar
  std::vector<YamlNode> items{};                           ///< of a sequence
  std::vector<std::pair<std::string, YamlNode>> fields{};  ///< of a mapping, in order
};

struct YamlLimits {
  int depth = 64;
  int nodes = 1 << 20;
  Bytes document{std::uint64_t{64} << 20};
};

/// The first document. Throws Error "origin:line: ..." for what is not well-formed, for aliases (a few lines of them
/// stand for billions of nodes) and beyond the limits.
YamlNode parse_yaml(std::string_view text, const std::string& origin, const YamlLimits& limits = {});

/// Value of a key of a mapping; nullptr when there is none.
const YamlNode* find_field(const YamlNode& node, std::string_view key);

}  // namespace muster
