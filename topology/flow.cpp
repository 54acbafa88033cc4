// SPDX-License-Identifier: Apache-2.0
// From the graph of devices to the graph of capacities: one arc per pair of nodes, whole numbers.
#include "topology/flow.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

/// Bytes/s; no link or device moves a petabyte per second, so a larger number is a slip and counts as not known.
constexpr double kMostRate = 1e15;

/// Sums of capacities times numbers of ranks stay below this, and so within WideInt.
constexpr double kMostReckoned = 0x1p118;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Whole bytes/s, rounded up; 0 = not known.
std::int64_t rate_of(const Capacity& capacity, RateKind kind) {
  const BytesPerSecond rate = kind == RateKind::line ? capacity.line : best_known(capacity);
  return rate.value > 0 && rate.value <= kMostRate ? static_cast<std::int64_t>(std::ceil(rate.value)) : 0;
}

/// Before parallel links become one arc and rates become units.
struct RawArc {
  int source = 0;
  int target = 0;
  std::int64_t rate = 0;  ///< bytes/s, 0 = not known
};

/// Sorted by source, then target: by counting, because a fabric of 10^5 GPUs has 10^6 links.
std::vector<RawArc> sorted_by_ends(const std::vector<RawArc>& arcs, int nodes) {
  std::vector<std::size_t> start(at(nodes) + 1, 0);
  for (const RawArc& arc : arcs) ++start[at(arc.source) + 1];
  for (std::size_t node = 1; node < start.size(); ++node) start[node] += start[node - 1];
  std::vector<RawArc> sorted(arcs.size());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (const RawArc& arc : arcs) sorted[next[at(arc.source)]++] = arc;
  for (std::size_t node = 0; node + 1 < start.size(); ++node) {
    const auto begin = sorted.begin() + static_cast<std::ptrdiff_t>(start[node]);
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(start[node + 1]);
    if (!std::is_sorted(begin, end, [](const RawArc& a, const RawArc& b) { return a.target < b.target; }))
      std::sort(begin, end, [](const RawArc& a, const RawArc& b) { return a.target < b.target; });
  }
  return sorted;
}

/// Adds the nodes to `graph` and returns its arcs in no order.
std::vector<RawArc> raw_arcs(const Topology& topology, const FlowRequest& request, FlowGraph& graph) {
  std::vector<RawArc> arcs;
  graph.nodes = static_cast<int>(topology.devices.size());
  for (int device = 0; device < graph.nodes; ++device) graph.device.push_back(device);
  graph.exit = graph.device;
  for (int device = 0; device < static_cast<int>(topology.devices.size()); ++device) {
    const std::int64_t through = rate_of(topology.devices[at(device)].through, request.rates);
    if (through == 0) continue;
    graph.exit[at(device)] = graph.nodes++;
    graph.device.push_back(device);
    arcs.push_back({device, graph.exit[at(device)], through});
  }
  for (const Link& link : topology.links) {
    if (is_chosen(link, request.links))
      arcs.push_back({graph.exit[at(link.source)], link.target, rate_of(link.capacity, request.rates)});
  }
  return sorted_by_ends(arcs, graph.nodes);
}

}  // namespace

bool is_chosen(const Link& link, LinkChoice choice) {
  return choice == LinkChoice::all || link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
}

FlowGraph flow_graph(const Topology& topology, const FlowRequest& request) {
  FlowGraph graph;
  graph.ranks = rank_devices(topology);
  const std::vector<RawArc> raw = raw_arcs(topology, request, graph);
  WideInt sum = 0;
  std::int64_t unit = 0;
  for (const RawArc& arc : raw) {
    sum += arc.rate;
    unit = std::gcd(unit, arc.rate);
  }
  graph.unit = std::max<std::int64_t>(unit, 1);
  graph.infinity = (sum / graph.unit + 1) * static_cast<WideInt>(graph.ranks.size() + 1);
  for (const RawArc& arc : raw) {
    if (graph.arcs.empty() || graph.arcs.back().source != arc.source || graph.arcs.back().target != arc.target) {
      graph.arcs.push_back({arc.source, arc.target, 0});
      graph.unbounded.push_back(0);
    }
    if (arc.rate == 0) graph.unbounded.back() = 1;
    graph.arcs.back().capacity += arc.rate / graph.unit;
  }
  for (std::size_t arc = 0; arc < graph.arcs.size(); ++arc)
    if (graph.unbounded[arc] != 0) graph.arcs[arc].capacity = graph.infinity;
  const auto arcs = static_cast<double>(graph.arcs.size());
  if (static_cast<double>(graph.infinity) * arcs * static_cast<double>(graph.ranks.size()) > kMostReckoned)
    throw Error("the rates of " + std::to_string(graph.arcs.size()) +
                " links differ too much to be reckoned with exactly: give them in round numbers");
  return graph;
}

}  // namespace muster
