// SPDX-License-Identifier: Apache-2.0
// The target files that ship, built into the program from targets/*.json of this folder: "default" and one for each
// machine that people buy.
#pragma once

#include <span>
#include <string_view>

namespace muster {

struct TargetsText {
  std::string_view name;  ///< "default", "h100"
  std::string_view text;  ///< the JSON file
};

/// Sorted by name.
std::span<const TargetsText> targets_library();

/// Null when no shipped file is called so.
const TargetsText* find_targets(std::string_view name);

}  // namespace muster
