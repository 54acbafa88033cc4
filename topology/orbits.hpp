// SPDX-License-Identifier: Apache-2.0
// Symmetry of a flow graph: which nodes are interchangeable, proven by automorphisms that were checked arc by arc, and
// the equitable quotient that keeps graphs of any size small. Theory: docs/limits.md.
#pragma once

#include <vector>

#include "topology/flow.hpp"
#include "topology/refinement.hpp"

namespace muster {

/// A node and its image. A permutation is the list of those that move; all others stay.
struct NodeImage {
  int node = 0;
  int image = 0;
};
using Permutation = std::vector<NodeImage>;

/// [node] = number of its class; nodes of one class are images of each other under verified automorphisms.
struct Orbits {
  std::vector<int> of_node;
  std::vector<int> size;                ///< [class] nodes in it
  std::vector<Permutation> generators;  ///< the automorphisms found; few, not all
};

/// What certified_orbits looks at: one graph, prepared once.
struct OrbitRequest {
  const FlowGraph& graph;
  const Adjacency& adjacency;
  const Partition& cells;  ///< as refined from the ranks alone
  /// Permutations that may be automorphisms; each is verified.
  std::vector<Permutation> candidates{};
};

/// Tries the candidates, swaps of nodes that colour refinement cannot tell apart, and on graphs that are small enough
/// whole isomorphisms; keeps what proves true. Never joins two nodes without proof, so a large count of classes costs
/// time and nothing else. Work is bounded by a multiple of the graph's size.
Orbits certified_orbits(const OrbitRequest& request);
Orbits certified_orbits(const FlowGraph& graph);

/// The cells of an equitable partition as a graph. A maximum flow between nodes that are cells of their own, or between
/// whole cells, is the same in it.
struct Quotient {
  std::vector<int> cell_of;  ///< [node]
  std::vector<int> size;     ///< [cell] nodes in it
  std::vector<int> ranks;    ///< [cell] ranks in it: all of its nodes or none
  std::vector<Arc> arcs;     ///< between cells, capacities summed over all their nodes
};
Quotient quotient_of(const FlowGraph& graph, const Adjacency& adjacency, const Partition& cells);
/// The coarsest one in which `alone` are cells of their own.
Quotient equitable_quotient(const FlowGraph& graph, const std::vector<int>& alone);

}  // namespace muster
