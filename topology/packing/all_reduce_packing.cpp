// SPDX-License-Identifier: Apache-2.0
// An all-reduce as a scatter of sums and a gather: with equal shares, or with the shares that a search finds where
// ranks are uneven.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "topology/packed_trees.hpp"
#include "topology/packing/assembly.hpp"
#include "topology/packing/balance.hpp"
#include "topology/packing/share_search.hpp"

namespace muster {
namespace {

/// Below this the search's answer is as good as equal shares: it is rounded.
constexpr double kWorthwhile = 1e-7;

/// 0 where rounding took some rank's only way.
Rational common_share(const SharePlan& plan) {
  return std::min(best_service(plan.gather, plan.weights).share, best_service(plan.scatter, plan.weights).share);
}

AllReducePacking pack_both(const FlowGraph& graph, const SharePlan& plan, std::int64_t most_parts) {
  const std::array<FlowGraph, 2> graphs{plan.gather, plan.scatter};
  const Rational share = common_share(plan);
  const std::int64_t most = most_parts > 0 ? std::min(most_parts, kMostParts) : kMostParts;
  const auto parts = static_cast<std::int64_t>(std::min<WideInt>(least_parts(share, graphs), most));
  AllReducePacking packing;
  packing.gather = packing_of(in_parts(plan.gather, plan.weights, share, parts));
  packing.scatter = packing_of(in_parts(plan.scatter, plan.weights, share, parts));
  simplify(std::array{&packing.gather, &packing.scatter});
  ArcParts both = parts_on_arcs(packing.gather, graph);
  const ArcParts scattered = parts_on_arcs(packing.scatter, graph);
  packing.gather.seconds_per_byte = fullest_arc(both, packing.gather.total, graph);
  packing.scatter.seconds_per_byte = fullest_arc(scattered, packing.scatter.total, graph);
  std::ranges::transform(both, scattered, both.begin(), std::plus{});
  packing.seconds_per_byte = fullest_arc(both, packing.gather.total, graph);
  return packing;
}

SharePlan equal_shares(const FlowGraph& graph) {
  const Weights weights(graph.ranks.size(), 1);
  return {.gather = balanced(graph, weights), .scatter = balanced(reversed(graph), weights), .weights = weights};
}

}  // namespace

AllReducePacking pack_all_reduce(const FlowGraph& graph, std::int64_t most_parts) {
  require_packable(graph);
  if (graph.ranks.size() == 1) return {.gather = packing_of_one(), .scatter = packing_of_one(), .gap = 0};
  const SharePlan equal = equal_shares(graph);
  AllReducePacking best = pack_both(graph, equal, most_parts);
  const std::optional<SharePlan> uneven = uneven_shares(finite(graph, equal.weights));
  if (!uneven) return best;
  const double seconds = 1 / (uneven->most * static_cast<double>(graph.unit));
  if (best.seconds_per_byte.value() > seconds * (1 + kWorthwhile) && common_share(*uneven) > Rational(0)) {
    AllReducePacking other = pack_both(graph, *uneven, most_parts);
    if (other.seconds_per_byte < best.seconds_per_byte) best = std::move(other);
  }
  best.gap = std::max(0.0, 1 - seconds / best.seconds_per_byte.value());
  return best;
}

}  // namespace muster
