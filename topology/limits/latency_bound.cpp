// SPDX-License-Identifier: Apache-2.0
// The time of the first byte: no answer is complete before the farthest ranks have heard of each other.
#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// [arc] seconds of the fastest of its parallel links; 0 = not known, or inside a device.
std::vector<double> arc_latencies(const Study& study) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  std::vector<double> latency(study.graph.arcs.size(), kNone);
  for (const Link& link : study.topology.links) {
    if (!is_chosen(link, study.links)) continue;
    const auto steps = study.adjacency.out(study.graph.exit[at(link.source)]);
    double& known = latency[at(std::ranges::lower_bound(steps, link.target, {}, &Neighbour::node)->arc)];
    known = std::min(known, std::max(link.latency.value, 0.0));
  }
  for (double& each : latency)
    if (each == kNone) each = 0;
  return latency;
}

/// [node] seconds from `source`.
std::vector<double> distances(const Study& study, const std::vector<double>& latency, int source) {
  using Entry = std::pair<double, int>;
  std::vector<double> distance(at(study.graph.nodes), std::numeric_limits<double>::infinity());
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  distance[at(source)] = 0;
  queue.push({0, source});
  while (!queue.empty()) {
    const auto [reached, node] = queue.top();
    queue.pop();
    if (reached > distance[at(node)]) continue;
    for (const Neighbour& step : study.adjacency.out(node)) {
      const double next = reached + latency[at(step.arc)];
      if (next >= distance[at(step.node)]) continue;
      distance[at(step.node)] = next;
      queue.push({next, step.node});
    }
  }
  return distance;
}

/// Whether the collective needs data of one rank at the other.
bool needs(Collective collective, int root, int from, int to, int ranks) {
  switch (collective) {
    case Collective::broadcast:
    case Collective::scatter:
      return from == root;
    case Collective::reduce:
    case Collective::gather:
      return to == root;
    case Collective::send_recv:
      return to == (from + 1) % ranks;
    case Collective::all_to_allv:
      return false;
    default:
      return true;
  }
}

}  // namespace

Seconds longest_distance(const Study& study, Collective collective, int root) {
  if (std::ranges::none_of(study.topology.links, [](const Link& link) { return link.latency.value > 0; })) return {};
  const std::vector<double> latency = arc_latencies(study);
  const std::int64_t affordable = std::max<std::int64_t>(1, kExactWork / 4 / study.size());
  const int ranks = study.ranks();
  double longest = 0;
  std::int64_t tried = 0;
  for (int offset = 0; offset < ranks && tried < affordable; ++offset) {
    const int from = (root + offset) % ranks;
    const bool is_from_root = collective == Collective::broadcast || collective == Collective::scatter;
    if (is_from_root && from != root) break;
    ++tried;
    const std::vector<double> distance = distances(study, latency, study.graph.ranks[at(from)]);
    for (int to = 0; to < ranks; ++to)
      if (needs(collective, root, from, to, ranks))
        longest = std::max(longest, distance[at(study.graph.ranks[at(to)])]);
  }
  return {longest};
}

Seconds latency_across(const Study& study, const Cut& cut) {
  if (cut.links.empty() || !cut.bottlenecks.empty()) return {};
  double least = std::numeric_limits<double>::infinity();
  for (const int link : cut.links) least = std::min(least, study.topology.links[at(link)].latency.value);
  return {std::max(least, 0.0)};
}

}  // namespace muster
