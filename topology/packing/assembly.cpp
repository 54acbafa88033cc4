// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/assembly.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "topology/packing/switch_removal.hpp"
#include "topology/packing/tree_growth.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::vector<HopRoute> routes_of(const std::vector<PackedTree>& trees, std::vector<RankLink> links) {
  std::map<std::pair<int, int>, std::int64_t> parts;
  for (const PackedTree& tree : trees)
    for (const TreeHop& hop : tree.hops) parts[{hop.source, hop.target}] += tree.weight;
  std::vector<HopRoute> routes;
  for (RankLink& link : links) {
    const auto used = parts.find({link.source, link.target});
    for (Way& way : link.ways) {
      if (used == parts.end() || used->second == 0) break;
      const std::int64_t weight = std::min(way.parts, used->second);
      routes.push_back({link.source, link.target, weight, std::move(way.arcs)});
      used->second -= weight;
    }
  }
  return routes;
}

/// Calls `look` with each number of parts in a packing.
template <typename Look>
void for_each_count(TreePacking& packing, Look look) {
  for (std::int64_t& parts : packing.parts) look(parts);
  look(packing.total);
  for (PackedTree& tree : packing.trees) look(tree.weight);
  for (HopRoute& route : packing.routes) look(route.weight);
}

}  // namespace

void require_packable(const FlowGraph& graph) {
  if (graph.ranks.empty()) throw Error("there are no ranks to pack trees for: describe a machine with GPUs or CPUs");
  if (graph.ranks.size() <= at(kMostPackedRanks)) return;
  throw Error("trees are packed for at most " + std::to_string(kMostPackedRanks) + " ranks, not " +
              std::to_string(graph.ranks.size()) + ": use the hierarchical algorithm");
}

TreePacking packing_of_one() { return {.parts = {1}, .total = 1, .trees = {{.root = 0, .hops = {}}}, .routes = {}}; }

TreePacking packing_of(const PartGraph& graph) {
  const std::vector<RankLink> links = without_switches(graph);
  TreePacking packing{.parts = graph.parts, .total = 0, .trees = grown_trees(links, graph.parts), .routes = {}};
  packing.total = std::accumulate(packing.parts.begin(), packing.parts.end(), std::int64_t{0});
  packing.routes = routes_of(packing.trees, links);
  return packing;
}

void simplify(std::span<TreePacking* const> packings) {
  std::int64_t common = 0;
  for (TreePacking* packing : packings)
    for_each_count(*packing, [&](std::int64_t count) { common = std::gcd(common, count); });
  for (TreePacking* packing : packings) for_each_count(*packing, [&](std::int64_t& count) { count /= common; });
}

ArcParts parts_on_arcs(const TreePacking& packing, const FlowGraph& graph) {
  ArcParts parts(graph.arcs.size(), 0);
  for (const HopRoute& route : packing.routes)
    for (const int arc : route.arcs) parts[at(arc)] += route.weight;
  return parts;
}

Rational fullest_arc(const ArcParts& parts, std::int64_t total, const FlowGraph& graph) {
  Rational fullest{0};
  for (std::size_t arc = 0; arc < parts.size(); ++arc) {
    if (graph.unbounded[arc] != 0) continue;
    const Rational each = Rational::of(parts[arc], graph.arcs[arc].capacity);
    fullest = std::max(fullest, each);
  }
  return fullest / (Rational(graph.unit) * Rational(total));
}

}  // namespace muster
