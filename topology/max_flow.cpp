// SPDX-License-Identifier: Apache-2.0
// Dinic's algorithm: levels by breadth, then ways through the levels until they are blocked.
#include <algorithm>

#include "core/error.hpp"
#include "topology/flow.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

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

// An edge is worth looking at again only after its node gained flow from elsewhere, which one round of levels never
// gives: next_ only moves forward. Not recursive, because a chain of 10^5 devices is a legal machine.
bool MaxFlow::advance(int node) {
  for (std::size_t& next = next_[at(node)]; next < out_[at(node)].size(); ++next) {
    const int edge = out_[at(node)][next];
    if (left(edge) <= 0 || level_[at(edges_[at(edge)].target)] != level_[at(node)] + 1) continue;
    way_.push_back(edge);
    return true;
  }
  return false;
}

WideInt MaxFlow::push(int source, int sink, WideInt amount) {
  way_.clear();
  for (int node = source; node != sink; node = way_.empty() ? source : edges_[at(way_.back())].target) {
    if (advance(node)) continue;
    if (way_.empty()) return 0;
    const int dead_end = way_.back();
    way_.pop_back();
    ++next_[at(edges_[at(dead_end ^ 1)].target)];
  }
  for (const int edge : way_) amount = std::min(amount, left(edge));
  for (const int edge : way_) {
    edges_[at(edge)].flow += amount;
    edges_[at(edge ^ 1)].flow -= amount;
  }
  return amount;
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
