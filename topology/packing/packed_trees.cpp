// SPDX-License-Identifier: Apache-2.0
// Packings in which every rank sends the same, or one rank sends all: how much, in how many parts, over which trees.
#include "topology/packed_trees.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.hpp"
#include "topology/packing/assembly.hpp"
#include "topology/packing/balance.hpp"

namespace muster {
namespace {

TreePacking pack(const FlowGraph& graph, const Weights& weights, std::int64_t most_parts) {
  require_packable(graph);
  if (graph.ranks.size() == 1) return packing_of_one();
  const FlowGraph usable = balanced(graph, weights);
  const Rational share = largest_share(usable, weights);
  const WideInt exact = least_parts(share, {&usable, 1});
  const std::int64_t most = most_parts > 0 ? std::min(most_parts, kMostParts) : kMostParts;
  const auto parts = static_cast<std::int64_t>(std::min<WideInt>(exact, most));
  TreePacking packing = packing_of(in_parts(usable, weights, share, parts));
  simplify(std::array{&packing});
  packing.seconds_per_byte = fullest_arc(parts_on_arcs(packing, graph), packing.total, graph);
  return packing;
}

}  // namespace

TreePacking pack_trees(const FlowGraph& graph, std::int64_t most_parts) {
  return pack(graph, Weights(graph.ranks.size(), 1), most_parts);
}

TreePacking pack_broadcast(const FlowGraph& graph, int root, std::int64_t most_parts) {
  MUSTER_ASSERT(root >= 0 && root < static_cast<int>(graph.ranks.size()));
  Weights weights(graph.ranks.size(), 0);
  weights[static_cast<std::size_t>(root)] = 1;
  return pack(graph, weights, most_parts);
}

FlowGraph reversed(FlowGraph graph) {
  for (Arc& arc : graph.arcs) std::swap(arc.source, arc.target);
  return graph;
}

}  // namespace muster
