// SPDX-License-Identifier: Apache-2.0
// Ranks as people read them in incidents.
#pragma once

#include <string>
#include <vector>

namespace muster {

/// "rank 3", "ranks 1, 2, 5".
inline std::string name_ranks(const std::vector<int>& ranks) {
  std::string text = ranks.size() == 1 ? "rank" : "ranks";
  for (std::size_t i = 0; i < ranks.size(); ++i) text += (i == 0 ? " " : ", ") + std::to_string(ranks[i]);
  return text;
}

}  // namespace muster
