// SPDX-License-Identifier: Apache-2.0
// Edge splitting: parts that go from u over a switch w to t become parts of a direct link from u to t. How many may is
// found on one flow per rank, which proves that the rank is still served and is repaired rather than computed anew.
#include "topology/packing/switch_removal.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr int kUnreached = std::numeric_limits<int>::max();

struct Edge {
  int source = 0;
  int target = 0;
  std::int64_t capacity = 0;
  std::vector<Way> ways{};
};

/// [edge] parts of the flow that serves one rank.
using Flow = std::vector<std::int64_t>;

/// From `in`'s source over the switch to `out`'s target, or straight along `over`; no `over` where it would lead back.
struct Detour {
  static constexpr int kNone = -1;
  int in = 0;
  int out = 0;
  int over = kNone;
};

class SwitchRemoval {
 public:
  explicit SwitchRemoval(const PartGraph& graph);

  void remove(int node);
  std::vector<RankLink> links() const;

 private:
  void serve(int rank, std::int64_t parts);
  int add_edge(int source, int target, std::int64_t capacity);
  int edge_between(int source, int target);
  void split_fairly(const std::vector<int>& ins, const std::vector<int>& outs);
  void split(int in, int out, std::int64_t wanted);
  void move_capacity(const Detour& detour, std::int64_t parts);
  void move_ways(const Detour& detour, std::int64_t parts);
  std::int64_t shortage_after(const Detour& detour, Flow& flow);
  std::int64_t push(int source, int target, std::int64_t parts, Flow& flow);
  bool search(int source, int target, const Flow& flow);
  std::int64_t augment(int source, int target, std::int64_t most, Flow& flow) const;
  void forget_empty_edges();
  bool leads_back(int in, int out) const { return edges_[at(in)].source == edges_[at(out)].target; }
  std::int64_t capacity(int edge) const { return edges_[at(edge)].capacity; }
  std::int64_t key(int source, int target) const {
    return static_cast<std::int64_t>(source) * (graph_.nodes + 1) + target;
  }

  const PartGraph& graph_;
  int source_;                         // a node that feeds all ranks
  std::vector<Edge> edges_;            // those of the graph, those from source_, those that splitting made
  std::vector<std::vector<int>> out_;  // [node] edges
  std::vector<std::vector<int>> in_;   // [node] edges
  std::unordered_map<std::int64_t, int> edge_of_;
  std::vector<Flow> flows_;      // [rank]
  std::vector<int> rank_order_;  // whose flow refused last comes first
  std::vector<int> reached_by_;  // [node] step of a search: edge, or ~edge against its direction
  std::vector<int> queue_;
};

SwitchRemoval::SwitchRemoval(const PartGraph& graph)
    : graph_(graph), source_(graph.nodes), out_(at(graph.nodes) + 1), in_(at(graph.nodes) + 1) {
  for (const PartArc& arc : graph.arcs) {
    const int edge = add_edge(arc.source, arc.target, arc.capacity);
    if (arc.capacity > 0) edges_[at(edge)].ways.push_back({arc.capacity, {edge}});
  }
  for (std::size_t rank = 0; rank < graph.ranks.size(); ++rank) add_edge(source_, graph.ranks[rank], graph.parts[rank]);
  const std::int64_t all = std::accumulate(graph.parts.begin(), graph.parts.end(), std::int64_t{0});
  for (int rank = 0; rank < static_cast<int>(graph.ranks.size()); ++rank) serve(rank, all);
  rank_order_.resize(graph.ranks.size());
  std::iota(rank_order_.begin(), rank_order_.end(), 0);
}

void SwitchRemoval::serve(int rank, std::int64_t parts) {
  MaxFlow flow(graph_.nodes + 1);
  for (const Edge& edge : edges_) flow.add_arc(edge.source, edge.target, edge.capacity);
  MUSTER_ASSERT(flow.run(source_, graph_.ranks[at(rank)], parts) == parts);
  flows_.emplace_back();
  for (int edge = 0; edge < static_cast<int>(edges_.size()); ++edge)
    flows_.back().push_back(static_cast<std::int64_t>(flow.flow_on(edge)));
}

int SwitchRemoval::add_edge(int source, int target, std::int64_t capacity) {
  const int edge = static_cast<int>(edges_.size());
  edges_.push_back({source, target, capacity});
  out_[at(source)].push_back(edge);
  in_[at(target)].push_back(edge);
  edge_of_[key(source, target)] = edge;
  return edge;
}

int SwitchRemoval::edge_between(int source, int target) {
  const auto known = edge_of_.find(key(source, target));
  if (known != edge_of_.end()) return known->second;
  for (Flow& flow : flows_) flow.push_back(0);
  return add_edge(source, target, 0);
}

// First every pair gets its fair share, which makes shallow trees, though not less than a tree needs, which would split
// it; then whatever is left goes where it may, in the end back to where it came from.
void SwitchRemoval::remove(int node) {
  const std::vector<int> ins = in_[at(node)];
  const std::vector<int> outs = out_[at(node)];
  split_fairly(ins, outs);
  for (const int in : ins)
    for (const int out : outs)
      if (!leads_back(in, out)) split(in, out, capacity(in));
  for (const int in : ins)
    for (const int out : outs)
      if (leads_back(in, out)) split(in, out, capacity(in));
  for (const int in : ins) MUSTER_ASSERT(capacity(in) == 0);
  forget_empty_edges();
}

void SwitchRemoval::split_fairly(const std::vector<int>& ins, const std::vector<int>& outs) {
  WideInt all = 0;
  std::vector<WideInt> leaving;
  for (const int out : outs) {
    leaving.push_back(capacity(out));
    all += leaving.back();
  }
  const std::int64_t whole_tree = *std::ranges::max_element(graph_.parts);
  for (std::size_t first = 0; first < ins.size() && all > 0; ++first) {
    const WideInt entering = capacity(ins[first]);
    for (std::size_t turn = 0; turn < outs.size(); ++turn) {
      const std::size_t place = (first + turn) % outs.size();
      const WideInt share = std::max<WideInt>((entering * leaving[place] + all - 1) / all, whole_tree);
      if (!leads_back(ins[first], outs[place])) split(ins[first], outs[place], static_cast<std::int64_t>(share));
    }
  }
}

void SwitchRemoval::split(int in, int out, std::int64_t wanted) {
  std::int64_t parts = std::min({wanted, capacity(in), capacity(out)});
  if (parts == 0) return;
  Detour detour{.in = in, .out = out};
  if (!leads_back(in, out)) detour.over = edge_between(edges_[at(in)].source, edges_[at(out)].target);
  move_capacity(detour, parts);
  for (std::size_t turn = 0; turn < rank_order_.size() && parts > 0; ++turn) {
    const int rank = rank_order_[turn];
    while (const std::int64_t shortage = shortage_after(detour, flows_[at(rank)])) {
      move_capacity(detour, -shortage);
      parts -= shortage;
      const auto place = rank_order_.begin() + static_cast<std::ptrdiff_t>(turn);
      if (*place == rank) std::rotate(rank_order_.begin(), place, place + 1);
    }
  }
  // Flows that agreed to more parts than there are now find their way back.
  for (Flow& flow : flows_) MUSTER_ASSERT(shortage_after(detour, flow) == 0);
  move_ways(detour, parts);
}

void SwitchRemoval::move_capacity(const Detour& detour, std::int64_t parts) {
  edges_[at(detour.in)].capacity -= parts;
  edges_[at(detour.out)].capacity -= parts;
  if (detour.over != Detour::kNone) edges_[at(detour.over)].capacity += parts;
}

/// Fits the flow into the capacities around a detour; what does not fit, by which the detour must give way, stays where
/// it was. Never too much: what the search for another way reaches is a cut that lacks as much.
std::int64_t SwitchRemoval::shortage_after(const Detour& detour, Flow& flow) {
  const auto excess = [&](int edge) { return flow[at(edge)] - capacity(edge); };
  if (detour.over != Detour::kNone) {
    const std::int64_t wish = std::max({std::int64_t{0}, excess(detour.in), excess(detour.out)});
    const std::int64_t most = std::min({flow[at(detour.in)], flow[at(detour.out)], -excess(detour.over)});
    const std::int64_t moved = excess(detour.over) > 0 ? -excess(detour.over) : std::min(most, wish);
    flow[at(detour.in)] -= moved;
    flow[at(detour.out)] -= moved;
    flow[at(detour.over)] += moved;
  }
  for (const int edge : {detour.in, detour.out, detour.over}) {
    if (edge == Detour::kNone || excess(edge) <= 0) continue;
    const std::int64_t too_much = excess(edge);
    const std::int64_t pushed = push(edges_[at(edge)].source, edges_[at(edge)].target, too_much, flow);
    flow[at(edge)] -= pushed;
    if (pushed < too_much) return too_much - pushed;
  }
  return 0;
}

/// Sends up to `parts` more from one node to another through what the flow leaves free; returns how many.
std::int64_t SwitchRemoval::push(int source, int target, std::int64_t parts, Flow& flow) {
  std::int64_t pushed = 0;
  while (pushed < parts && search(source, target, flow)) pushed += augment(source, target, parts - pushed, flow);
  return pushed;
}

bool SwitchRemoval::search(int source, int target, const Flow& flow) {
  reached_by_.assign(out_.size(), kUnreached);
  queue_.assign(1, source);
  for (std::size_t head = 0; head < queue_.size(); ++head) {
    const int node = queue_[head];
    const auto reach = [&](int next, int step) {
      if (next == source || reached_by_[at(next)] != kUnreached) return;
      reached_by_[at(next)] = step;
      queue_.push_back(next);
    };
    for (const int edge : out_[at(node)])
      if (flow[at(edge)] < capacity(edge)) reach(edges_[at(edge)].target, edge);
    for (const int edge : in_[at(node)])
      if (flow[at(edge)] > 0) reach(edges_[at(edge)].source, ~edge);
    if (reached_by_[at(target)] != kUnreached) return true;
  }
  return false;
}

std::int64_t SwitchRemoval::augment(int source, int target, std::int64_t most, Flow& flow) const {
  const auto walk = [&](auto visit) {
    for (int node = target; node != source;) {
      const int step = reached_by_[at(node)];
      visit(step);
      node = step >= 0 ? edges_[at(step)].source : edges_[at(~step)].target;
    }
  };
  walk([&](int step) { most = std::min(most, step >= 0 ? capacity(step) - flow[at(step)] : flow[at(~step)]); });
  walk([&](int step) { flow[at(step >= 0 ? step : ~step)] += step >= 0 ? most : -most; });
  return most;
}

/// Takes `most` parts or fewer off the last way.
Way taken(std::vector<Way>& ways, std::int64_t most) {
  Way way = ways.back();
  way.parts = std::min(way.parts, most);
  ways.back().parts -= way.parts;
  if (ways.back().parts == 0) ways.pop_back();
  return way;
}

void add_way(std::vector<Way>& ways, Way way) {
  const auto same = std::ranges::find(ways, way.arcs, &Way::arcs);
  if (same != ways.end()) {
    same->parts += way.parts;
  } else {
    ways.push_back(std::move(way));
  }
}

void SwitchRemoval::move_ways(const Detour& detour, std::int64_t parts) {
  while (parts > 0) {
    const Way entering = taken(edges_[at(detour.in)].ways, parts);
    parts -= entering.parts;
    for (std::int64_t left = entering.parts; left > 0;) {
      const Way leaving = taken(edges_[at(detour.out)].ways, left);
      left -= leaving.parts;
      if (detour.over == Detour::kNone) continue;
      Way joined{.parts = leaving.parts, .arcs = entering.arcs};
      joined.arcs.insert(joined.arcs.end(), leaving.arcs.begin(), leaving.arcs.end());
      add_way(edges_[at(detour.over)].ways, std::move(joined));
    }
  }
}

void SwitchRemoval::forget_empty_edges() {
  const auto is_empty = [&](int edge) { return capacity(edge) == 0 && edges_[at(edge)].source != source_; };
  for (auto* lists : {&out_, &in_})
    for (std::vector<int>& list : *lists) std::erase_if(list, is_empty);
  std::erase_if(edge_of_, [&](const auto& known) { return is_empty(known.second); });
}

/// A way that meets a node twice skips what lies between.
std::vector<int> straightened(const std::vector<int>& arcs, const PartGraph& graph) {
  std::vector<int> straight;
  for (const int arc : arcs) {
    const int node = graph.arcs[at(arc)].source;
    const auto met = std::ranges::find(straight, node, [&](int each) { return graph.arcs[at(each)].source; });
    straight.erase(met, straight.end());
    straight.push_back(arc);
  }
  return straight;
}

std::vector<RankLink> SwitchRemoval::links() const {
  std::vector<int> rank_of(out_.size(), -1);
  for (int rank = 0; rank < static_cast<int>(graph_.ranks.size()); ++rank) rank_of[at(graph_.ranks[at(rank)])] = rank;
  std::vector<RankLink> links;
  for (const Edge& edge : edges_) {
    if (edge.capacity == 0 || edge.source == source_) continue;
    links.push_back({rank_of[at(edge.source)], rank_of[at(edge.target)], edge.capacity, edge.ways});
    for (Way& way : links.back().ways) way.arcs = straightened(way.arcs, graph_);
    std::ranges::stable_sort(links.back().ways, {}, [](const Way& way) { return way.arcs.size(); });
  }
  return links;
}

}  // namespace

std::vector<RankLink> without_switches(const PartGraph& graph) {
  SwitchRemoval removal(graph);
  std::vector<char> is_rank(at(graph.nodes), 0);
  for (const int rank : graph.ranks) is_rank[at(rank)] = 1;
  std::vector<std::size_t> degree(at(graph.nodes), 0);
  for (const PartArc& arc : graph.arcs) ++degree[at(arc.source)];
  std::vector<int> switches;
  for (int node = 0; node < graph.nodes; ++node)
    if (is_rank[at(node)] == 0) switches.push_back(node);
  // Few neighbours first: what is left of the graph is soon small.
  std::ranges::stable_sort(switches, {}, [&](int node) { return degree[at(node)]; });
  for (const int node : switches) removal.remove(node);
  return removal.links();
}

}  // namespace muster
