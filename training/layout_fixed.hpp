// SPDX-License-Identifier: Apache-2.0
// Part of a layout: what a search must not vary. "tp=8,precision=fp8" holds the tensor group and the number format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "training/layout.hpp"

namespace muster {

struct FixedLayout {
  Layout layout = {};                  ///< with the values said; the rest goes without saying
  std::vector<std::string> keys = {};  ///< long names of what was said

  /// Whether `other` has the same values under all keys.
  bool allows(const Layout& other) const;
};

/// Of the short text; empty text fixes nothing. Throws Error as parse_layout() does.
FixedLayout read_fixed_layout(std::string_view text);

}  // namespace muster
