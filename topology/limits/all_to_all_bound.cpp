// SPDX-License-Identifier: Apache-2.0
// all_to_all, send_recv, gather and scatter: what the ranks of a part have for the others must leave it, what the
// others have for them must enter.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "topology/limits/study.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Ranks up to which send_recv looks at each pair for itself.
constexpr int kMostPairs = 256;

/// Messages that must cross the border of a part that way.
using Demand = std::function<WideInt(const RankFamily&, int part, Crossing way)>;

struct Choice {
  WideInt messages = 0;
  WideInt capacity = 1;
  const RankFamily* family = nullptr;
  int part = 0;
  Crossing way = Crossing::leaving;
};

/// `message`: as a share of M.
std::vector<LimitBound> family_bound(Study& study, const std::vector<RankFamily>& families, const Demand& demand,
                                     const Rational& message) {
  Choice best;
  for (const RankFamily& family : families) {
    for (const Crossing way : {Crossing::leaving, Crossing::entering}) {
      const std::vector<WideInt> cuts = cuts_of(study, family, way);
      for (int part = 0; part < family.parts(); ++part) {
        if (cuts[at(part)] >= study.graph.infinity) continue;
        const WideInt messages = demand(family, part, way);
        if (messages * best.capacity > best.messages * cuts[at(part)])
          best = {messages, cuts[at(part)], &family, part, way};
      }
    }
  }
  if (best.family == nullptr) return {};
  return {{.name = "cut",
           .seconds_per_unit = message * Rational::of(best.messages, best.capacity),
           .source_side = cut_of(study, *best.family, best.part, best.way).source_side}};
}

/// The ranks on either side of the smallest cut of all_gather: on irregular machines a bottleneck that nobody named.
std::optional<RankFamily> gather_family(Study& study) {
  const std::vector<LimitBound> gather = gather_bounds(study, Crossing::entering);
  if (gather.empty()) return std::nullopt;
  std::vector<int> part_of(at(study.graph.nodes), -1);
  for (const int rank : study.graph.ranks) part_of[at(rank)] = gather.front().source_side[at(rank)];
  return closed_family(study, "sides of the all_gather's cut", std::move(part_of));
}

}  // namespace

std::vector<LimitBound> all_to_all_bounds(Study& study) {
  std::vector<RankFamily> families = study.families;
  if (std::optional<RankFamily> sides = gather_family(study)) families.push_back(*std::move(sides));
  const auto demand = [&](const RankFamily& family, int part, Crossing) {
    const WideInt inside = family.ranks[at(part)];
    return inside * (study.ranks() - inside);
  };
  std::vector<LimitBound> bounds = family_bound(study, families, demand, Rational::of(1, study.ranks()));
  std::vector<LimitBound> distance = distance_bounds(study);
  if (distance.empty()) return bounds;
  // Where the distances only repeat what a cut says, the cut is the better answer: a person can find it.
  if (!bounds.empty() && bounds.front().seconds_per_unit == distance.front().seconds_per_unit)
    bounds.front().tightness = distance.front().tightness;
  else
    bounds.push_back(std::move(distance.front()));
  return bounds;
}

std::vector<LimitBound> block_per_rank_bounds(Study& study, int root, Crossing way) {
  const auto demand = [&](const RankFamily& family, int part, Crossing crossing) -> WideInt {
    const bool has_root = family.part_of[at(root)] == part;
    const WideInt inside = family.ranks[at(part)];
    // Seen from the root's side data go the way of the collective, from any other side the opposite one.
    if (has_root != (crossing == way)) return 0;
    return has_root ? study.ranks() - inside : inside;
  };
  return family_bound(study, study.families, demand, Rational::of(1, study.ranks()));
}

std::vector<LimitBound> neighbour_bounds(Study& study) {
  const int ranks = study.ranks();
  const auto next = [&](int rank) { return study.graph.ranks[at((study.rank_of[at(rank)] + 1) % ranks)]; };
  std::map<const RankFamily*, std::vector<WideInt>> crossing;  // messages that leave each part
  for (const RankFamily& family : study.families) {
    std::vector<WideInt>& of_part = crossing[&family];
    of_part.assign(at(family.parts()), 0);
    for (const int rank : study.graph.ranks)
      if (family.part_of[at(rank)] != family.part_of[at(next(rank))]) ++of_part[at(family.part_of[at(rank)])];
  }
  const auto demand = [&](const RankFamily& family, int part, Crossing) { return crossing.at(&family)[at(part)]; };
  std::vector<LimitBound> bounds = family_bound(study, study.families, demand, Rational(1));
  if (ranks > kMostPairs || ranks * study.size() > kExactWork) return bounds;

  MaxFlow flow(study.graph.nodes);
  for (const Arc& arc : study.graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
  for (const int rank : study.graph.ranks) {
    const WideInt capacity = flow.run(rank, next(rank));
    const Rational seconds = Rational::of(1, capacity);
    if (capacity >= study.graph.infinity || (!bounds.empty() && bounds.front().seconds_per_unit >= seconds)) continue;
    bounds = {{.name = "cut", .seconds_per_unit = seconds, .source_side = flow.source_side(rank)}};
  }
  return bounds;
}

}  // namespace muster
