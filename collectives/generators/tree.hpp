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

/// Where one rank stands, by arithmetic alone: for plans that are never written out.
struct TreePlace {
  int parent = -1;                                      ///< rank; -1 at the root
  int height = 0;                                       ///< links to the farthest leaf that a full tree has below it
  enum class Side { lower, upper } side = Side::upper;  ///< which child of its parent; the root's only one is upper
  int lower_child = -1;                                 ///< rank; -1 = none
  int upper_child = -1;                                 ///< rank; -1 = none
};
TreePlace place_in(const TreeShape& shape, int rank);

}  // namespace muster
