// SPDX-License-Identifier: Apache-2.0
// The two binary trees of Sanders, Speck and Träff (2009): no rank but the root has children in both, so that each
// carries half of the data with both directions of its link busy.
#pragma once

#include <vector>

namespace muster {

enum class Twin { first, second };

struct TreeShape {
  int ranks = 1;
  int root = 0;
  Twin twin = Twin::first;
};

/// [rank]: the ranks below it, at most two. The root has one, unless it is alone.
std::vector<std::vector<int>> children_in(const TreeShape& shape);

}  // namespace muster
