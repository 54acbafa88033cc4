// SPDX-License-Identifier: Apache-2.0
// Symmetry of a flow graph: which nodes are interchangeable, proven by automorphisms that were checked arc by arc, and
// the equitable quotient that keeps graphs of any size small. Theory: docs/limits.md.
#pragma once

#include <vector>

#include "topology/flow.hpp"

namespace muster {

/// [node] = number of its class; nodes of one class are images of each other under verified automorphisms.
struct Orbits {
  std::vector<int> of_node;
  int count = 0;
  std::vector<std::vector<int>> generators;  ///< the automorphisms found, as permutations of nodes; few, not all
};

/// Tries swaps of nodes that colour refinement cannot tell apart, and `candidates` (permutations of nodes); keeps what
/// proves true. Never joins two nodes without proof, so a large count costs time and nothing else.
Orbits certified_orbits(const FlowGraph& graph, const std::vector<std::vector<int>>& candidates);

/// The coarsest partition in which every node of a cell has the same capacity to and from every other cell, and in
/// which `alone` are cells of their own. A maximum flow between nodes of `alone` is the same as in the quotient.
struct Quotient {
  std::vector<int> cell_of;  ///< [node]
  std::vector<int> size;     ///< [cell] nodes in it
  std::vector<int> ranks;    ///< [cell] ranks in it: all of its nodes or none
  std::vector<Arc> arcs;     ///< between cells, capacities summed over all their nodes
};
Quotient equitable_quotient(const FlowGraph& graph, const std::vector<int>& alone);

}  // namespace muster
