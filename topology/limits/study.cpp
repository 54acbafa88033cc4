// SPDX-License-Identifier: Apache-2.0
#include "topology/limits/study.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Arcs of quotients that are kept for the next collective: about 32 MiB.
constexpr std::size_t kKeptArcs = 1'000'000;

std::vector<Permutation> node_permutations(const FlowGraph& graph, const std::vector<std::vector<int>>& of_devices) {
  std::vector<Permutation> permutations;
  const int devices = static_cast<int>(graph.exit.size());
  for (const std::vector<int>& images : of_devices) {
    if (images.size() != graph.exit.size())
      throw Error("a symmetry must name an image for each device of the topology");
    Permutation moves;
    for (int device = 0; device < devices; ++device) {
      const int image = images[at(device)];
      if (image < 0 || image >= devices) throw Error("a symmetry names a device that the topology does not have");
      if (image == device) continue;
      moves.push_back({device, image});
      if (graph.exit[at(device)] != device) moves.push_back({graph.exit[at(device)], graph.exit[at(image)]});
    }
    permutations.push_back(std::move(moves));
  }
  return permutations;
}

std::vector<int> ranks_of_nodes(const FlowGraph& graph) {
  std::vector<int> rank_of(at(graph.nodes), -1);
  for (int rank = 0; rank < static_cast<int>(graph.ranks.size()); ++rank) rank_of[at(graph.ranks[at(rank)])] = rank;
  return rank_of;
}

/// One rank of each orbit. Slow ranks first: they are the likely sinks of the smallest cut, and a good first answer
/// makes all later ones cheap.
std::vector<int> representatives_of(const Study& study) {
  std::vector<char> is_seen(study.orbits.size.size(), 0);
  std::vector<std::pair<WideInt, int>> found;
  for (const int node : study.graph.ranks) {
    if (std::exchange(is_seen[at(study.orbits.of_node[at(node)])], 1) != 0) continue;
    WideInt capacity = 0;
    for (const Neighbour& step : study.adjacency.in(node)) capacity += study.graph.arcs[at(step.arc)].capacity;
    found.push_back({capacity, node});
  }
  std::ranges::sort(found);
  std::vector<int> nodes;
  for (const auto& [capacity, node] : found) nodes.push_back(node);
  return nodes;
}

/// Edge splitting needs that what enters each node may leave it; without switches there is nothing to split.
bool cuts_are_reached(const FlowGraph& graph, const std::vector<int>& rank_of) {
  if (std::ranges::count(graph.unbounded, 1) > 0) return false;
  std::vector<WideInt> balance(at(graph.nodes), 0);
  bool has_switches = false;
  for (const Arc& arc : graph.arcs) {
    balance[at(arc.source)] += arc.capacity;
    balance[at(arc.target)] -= arc.capacity;
    has_switches = has_switches || rank_of[at(arc.source)] < 0 || rank_of[at(arc.target)] < 0;
  }
  return !has_switches || std::ranges::all_of(balance, [](WideInt each) { return each == 0; });
}

}  // namespace

Study::Study(const Topology& described, const LimitRequest& request)
    : topology(described),
      links(request.links),
      graph(flow_graph(described, {.rates = RateKind::line, .links = request.links})),
      adjacency(graph),
      cells(graph, adjacency),
      orbits(certified_orbits({graph, adjacency, cells, node_permutations(graph, request.symmetries)})),
      host_of(group_numbers(described, &Device::host)),
      enclosure_of(group_numbers(described, &Device::enclosure)),
      rank_of(ranks_of_nodes(graph)),
      representatives(representatives_of(*this)),
      families(families_of(*this)),
      reaches_cuts(cuts_are_reached(graph, rank_of)) {}

const Quotient& Study::quotient_around(int node) {
  const auto kept = quotients_.find(node);
  if (kept != quotients_.end()) return kept->second;
  Partition around = cells;
  around.individualise(node);
  Quotient quotient = quotient_of(graph, adjacency, around);
  kept_arcs_ += quotient.arcs.size() + quotient.cell_of.size() / 8;
  if (kept_arcs_ > kKeptArcs) {
    quotients_.clear();
    kept_arcs_ = quotient.arcs.size() + quotient.cell_of.size() / 8;
  }
  return quotients_.emplace(node, std::move(quotient)).first->second;
}

SideCut Study::single_cut(int node, Crossing way) {
  const Quotient& quotient = quotient_around(node);
  const int cells_count = static_cast<int>(quotient.size.size());
  const int own = quotient.cell_of[at(node)];
  MaxFlow flow(cells_count + 1);
  for (const Arc& arc : quotient.arcs) {
    if (way == Crossing::leaving) flow.add_arc(arc.source, arc.target, arc.capacity);
    if (way == Crossing::entering) flow.add_arc(arc.target, arc.source, arc.capacity);
  }
  for (int cell = 0; cell < cells_count; ++cell)
    if (cell != own && quotient.ranks[at(cell)] > 0) flow.add_arc(cell, cells_count, MaxFlow::kEnough);
  SideCut cut{.capacity = flow.run(own, cells_count), .source_side = {}};
  const std::vector<char> own_side = flow.source_side(own);
  for (const int cell : quotient.cell_of)
    cut.source_side.push_back((own_side[at(cell)] != 0) == (way == Crossing::leaving) ? 1 : 0);
  return cut;
}

SideCut smallest_cut(const Study& study, const RankFamily& family, int part, Crossing way) {
  const int source = study.graph.nodes;
  const int sink = study.graph.nodes + 1;
  MaxFlow flow(study.graph.nodes + 2);
  for (const Arc& arc : study.graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
  const auto hold = [&](int node) {
    const bool is_source = (family.part_of[at(node)] == part) == (way == Crossing::leaving);
    if (is_source) flow.add_arc(source, node, MaxFlow::kEnough);
    if (!is_source) flow.add_arc(node, sink, MaxFlow::kEnough);
  };
  for (const int rank : study.graph.ranks) hold(rank);
  for (const int node : family.pinned) hold(node);
  SideCut cut{.capacity = flow.run(source, sink), .source_side = flow.source_side(source)};
  cut.source_side.resize(at(study.graph.nodes));
  return cut;
}

void require_connected(const Study& study) {
  enum class Ends { targets, sources };
  for (const Ends ends : {Ends::targets, Ends::sources}) {
    std::vector<char> is_met(at(study.graph.nodes), 0);
    std::vector<int> queue{study.graph.ranks.front()};
    is_met[at(queue.front())] = 1;
    for (std::size_t head = 0; head < queue.size(); ++head) {
      const auto steps = ends == Ends::targets ? study.adjacency.out(queue[head]) : study.adjacency.in(queue[head]);
      for (const Neighbour& step : steps)
        if (std::exchange(is_met[at(step.node)], 1) == 0) queue.push_back(step.node);
    }
    for (const int rank : study.graph.ranks) {
      if (is_met[at(rank)] != 0) continue;
      const std::string& first = study.topology.devices[at(study.graph.ranks.front())].id;
      const std::string& lost = study.topology.devices[at(rank)].id;
      throw Error("no way leads from " + (ends == Ends::targets ? first : lost) + " to " +
                  (ends == Ends::targets ? lost : first) +
                  ": add the links that join them, or look at what `muster topology doctor` says");
    }
  }
}

}  // namespace muster
