// SPDX-License-Identifier: Apache-2.0
// The judge of packings: reads trees and routes, knows nothing of how they were found.
#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "topology/packed_trees.hpp"
#include "topology/packing/assembly.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string hop_name(int source, int target) { return std::to_string(source) + " -> " + std::to_string(target); }

using HopParts = std::map<std::pair<int, int>, std::int64_t>;

class Judge {
 public:
  Judge(const TreePacking& packing, const FlowGraph& graph)
      : packing_(packing), graph_(graph), ranks_(static_cast<int>(graph.ranks.size())) {}

  std::string fault() {
    if (packing_.parts.size() != at(ranks_))
      return "the packing is for " + std::to_string(packing_.parts.size()) + " ranks";
    std::vector<std::int64_t> rooted(at(ranks_), 0);
    for (std::size_t tree = 0; tree < packing_.trees.size(); ++tree) {
      const std::string what = fault_of_tree(packing_.trees[tree]);
      if (!what.empty()) return "tree " + std::to_string(tree) + ": " + what;
      rooted[at(packing_.trees[tree].root)] += packing_.trees[tree].weight;
    }
    for (int rank = 0; rank < ranks_; ++rank) {
      if (rooted[at(rank)] == packing_.parts[at(rank)]) continue;
      return "trees of rank " + std::to_string(rank) + " carry " + std::to_string(rooted[at(rank)]) + " parts of " +
             std::to_string(packing_.parts[at(rank)]);
    }
    if (std::accumulate(packing_.parts.begin(), packing_.parts.end(), std::int64_t{0}) != packing_.total)
      return "parts of ranks do not sum up to the total";
    const std::string what = fault_of_routes();
    return what.empty() ? fault_of_time() : what;
  }

 private:
  bool is_rank(int rank) const { return rank >= 0 && rank < ranks_; }

  std::string fault_of_tree(const PackedTree& tree) {
    if (!is_rank(tree.root)) return "its root is no rank";
    if (tree.weight <= 0) return "it carries nothing";
    std::vector<char> has(at(ranks_), 0);
    has[at(tree.root)] = 1;
    for (const TreeHop& hop : tree.hops) {
      if (!is_rank(hop.source) || !is_rank(hop.target)) return "a hop ends at no rank";
      if (has[at(hop.source)] == 0) return hop_name(hop.source, hop.target) + " sends what its source lacks";
      if (has[at(hop.target)] != 0) return hop_name(hop.source, hop.target) + " sends what its target has";
      has[at(hop.target)] = 1;
      hops_[{hop.source, hop.target}] += tree.weight;
    }
    const auto missed = std::ranges::find(has, 0);
    return missed == has.end() ? "" : "it does not reach rank " + std::to_string(missed - has.begin());
  }

  std::string fault_of_routes() {
    HopParts routed;
    for (const HopRoute& route : packing_.routes) {
      if (!is_rank(route.source) || !is_rank(route.target) || route.weight <= 0 || !connects(route))
        return "a route of " + hop_name(route.source, route.target) + " does not lead there";
      routed[{route.source, route.target}] += route.weight;
    }
    if (routed == hops_) return "";
    for (const auto& [hop, parts] : hops_)
      if (routed[hop] != parts)
        return "routes of " + hop_name(hop.first, hop.second) + " carry " + std::to_string(routed[hop]) + " parts of " +
               std::to_string(parts);
    return "there are routes that no hop takes";
  }

  /// From rank to rank along arcs that follow each other, no node twice.
  bool connects(const HopRoute& route) const {
    int node = graph_.ranks[at(route.source)];
    std::vector<int> met{node};
    for (const int arc : route.arcs) {
      if (arc < 0 || at(arc) >= graph_.arcs.size() || graph_.arcs[at(arc)].source != node) return false;
      node = graph_.arcs[at(arc)].target;
      if (std::ranges::count(met, node) > 0) return false;
      met.push_back(node);
    }
    return node == graph_.ranks[at(route.target)];
  }

  std::string fault_of_time() const {
    const ArcParts parts = parts_on_arcs(packing_, graph_);
    const Rational fullest = fullest_arc(parts, packing_.total, graph_);
    if (fullest == packing_.seconds_per_byte) return "";
    return "the fullest arc takes " + fullest.text() + " s per byte, not " + packing_.seconds_per_byte.text();
  }

  const TreePacking& packing_;
  const FlowGraph& graph_;
  int ranks_;
  HopParts hops_;
};

}  // namespace

std::string fault_of(const TreePacking& packing, const FlowGraph& graph) { return Judge(packing, graph).fault(); }

}  // namespace muster
