// SPDX-License-Identifier: Apache-2.0
// Symmetry of one node, found by search: a node has some dozen devices, and which of them are alike depends on wires
// that anybody may have edited.
#pragma once

#include <vector>

namespace muster {

struct NodeGraph {
  std::vector<int> colours;  ///< [vertex]: only vertices of one colour can be images of each other
  struct Edge {
    int one = 0;
    int other = 0;
    int colour = 0;
  };
  std::vector<Edge> edges;  ///< undirected; parallel ones count
};

/// Automorphisms that carry members of `targets` onto each other, few but enough to join all that are alike, as far as
/// a search of bounded length finds them.
std::vector<std::vector<int>> automorphisms_of(const NodeGraph& graph, const std::vector<int>& targets);

}  // namespace muster
