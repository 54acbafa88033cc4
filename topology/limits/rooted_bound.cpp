// SPDX-License-Identifier: Apache-2.0
// broadcast and reduce: every rank must receive the whole vector from the root, or the root a sum from every rank.
#include <algorithm>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

Crossing turned(Crossing way) { return way == Crossing::leaving ? Crossing::entering : Crossing::leaving; }

LimitBound bound_of(SideCut cut, Tightness tightness) {
  return {.name = "cut",
          .seconds_per_unit = Rational::of(1, cut.capacity),
          .tightness = tightness,
          .source_side = std::move(cut.source_side)};
}

}  // namespace

std::vector<LimitBound> rooted_bounds(Study& study, int root, Crossing way) {
  SideCut best{.capacity = study.graph.infinity, .source_side = {}};
  if ((study.ranks() - 1) * study.size() <= kExactWork) {
    MaxFlow flow(study.graph.nodes);
    for (const Arc& arc : study.graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
    for (const int rank : study.graph.ranks) {
      if (rank == root) continue;
      const int source = way == Crossing::leaving ? root : rank;
      const WideInt capacity = flow.run(source, way == Crossing::leaving ? rank : root, best.capacity);
      if (capacity < best.capacity) best = {.capacity = capacity, .source_side = flow.source_side(source)};
    }
    if (best.source_side.empty()) return {};
    return {bound_of(std::move(best), study.reaches_cuts ? Tightness::optimum : Tightness::bound)};
  }
  const RankFamily* family = nullptr;
  int part = 0;
  for (const RankFamily& each : study.families) {
    const std::vector<WideInt> around_root = cuts_of(study, each, way);
    const std::vector<WideInt> around_others = cuts_of(study, each, turned(way));
    for (int candidate = 0; candidate < each.parts(); ++candidate) {
      const bool has_root = each.part_of[at(root)] == candidate;
      const WideInt capacity = has_root ? around_root[at(candidate)] : around_others[at(candidate)];
      if (capacity >= best.capacity) continue;
      best.capacity = capacity;
      family = &each;
      part = candidate;
    }
  }
  if (family == nullptr) return {};
  const bool has_root = family->part_of[at(root)] == part;
  return {bound_of(cut_of(study, *family, part, has_root ? way : turned(way)), Tightness::bound)};
}

}  // namespace muster
