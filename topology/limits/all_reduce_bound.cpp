// SPDX-License-Identifier: Apache-2.0
// all_reduce: both sides of a cut need the other's sum, so the vector crosses it both ways; and p parts must hear of
// each other by 2 (p - 1) messages, unless a switch adds them up on the way.
#include <algorithm>
#include <numeric>
#include <optional>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Slow ranks that are looked at one by one against all others together.
constexpr int kMostOutliers = 16;

bool adds_or_copies(const Device& device) { return device.can.reduce || device.can.multicast; }

/// The smallest cut that parts any ranks from any others: it parts the first rank from some other one.
SideCut exact_two_sided(const Study& study) {
  MaxFlow flow(study.graph.nodes);
  for (const Arc& arc : study.graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
  const int first = study.graph.ranks.front();
  SideCut best{.capacity = MaxFlow::kEnough, .source_side = {}};
  const auto look = [&](int source, int sink) {
    const WideInt capacity = flow.run(source, sink, best.capacity);
    if (capacity < best.capacity) best = {.capacity = capacity, .source_side = flow.source_side(source)};
  };
  for (const int rank : study.graph.ranks) {
    if (rank == first) continue;
    look(first, rank);
    look(rank, first);
  }
  return best;
}

/// The smallest of the cuts around the parts of all families.
SideCut least_family_cut(Study& study) {
  struct Choice {
    WideInt capacity;
    const RankFamily* family;
    int part;
    Crossing way;
  };
  std::optional<Choice> least;
  for (const RankFamily& family : study.families) {
    for (const Crossing way : {Crossing::leaving, Crossing::entering}) {
      const std::vector<WideInt> cuts = cuts_of(study, family, way);
      const auto part = std::ranges::min_element(cuts);
      if (!least || *part < least->capacity) least = {*part, &family, static_cast<int>(part - cuts.begin()), way};
    }
  }
  return cut_of(study, *least->family, least->part, least->way);
}

/// The family with all switches that add or copy held inside their part; nothing where one stands between parts and
/// adds. One that stands there and only copies leaves the count of arrivals as it is, so only those count.
struct MessageCount {
  RankFamily family;
  bool counts_departures = true;
};

std::optional<MessageCount> message_count(const Study& study, RankFamily family) {
  MessageCount count{.family = std::move(family)};
  for (int device = 0; device < static_cast<int>(study.topology.devices.size()); ++device) {
    const Device& each = study.topology.devices[at(device)];
    if (!adds_or_copies(each)) continue;
    if (count.family.part_of[at(device)] >= 0) {
      count.family.pinned.push_back(device);
      continue;
    }
    if (each.can.reduce) return std::nullopt;
    count.counts_departures = false;
  }
  return count;
}

/// A partition and the way that is counted.
struct Partitioned {
  Rational seconds{0};
  RankFamily family;
  Crossing way = Crossing::entering;
};

/// Keeps the better of `best` and what this family proves.
void try_partition(Study& study, const RankFamily& parts, std::optional<Partitioned>& best) {
  const std::optional<MessageCount> count = message_count(study, parts);
  if (!count) return;
  for (const Crossing way : {Crossing::entering, Crossing::leaving}) {
    if (way == Crossing::leaving && !count->counts_departures) continue;
    const std::vector<WideInt> cuts = cuts_of(study, count->family.pinned.empty() ? parts : count->family, way);
    const WideInt sum = std::accumulate(cuts.begin(), cuts.end(), WideInt{0});
    if (sum >= study.graph.infinity) continue;
    const Rational seconds = Rational::of(2 * (static_cast<WideInt>(cuts.size()) - 1), sum);
    if (!best || seconds > best->seconds) best = {seconds, count->family, way};
  }
}

LimitBound bound_of(Study& study, const Partitioned& best) {
  const std::vector<WideInt> cuts = cuts_of(study, best.family, best.way);
  const int tightest = static_cast<int>(std::ranges::min_element(cuts) - cuts.begin());
  return {.name = "partition",
          .seconds_per_unit = best.seconds,
          .source_side = cut_of(study, best.family, tightest, best.way).source_side,
          .parts = best.family.parts(),
          .family = best.family.name};
}

/// Families in which the slowest rank, the two slowest, ... stand alone and all others are one part.
std::vector<RankFamily> outliers(Study& study) {
  std::vector<std::pair<WideInt, int>> slowest;
  const std::vector<WideInt> cuts = cuts_of(study, study.families.front(), Crossing::leaving);
  for (const int rank : study.graph.ranks) slowest.push_back({cuts[at(study.rank_of[at(rank)])], rank});
  std::ranges::sort(slowest);
  std::vector<RankFamily> found;
  for (int alone = 1; alone <= kMostOutliers && alone + 2 < study.ranks(); ++alone) {
    if (slowest[at(alone)].first == slowest[at(alone) - 1].first) continue;
    std::vector<int> part_of(at(study.graph.nodes), -1);
    for (const int rank : study.graph.ranks) part_of[at(rank)] = alone;
    for (int part = 0; part < alone; ++part) part_of[at(slowest[at(part)].second)] = part;
    found.push_back(closed_family(study, "slow ranks and the rest", std::move(part_of)));
  }
  return found;
}

bool any_switch_adds(const Study& study) {
  return std::ranges::any_of(study.topology.devices, [](const Device& device) { return device.can.reduce; });
}

/// A reduce_scatter and an all_gather one after the other are an all_reduce: where a bound says the same, it is exact.
void mark_optimum(Study& study, std::vector<LimitBound>& bounds) {
  const std::vector<LimitBound> scatter = gather_bounds(study, Crossing::leaving);
  const std::vector<LimitBound> gather = gather_bounds(study, Crossing::entering);
  if (scatter.empty() || gather.empty()) return;
  if (scatter.front().tightness != Tightness::optimum || gather.front().tightness != Tightness::optimum) return;
  const Rational reached = scatter.front().seconds_per_unit + gather.front().seconds_per_unit;
  for (LimitBound& bound : bounds)
    if (bound.seconds_per_unit == reached) bound.tightness = Tightness::optimum;
}

}  // namespace

std::vector<LimitBound> all_reduce_bounds(Study& study) {
  std::vector<LimitBound> bounds;
  const bool affords_exact = 2 * (study.ranks() - 1) * study.size() <= kExactWork;
  SideCut cut = affords_exact ? exact_two_sided(study) : least_family_cut(study);
  if (cut.capacity < study.graph.infinity)
    bounds.push_back({.name = any_switch_adds(study) ? "in-network cut" : "two-sided cut",
                      .seconds_per_unit = Rational::of(1, cut.capacity),
                      .source_side = std::move(cut.source_side)});

  std::optional<Partitioned> partition;
  for (const RankFamily& family : study.families) try_partition(study, family, partition);
  for (const RankFamily& family : outliers(study)) try_partition(study, family, partition);
  if (partition) bounds.push_back(bound_of(study, *partition));
  mark_optimum(study, bounds);
  return bounds;
}

}  // namespace muster
