// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/ring_orders.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "topology/path_type.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Largest group that is searched: a host's GPUs, or the parts of its packages.
constexpr int kMostMembers = 16;

/// [source][target]: rings that the direct link still carries, in units of the thinnest link.
using Lanes = std::vector<std::vector<int>>;

Lanes lanes_of(const Topology& topology, const std::vector<int>& members) {
  std::unordered_map<int, int> member_of;
  for (std::size_t i = 0; i < members.size(); ++i) member_of.emplace(members[i], static_cast<int>(i));
  std::vector<std::vector<double>> rates(members.size(), std::vector<double>(members.size()));
  double thinnest = std::numeric_limits<double>::infinity();
  for (const Link& link : topology.links) {
    const auto source = member_of.find(link.source);
    const auto target = member_of.find(link.target);
    const double rate = best_known(link.capacity).value;
    if (source == member_of.end() || target == member_of.end() || rate <= 0 || !joins_gpus(link.kind)) continue;
    rates[at(source->second)][at(target->second)] += rate;
    thinnest = std::min(thinnest, rate);
  }
  Lanes lanes(members.size(), std::vector<int>(members.size()));
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t j = 0; j < members.size(); ++j) {
      lanes[i][j] = static_cast<int>(std::min<double>(kMostRings, rates[i][j] / thinnest + 1e-9));
    }
  }
  return lanes;
}

/// Depth-first for one cycle through all members, the fattest link first. Depth = members.
class CycleSearch {
 public:
  explicit CycleSearch(const Lanes& lanes) : lanes_(lanes), visited_(lanes.size(), 0) {}

  std::vector<int> find() {
    cycle_ = {0};
    visited_[0] = 1;
    if (!extend()) cycle_.clear();
    return cycle_;
  }

 private:
  bool extend() {
    if (--budget_ < 0) return false;
    const std::vector<int>& out = lanes_[at(cycle_.back())];
    if (cycle_.size() == lanes_.size()) return out[at(cycle_.front())] > 0;
    std::vector<int> next(lanes_.size());
    std::iota(next.begin(), next.end(), 0);
    std::ranges::stable_sort(next, std::ranges::greater{}, [&](int member) { return out[at(member)]; });
    for (const int member : next) {
      if (out[at(member)] <= 0 || visited_[at(member)] != 0) continue;
      visited_[at(member)] = 1;
      cycle_.push_back(member);
      if (extend()) return true;
      cycle_.pop_back();
      visited_[at(member)] = 0;
    }
    return false;
  }

  const Lanes& lanes_;
  std::vector<char> visited_;
  std::vector<int> cycle_;
  int budget_ = 1 << 16;
};

/// Cycles through the members of one group: edge-disjoint in a mesh, the one natural order behind a switch.
std::vector<std::vector<int>> cycles_in(const Topology& topology, const std::vector<int>& members) {
  std::vector<int> natural(members.size());
  std::iota(natural.begin(), natural.end(), 0);
  std::vector<std::vector<int>> cycles;
  Lanes lanes = lanes_of(topology, members);
  while (members.size() > 2 && members.size() <= kMostMembers && cycles.size() < kMostRings) {
    const std::vector<int> cycle = CycleSearch(lanes).find();
    if (cycle.empty()) break;
    for (std::size_t i = 0; i < cycle.size(); ++i) --lanes[at(cycle[i])][at(cycle[(i + 1) % cycle.size()])];
    cycles.push_back(cycle);
  }
  if (cycles.empty()) cycles.push_back(natural);
  return cycles;
}

/// Through all groups along the same cycle. It enters a group where the one before it left: odd groups run backwards.
std::vector<int> through_groups(const std::vector<int>& cycle, int start, int groups) {
  const int size = static_cast<int>(cycle.size());
  std::vector<int> order;
  for (int group = 0; group < groups; ++group) {
    for (int step = 0; step < size; ++step) {
      const int place = group % 2 == 0 ? start + step : start + 2 * size - 1 - step;
      order.push_back(group * size + cycle[at(place % size)]);
    }
  }
  return order;
}

}  // namespace

std::vector<std::vector<int>> ring_orders(const Topology& topology, const RankShape& shape) {
  const std::vector<int> ranks = rank_devices(topology);
  std::vector<int> natural(ranks.size());
  std::iota(natural.begin(), natural.end(), 0);
  const bool is_one_group = shape.groups == 1;
  const int members = is_one_group ? static_cast<int>(ranks.size()) : shape.axes.front().extent;
  const int groups = static_cast<int>(ranks.size()) / std::max(1, members);
  if (members < 2 || (!is_one_group && shape.axes.front().name != "gpu")) return {natural};
  const auto cycles = cycles_in(topology, {ranks.begin(), ranks.begin() + members});
  const int rings = groups == 1 ? static_cast<int>(cycles.size()) : std::min(members, kMostRings);
  std::vector<std::vector<int>> orders;
  for (int ring = 0; ring < rings; ++ring) {
    const std::vector<int>& cycle = cycles[at(ring) % cycles.size()];
    const auto start = std::ranges::find(cycle, ring % members);
    orders.push_back(through_groups(cycle, static_cast<int>(start - cycle.begin()), groups));
  }
  return orders;
}

}  // namespace muster
