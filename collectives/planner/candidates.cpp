// SPDX-License-Identifier: Apache-2.0
// The table of families, and the plans that are written in symbols or by generators. What switches do by themselves:
// in_network.cpp.
#include "collectives/planner/candidates.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "collectives/arrangement.hpp"
#include "collectives/generators.hpp"
#include "collectives/planner/in_network.hpp"
#include "collectives/planner/packed_candidate.hpp"
#include "collectives/planner/ring_orders.hpp"
#include "collectives/problem.hpp"
#include "collectives/proof.hpp"
#include "core/error.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

using enum Collective;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string name_of_link(const Topology& topology, const ScheduleVolume& volume) {
  if (volume.busiest_device >= 0) return topology.devices[at(volume.busiest_device)].id;
  if (volume.busiest_link < 0) return "";
  const Link& link = topology.links[at(volume.busiest_link)];
  return topology.devices[at(link.source)].id + " -> " + topology.devices[at(link.target)].id;
}

bool is_written_out(const CandidateRequest& request) {
  const bool is_even = request.shape.axes.front().name != "rank" || request.shape.groups == 1;
  return request.routes.ranks() <= (is_even ? kMostExplicitRanks : kMostUnevenRanks);
}

/// Proves and prices a plan that is written out.
void price(Candidate& candidate, Schedule schedule, const CandidateRequest& request) {
  MUSTER_ASSERT(!prove(schedule).fault);
  const ScheduleVolume volume = volume_on(schedule, request.routes, RateKind::line);
  candidate.model = predict(schedule, request.routes, request.costs);
  candidate.seconds_per_byte = volume.seconds_per_byte;
  candidate.busiest = name_of_link(request.routes.topology(), volume);
  candidate.schedule = std::move(schedule);
}

/// Prices a plan in symbols, written out where the machine is small; else plan_schedules() proves it when it is picked.
Candidate priced(std::string name, SymbolicSchedule symbolic, const CandidateRequest& request) {
  const SymbolicProgram program(symbolic);
  Candidate candidate{.name = std::move(name)};
  if (is_written_out(request)) {
    price(candidate, program.expand(), request);
  } else {
    const SymbolicPrediction prediction = predict(program, request.routes, request.classes, request.costs);
    candidate.model = prediction.model;
    candidate.seconds_per_byte = prediction.volume.seconds_per_byte;
    if (!prediction.volume.classes.empty()) candidate.busiest = prediction.volume.classes.front().name;
  }
  candidate.symbolic = std::move(symbolic);
  return candidate;
}

/// broadcast, reduce, gather, scatter and send_recv have a few messages a rank.
constexpr int kMostRootedRanks = 4096;

bool is_symbolic(Collective collective) {
  return collective == all_reduce || collective == reduce_scatter || collective == all_gather ||
         collective == all_to_all;
}

/// One axis for all ranks, one movement.
std::vector<Candidate> flat(const CandidateRequest& request, Movement movement, Algorithm algorithm) {
  const int ranks = request.routes.ranks();
  const bool is_replayed = request.collective != all_to_all;
  if (!is_symbolic(request.collective) || lines_of(request.collective, movement, ranks).empty()) return {};
  if (is_replayed && ranks > kMaxRanks) return {};
  SymbolicSchedule plan{
      .collective = request.collective, .axes = {{"rank", ranks}}, .phases = {{0, request.collective, movement}}};
  Candidate candidate = priced(std::string(name_of(movement)), std::move(plan), request);
  candidate.algorithm = algorithm;
  return {candidate};
}

std::vector<Candidate> flat_ring(const CandidateRequest& request) {
  return flat(request, Movement::ring, Algorithm::ring);
}
std::vector<Candidate> flat_tree(const CandidateRequest& request) {
  return flat(request, Movement::tree, Algorithm::tree);
}
std::vector<Candidate> flat_doubling(const CandidateRequest& request) {
  return flat(request, Movement::doubling, Algorithm::halving_doubling);
}
std::vector<Candidate> flat_pairwise(const CandidateRequest& request) {
  return flat(request, Movement::pairwise, Algorithm::pairwise);
}
/// All messages at once: few ranks only, a NIC queue is not endless.
std::vector<Candidate> flat_direct(const CandidateRequest& request) {
  if (request.routes.ranks() > kMostExplicitRanks) return {};
  return flat(request, Movement::direct, Algorithm::pairwise);
}

/// The data are shared out evenly, so the slowest ring ends last: the fastest ones, as many as pay.
std::vector<Ring> rings_that_pay(std::vector<Ring> rings) {
  std::ranges::stable_sort(rings, std::ranges::greater{}, [](const Ring& ring) { return ring.bandwidth.value; });
  std::size_t best = rings.size();
  double most = 0;
  for (std::size_t count = 1; count <= rings.size(); ++count) {
    const double together = static_cast<double>(count) * rings[count - 1].bandwidth.value;
    if (together > most) best = count;
    most = std::max(most, together);
  }
  rings.resize(best);
  return rings;
}

Candidate rings_beside_each_other(const std::vector<std::vector<int>>& orders, const std::string& name,
                                  const CandidateRequest& request) {
  const int ranks = request.routes.ranks();
  const Schedule one = make_schedule({.collective = request.collective, .algorithm = Algorithm::ring, .ranks = ranks});
  std::vector<Schedule> rings;
  for (const std::vector<int>& order : orders) rings.push_back(reordered(one, order));
  Candidate candidate{.name = std::to_string(rings.size()) + name, .algorithm = Algorithm::ring};
  price(candidate, side_by_side(rings), request);
  return candidate;
}

/// As many rings as the machine's links carry: one per lane of a mesh or rail, and thinner ones that share lanes.
std::vector<Candidate> many_rings(const CandidateRequest& request) {
  const int ranks = request.routes.ranks();
  const bool fits =
      request.collective == all_reduce || request.collective == reduce_scatter || request.collective == all_gather;
  if (!fits || ranks < 3 || ranks > kMostUnevenRanks) return {};
  std::vector<Candidate> candidates;
  const std::vector<std::vector<int>> disjoint = ring_orders(request.routes.topology(), request.shape);
  if (disjoint.size() > 1) candidates.push_back(rings_beside_each_other(disjoint, " rings", request));
  if (request.shape.groups > 1) return candidates;  // between hosts both searches find one ring per rail
  std::vector<std::vector<int>> thinner;
  for (Ring& ring : rings_that_pay(rings_of(request.routes.topology()))) thinner.push_back(std::move(ring.ranks));
  if (thinner.size() > 1 && thinner.size() != disjoint.size()) {
    candidates.push_back(rings_beside_each_other(thinner, " rings that share links", request));
  }
  return candidates;
}

/// Axes of the shape, and the same with all levels above the first as one.
std::vector<std::vector<Axis>> level_choices(const RankShape& shape) {
  std::vector<std::vector<Axis>> choices;
  if (shape.axes.size() < 2) return choices;
  choices.push_back(shape.axes);
  if (shape.axes.size() > 2) {
    int extent = 1;
    for (std::size_t axis = 1; axis < shape.axes.size(); ++axis) extent *= shape.axes[axis].extent;
    choices.push_back({shape.axes.front(), {"node", extent}});
  }
  return choices;
}

struct LevelMovements {
  Movement inside;  ///< along the innermost axis
  Movement across;  ///< along the outermost
};

/// Inwards to outwards for sums, outwards to inwards for copies; rings along the levels between.
SymbolicSchedule levels(Collective collective, const std::vector<Axis>& axes, const LevelMovements& movements) {
  SymbolicSchedule plan{.collective = collective, .axes = axes, .phases = {}};
  const int last = static_cast<int>(axes.size()) - 1;
  const auto movement_of = [&](int axis) {
    if (axis == 0) return movements.inside;
    return axis == last ? movements.across : Movement::ring;
  };
  if (collective == all_to_all) {
    for (int axis = 0; axis <= last; ++axis) {
      plan.phases.push_back({axis, all_to_all, axis == 0 ? Movement::direct : Movement::pairwise});
    }
    return plan;
  }
  const int scattered = collective == all_reduce ? last : (collective == reduce_scatter ? last + 1 : 0);
  for (int axis = 0; axis < scattered; ++axis) plan.phases.push_back({axis, reduce_scatter, movement_of(axis)});
  if (collective == all_reduce) plan.phases.push_back({last, all_reduce, movement_of(last)});
  const int gathered = collective == all_gather ? last + 1 : (collective == all_reduce ? last : 0);
  for (int axis = gathered - 1; axis >= 0; --axis) plan.phases.push_back({axis, all_gather, movement_of(axis)});
  return plan;
}

std::string name_of_levels(const SymbolicSchedule& plan) {
  std::string name = "hierarchical:";
  std::vector<char> told(plan.axes.size(), 0);
  for (const SymbolicPhase& phase : plan.phases) {
    if (std::exchange(told[at(phase.axis)], 1) != 0) continue;
    name += (name.back() == ':' ? " " : ", ") + std::string(name_of(phase.movement)) + " over " +
            plan.axes[at(phase.axis)].name;
  }
  return name;
}

std::vector<Candidate> hierarchical(const CandidateRequest& request) {
  if (!is_symbolic(request.collective)) return {};
  std::vector<Candidate> candidates;
  for (const std::vector<Axis>& axes : level_choices(request.shape)) {
    for (const Movement inside : {Movement::direct, Movement::ring}) {
      for (const Movement across : {Movement::ring, Movement::doubling, Movement::tree}) {
        const bool is_exchange = request.collective == all_to_all;
        if (is_exchange && (inside != Movement::direct || across != Movement::ring)) continue;
        const bool fits = is_exchange || !lines_of(request.collective, across, axes.back().extent).empty();
        if (!fits || axes.back().extent > kMaxRanks) continue;
        SymbolicSchedule plan = levels(request.collective, axes, {.inside = inside, .across = across});
        const std::string name = name_of_levels(plan);
        candidates.push_back(priced(name, std::move(plan), request));
        candidates.back().algorithm = Algorithm::hierarchical;
      }
    }
  }
  return candidates;
}

/// What only generators write: Bruck, the collectives with a root, send_recv, and groups of uneven size.
std::vector<Candidate> generated(const CandidateRequest& request) {
  const int ranks = request.routes.ranks();
  std::vector<Candidate> candidates;
  if (ranks > (is_symbolic(request.collective) ? kMostUnevenRanks : kMostRootedRanks)) return candidates;
  for (const Algorithm algorithm : algorithms_of(request.collective)) {
    const bool has_symbols = is_symbolic(request.collective) && algorithm != Algorithm::bruck;
    if (has_symbols) continue;
    const int group = request.shape.axes.front().name == "gpu" ? request.shape.axes.front().extent : 1;
    Candidate candidate{.name = std::string(name_of(algorithm)), .algorithm = algorithm};
    price(
        candidate,
        make_schedule({.collective = request.collective, .algorithm = algorithm, .ranks = ranks, .group_size = group}),
        request);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

constexpr std::array kTable = {
    CandidateFamily{"ring", flat_ring, "large sizes on few ranks"},
    CandidateFamily{"rings", many_rings, "large sizes on meshes, and hosts with several NICs"},
    CandidateFamily{"tree", flat_tree, "middle sizes"},
    CandidateFamily{"doubling", flat_doubling, "small sizes on 2^k ranks"},
    CandidateFamily{"pairwise", flat_pairwise, "large exchanges"},
    CandidateFamily{"direct", flat_direct, "small and middle sizes behind one switch"},
    CandidateFamily{"hierarchical", hierarchical, "many hosts"},
    CandidateFamily{"generated", generated, "Bruck for small exchanges; collectives with a root, send_recv"},
    CandidateFamily{"packed trees", packed_trees, "machines that are not regular"},
    CandidateFamily{"in-network", in_network, "switches that reduce and multicast (NVLS, SHARP)"},
};

}  // namespace

std::span<const CandidateFamily> candidate_table() { return kTable; }

}  // namespace muster
