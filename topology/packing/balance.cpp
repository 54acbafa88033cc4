// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/balance.hpp"

#include <algorithm>
#include <numeric>

#include "topology/packing/share_search.hpp"

namespace muster {

FlowGraph finite(FlowGraph graph, const Weights& weights) {
  const Rational share = largest_share(graph, weights);
  const WideInt weight = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  const WideInt sent = share.numerator() * weight / share.denominator() + 1;
  for (Arc& arc : graph.arcs) arc.capacity = std::min(arc.capacity, sent * static_cast<WideInt>(graph.ranks.size()));
  return graph;
}

FlowGraph balanced(const FlowGraph& graph, const Weights& weights) {
  const FlowGraph whole = finite(graph, weights);
  if (is_balanced(whole)) return whole;
  const FlowGraph fitting = clipped(whole);
  return is_balanced(fitting) ? fitting : passable(fitting, weights);
}

}  // namespace muster
