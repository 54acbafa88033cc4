// SPDX-License-Identifier: Apache-2.0
#include "topology/flow.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool is_chosen(const Link& link, LinkChoice choice) {
  return choice == LinkChoice::all || link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi;
}

/// Whole bytes/s, rounded up; 0 = not known.
WideInt rate_of(const Capacity& capacity, RateKind kind) {
  const BytesPerSecond rate = kind == RateKind::line ? capacity.line : best_known(capacity);
  return static_cast<WideInt>(std::ceil(rate.value));
}

}  // namespace

FlowGraph flow_graph(const Topology& topology, const FlowRequest& request) {
  FlowGraph graph;
  graph.nodes = static_cast<int>(topology.devices.size());
  for (int device = 0; device < graph.nodes; ++device) graph.device.push_back(device);
  graph.ranks = rank_devices(topology);

  std::vector<int> exit(at(graph.nodes));  // [device]: the node that its outgoing links start from
  std::vector<Arc> arcs;
  for (int device = 0; device < static_cast<int>(topology.devices.size()); ++device) {
    exit[at(device)] = device;
    const WideInt through = rate_of(topology.devices[at(device)].through, request.rates);
    if (through == 0) continue;
    exit[at(device)] = graph.nodes++;
    graph.device.push_back(device);
    arcs.push_back({device, exit[at(device)], through});
  }
  for (const Link& link : topology.links) {
    if (!is_chosen(link, request.links)) continue;
    arcs.push_back({exit[at(link.source)], link.target, rate_of(link.capacity, request.rates)});
  }

  std::ranges::sort(arcs, {}, [](const Arc& arc) { return std::pair(arc.source, arc.target); });
  WideInt sum = 0;
  WideInt unit = 0;
  for (const Arc& arc : arcs) {
    sum += arc.capacity;
    unit = gcd_of(unit, arc.capacity);
  }
  graph.unit = unit == 0 ? 1 : static_cast<std::int64_t>(unit);
  const WideInt never_binds = sum / graph.unit + 1;
  for (const Arc& arc : arcs) {
    const bool same_pair =
        !graph.arcs.empty() && graph.arcs.back().source == arc.source && graph.arcs.back().target == arc.target;
    if (!same_pair) {
      graph.arcs.push_back({arc.source, arc.target, 0});
      graph.unbounded.push_back(0);
    }
    graph.arcs.back().capacity += arc.capacity == 0 ? never_binds : arc.capacity / graph.unit;
    if (arc.capacity == 0) graph.unbounded.back() = 1;
  }
  return graph;
}

MaxFlow::MaxFlow(int nodes) : out_(at(nodes)), level_(at(nodes)), next_(at(nodes)) {}

int MaxFlow::add_arc(int source, int target, WideInt capacity) {
  MUSTER_ASSERT(capacity >= 0 && source != target);
  const int edge = static_cast<int>(edges_.size());
  edges_.push_back({target, capacity, 0});
  edges_.push_back({source, 0, 0});
  out_[at(source)].push_back(edge);
  out_[at(target)].push_back(edge + 1);
  return edge / 2;
}

void MaxFlow::set_capacity(int arc, WideInt capacity) { edges_[at(2 * arc)].capacity = capacity; }

WideInt MaxFlow::flow_on(int arc) const { return edges_[at(2 * arc)].flow; }

WideInt MaxFlow::run(int source, int sink, WideInt enough) {
  MUSTER_ASSERT(source != sink);
  for (Edge& edge : edges_) edge.flow = 0;
  WideInt total = 0;
  while (total < enough && level_from(source, sink)) {
    std::ranges::fill(next_, 0);
    while (const WideInt pushed = push(source, sink, enough - total)) {
      total += pushed;
      if (total >= enough) break;
    }
  }
  return total;
}

bool MaxFlow::level_from(int source, int sink) {
  std::ranges::fill(level_, -1);
  level_[at(source)] = 0;
  std::vector<int> queue{source};
  for (std::size_t head = 0; head < queue.size() && level_[at(sink)] < 0; ++head) {
    for (const int edge : out_[at(queue[head])]) {
      const int target = edges_[at(edge)].target;
      if (left(edge) <= 0 || level_[at(target)] >= 0) continue;
      level_[at(target)] = level_[at(queue[head])] + 1;
      queue.push_back(target);
    }
  }
  return level_[at(sink)] >= 0;
}

// Depth = the levels of the graph, a few dozen at most in the machines we know; a chain of 10^5 devices would be deep.
WideInt MaxFlow::push(int node, int sink, WideInt amount) {
  if (node == sink) return amount;
  for (std::size_t& next = next_[at(node)]; next < out_[at(node)].size(); ++next) {
    const int edge = out_[at(node)][next];
    const int target = edges_[at(edge)].target;
    if (left(edge) <= 0 || level_[at(target)] != level_[at(node)] + 1) continue;
    const WideInt pushed = push(target, sink, std::min(amount, left(edge)));
    if (pushed == 0) continue;
    edges_[at(edge)].flow += pushed;
    edges_[at(edge ^ 1)].flow -= pushed;
    return pushed;
  }
  return 0;
}

std::vector<char> MaxFlow::source_side(int source) const {
  std::vector<char> side(out_.size(), 0);
  side[at(source)] = 1;
  std::vector<int> queue{source};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const int edge : out_[at(queue[head])]) {
      const int target = edges_[at(edge)].target;
      if (left(edge) <= 0 || side[at(target)] != 0) continue;
      side[at(target)] = 1;
      queue.push_back(target);
    }
  }
  return side;
}

std::vector<char> MaxFlow::far_source_side(int sink) const {
  std::vector<char> reaches(out_.size(), 0);
  reaches[at(sink)] = 1;
  std::vector<int> queue{sink};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const int edge : out_[at(queue[head])]) {
      const int before = edges_[at(edge)].target;  // the twin of `edge` runs from there to here
      if (left(edge ^ 1) <= 0 || reaches[at(before)] != 0) continue;
      reaches[at(before)] = 1;
      queue.push_back(before);
    }
  }
  for (char& side : reaches) side = side == 0 ? 1 : 0;
  return reaches;
}

}  // namespace muster
