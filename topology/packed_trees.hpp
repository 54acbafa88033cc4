// SPDX-License-Identifier: Apache-2.0
// Spanning trees packed into a graph so that every link is used as much as the all-gather limit allows: the plan for
// machines that are not regular. Theory with sources: docs/limits.md, "packing".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rational.hpp"
#include "topology/flow.hpp"

namespace muster {

/// From one rank to another, over switches and NICs that only pass it on.
struct TreeHop {
  int source = 0;  ///< rank
  int target = 0;  ///< rank
};

/// Out-tree: hops in an order in which each source is the root or an earlier target.
struct PackedTree {
  int root = 0;
  std::int64_t weight = 1;  ///< trees of this shape; each carries one part of the root's share
  std::vector<TreeHop> hops;
};

/// What trees put on one arc of the graph: hop by hop, how much goes along which way.
struct HopRoute {
  int source = 0;  ///< rank
  int target = 0;  ///< rank
  std::int64_t weight = 0;
  std::vector<int> arcs;  ///< of the graph, in order
};

/// Trees for all-gather (used backwards: reduce-scatter). Rank r owns parts[r] of `total` parts of the data.
struct TreePacking {
  std::vector<std::int64_t> parts;  ///< [rank]; sum = total
  std::int64_t total = 0;
  std::vector<PackedTree> trees;  ///< weights of a root's trees sum up to its parts
  std::vector<HopRoute> routes;   ///< for each pair (source, target) weights sum up to those of all hops between them
  Rational seconds_per_byte{0};   ///< of the whole data: the fullest arc's time, counted from the routes
};

/// Optimal when all ranks own the same: seconds_per_byte equals the all-gather limit. `most_parts` > 0 bounds the parts
/// of a rank (fewer, larger messages) at the price of the optimum. Throws Error when there are no ranks or more than
/// 512 (kMostPackedRanks), or when one cannot be reached.
TreePacking pack_trees(const FlowGraph& graph, std::int64_t most_parts = 0);

/// All data are the root's (used backwards, on the reversed graph: reduce).
TreePacking pack_broadcast(const FlowGraph& graph, int root, std::int64_t most_parts = 0);

/// Every arc turned around, arcs numbered as before: trees packed there gather what they scatter here.
FlowGraph reversed(FlowGraph graph);

/// The volume check, independent of how the packing was made: every tree spans, parts add up, every hop is routed over
/// arcs that exist and connect, and no arc carries more than seconds_per_byte allows. Returns "" or what is wrong.
std::string fault_of(const TreePacking& packing, const FlowGraph& graph);

/// An all-reduce as trees that sum up to their root and then broadcast from it, both at the same time on shared links.
struct AllReducePacking {
  TreePacking gather;            ///< roots may own different shares
  TreePacking scatter;           ///< in-trees, written as out-trees of the reversed graph; the same parts
  Rational seconds_per_byte{0};  ///< fullest arc under both together
  /// How much less, relative to a plan's own, no plan of this kind could take; 1 where that was not found out.
  double gap = 1;
};

/// Twice the all-gather packing where that is optimal; on uneven machines shares by a linear program over symmetries.
/// `most_parts` > 0 bounds the parts of the rank that owns least.
AllReducePacking pack_all_reduce(const FlowGraph& graph, std::int64_t most_parts = 0);

}  // namespace muster
