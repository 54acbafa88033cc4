// SPDX-License-Identifier: Apache-2.0
#include "topology/refinement.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The arcs of each node at their end `key`, sorted by the node at the `other` end.
void bucket(const FlowGraph& graph, int Arc::*key, int Arc::*other, std::vector<int>& start,
            std::vector<Neighbour>& steps) {
  start.assign(at(graph.nodes) + 1, 0);
  for (const Arc& arc : graph.arcs) ++start[at(arc.*key) + 1];
  std::partial_sum(start.begin(), start.end(), start.begin());
  steps.resize(graph.arcs.size());
  std::vector<int> next(start.begin(), start.end() - 1);
  for (int arc = 0; arc < static_cast<int>(graph.arcs.size()); ++arc) {
    const Arc& each = graph.arcs[at(arc)];
    steps[at(next[at(each.*key)]++)] = {each.*other, arc};
  }
  for (int node = 0; node < graph.nodes; ++node) {
    const auto begin = steps.begin() + start[at(node)];
    const auto end = steps.begin() + start[at(node) + 1];
    if (!std::ranges::is_sorted(begin, end, {}, &Neighbour::node)) std::ranges::sort(begin, end, {}, &Neighbour::node);
  }
}

}  // namespace

Adjacency::Adjacency(const FlowGraph& graph) {
  bucket(graph, &Arc::source, &Arc::target, out_start_, out_);
  bucket(graph, &Arc::target, &Arc::source, in_start_, in_);
}

std::span<const Neighbour> Adjacency::of(const std::vector<int>& start, const std::vector<Neighbour>& steps, int node) {
  return {steps.data() + start[at(node)], at(start[at(node) + 1] - start[at(node)])};
}

Partition::Partition(const FlowGraph& graph, const Adjacency& adjacency)
    : graph_(&graph),
      adjacency_(&adjacency),
      order_(at(graph.nodes)),
      place_(at(graph.nodes)),
      cell_(at(graph.nodes), -1),
      sum_(at(graph.nodes), 0) {
  int place = 0;
  const auto put = [&](int node) {
    place_[at(node)] = place;
    order_[at(place++)] = node;
  };
  for (const int rank : graph.ranks) {
    put(rank);
    cell_[at(rank)] = 0;
  }
  for (int node = 0; node < graph.nodes; ++node)
    if (cell_[at(node)] < 0) put(node);
  const int ranks = static_cast<int>(graph.ranks.size());
  if (ranks > 0) add_cell(0, ranks);
  if (ranks < graph.nodes) add_cell(ranks, graph.nodes - ranks);
  refine();
}

int Partition::add_cell(int start, int size) {
  const int cell = cells();
  start_.push_back(start);
  size_.push_back(size);
  touched_.push_back(0);
  queue_.push_back(cell);
  for (int place = start; place < start + size; ++place) cell_[at(order_[at(place)])] = cell;
  return cell;
}

void Partition::swap_places(int place, int other) {
  std::swap(order_[at(place)], order_[at(other)]);
  place_[at(order_[at(place)])] = place;
  place_[at(order_[at(other)])] = other;
}

void Partition::individualise(int node) {
  const int cell = cell_of(node);
  if (size_[at(cell)] == 1) return;
  const int last = start_[at(cell)] + --size_[at(cell)];
  swap_places(place_[at(node)], last);
  add_cell(last, 1);
  refine();
}

void Partition::refine() {
  std::vector<int> members;
  while (!queue_.empty()) {
    const int cell = queue_.front();
    queue_.pop_front();
    members.assign(nodes_of(cell).begin(), nodes_of(cell).end());
    split_by(members, Toward::in);
    split_by(members, Toward::out);
  }
}

void Partition::split_by(std::span<const int> members, Toward toward) {
  affected_.clear();
  for (const int member : members) {
    for (const Neighbour& step : toward == Toward::in ? adjacency_->in(member) : adjacency_->out(member)) {
      if (sum_[at(step.node)] == 0) {
        const int cell = cell_of(step.node);
        if (touched_[at(cell)]++ == 0) affected_.push_back(cell);
        swap_places(place_[at(step.node)], start_[at(cell)] + size_[at(cell)] - touched_[at(cell)]);
      }
      sum_[at(step.node)] += graph_->arcs[at(step.arc)].capacity;
    }
  }
  std::ranges::sort(affected_);  // so that new cells are numbered alike in isomorphic graphs
  for (const int cell : affected_) split_cell(cell);
}

void Partition::split_cell(int cell) {
  const int start = start_[at(cell)];
  const int size = size_[at(cell)];
  const int first = start + size - std::exchange(touched_[at(cell)], 0);
  const std::span<int> touched{order_.data() + first, at(start + size - first)};
  const auto sum = [this](int node) { return sum_[at(node)]; };
  const auto differs = [&](int node) { return sum(node) != sum(touched.front()); };
  const bool is_uniform = std::ranges::none_of(touched, differs);
  if (!is_uniform) std::ranges::sort(touched, {}, sum);
  std::vector<int> bounds{start};  // where each group of equal sums begins
  if (first > start) bounds.push_back(first);
  for (int place = first + 1; place < start + size; ++place)
    if (sum(order_[at(place)]) != sum(order_[at(place - 1)])) bounds.push_back(place);
  for (int place = first; place < start + size; ++place) {
    place_[at(order_[at(place)])] = place;
    sum_[at(order_[at(place)])] = 0;
  }
  if (bounds.size() == 1) return;

  bounds.push_back(start + size);
  std::size_t keeper = 0;  // the largest group keeps the number: what others sum up to decides it
  for (std::size_t group = 1; group + 1 < bounds.size(); ++group)
    if (bounds[group + 1] - bounds[group] > bounds[keeper + 1] - bounds[keeper]) keeper = group;
  start_[at(cell)] = bounds[keeper];
  size_[at(cell)] = bounds[keeper + 1] - bounds[keeper];
  for (std::size_t group = 0; group + 1 < bounds.size(); ++group)
    if (group != keeper) add_cell(bounds[group], bounds[group + 1] - bounds[group]);
}

}  // namespace muster
