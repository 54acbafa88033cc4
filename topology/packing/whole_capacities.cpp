// SPDX-License-Identifier: Apache-2.0
#include "topology/packing/whole_capacities.hpp"

#include <cmath>
#include <numeric>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Fractions of the simplest machines are sevenths of sixths; 5040 = 7! has all denominators up to 10 within.
constexpr std::int64_t kMostDenominator = 5040;
constexpr std::int64_t kMostCommon = 1'000'000;
/// What floating point makes of a fraction of two small numbers.
constexpr double kRounding = 1e-7;

}  // namespace

std::int64_t denominator_of(std::span<const double> fractions, std::int64_t otherwise) {
  std::int64_t common = 1;
  for (const double fraction : fractions) {
    const Rational nearest = nearest_rational(fraction, kMostDenominator);
    if (std::abs(nearest.value() - fraction) > kRounding) return otherwise;
    common = std::lcm(common, static_cast<std::int64_t>(nearest.denominator()));
    if (common > kMostCommon) return otherwise;
  }
  return common;
}

// A circulation: what is wanted, rounded down, and the flow that adds one here and there until switches are balanced.
// One more node takes from and gives to ranks whatever they need.
std::optional<FlowGraph> with_capacities(const FlowGraph& graph, std::span<const double> wanted,
                                         std::int64_t parts_of_unit) {
  const int hub = graph.nodes;
  const int source = hub + 1;
  const int sink = hub + 2;
  MaxFlow flow(graph.nodes + 3);
  std::vector<WideInt> surplus(at(graph.nodes) + 1, 0);
  FlowGraph result = graph;
  result.infinity *= parts_of_unit;
  for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc) {
    const Arc& each = graph.arcs[arc];
    const double exact = wanted[arc] * static_cast<double>(parts_of_unit);
    const double slack = kRounding * std::max(1.0, exact);
    const auto most = static_cast<WideInt>(std::ceil(std::max(0.0, exact - slack)));
    const WideInt least = std::min(most, static_cast<WideInt>(std::floor(exact + slack)));
    result.arcs[arc].capacity = least;
    flow.add_arc(each.source, each.target, most - least);
    surplus[at(each.target)] += least;
    surplus[at(each.source)] -= least;
  }
  for (const int rank : graph.ranks) {
    flow.add_arc(rank, hub, MaxFlow::kEnough / 2);
    flow.add_arc(hub, rank, MaxFlow::kEnough / 2);
  }
  WideInt missing = 0;
  for (int node = 0; node <= hub; ++node) {
    const WideInt each = surplus[at(node)];
    if (each > 0) flow.add_arc(source, node, each);
    if (each < 0) flow.add_arc(node, sink, -each);
    missing += each > 0 ? each : 0;
  }
  if (flow.run(source, sink) < missing) return std::nullopt;
  for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc)
    result.arcs[arc].capacity += flow.flow_on(static_cast<int>(arc));
  return result;
}

}  // namespace muster
