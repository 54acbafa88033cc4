// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/planner.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

double share_of(const CollectiveLimit* limit, Bytes size, Seconds predicted) {
  if (limit == nullptr || predicted.value <= 0) return 0;
  return std::min(1.0, limit->time(size).value / predicted.value);
}

/// Seconds per byte that nothing undercuts.
Rational bandwidth_bound(const std::vector<CollectiveLimit>& limits) {
  Rational most{0};
  for (const CollectiveLimit& limit : limits) most = std::max(most, limit.seconds_per_byte);
  return most;
}

/// What is counted link by link must not undercut the limit; what is estimated from samples of a large machine may by
/// chance, and is then taken at the limit.
void hold_to(const Rational& bound, Candidate& candidate) {
  if (candidate.seconds_per_byte == Rational(0) || candidate.seconds_per_byte >= bound) return;
  if (candidate.schedule) {
    throw Error(candidate.name + " would take " + candidate.seconds_per_byte.text() +
                " s per byte, less than the limit " + bound.text() +
                ": one of the two is wrong; please report this with the description of the machine");
  }
  candidate.seconds_per_byte = bound;
}

/// The fastest that can run at this size; the first one where several are equal.
int pick_at(const std::vector<PlannedCandidate>& candidates, Bytes size) {
  int pick = -1;
  Seconds least{};
  for (int i = 0; i < static_cast<int>(candidates.size()); ++i) {
    const Candidate& candidate = candidates[at(i)].candidate;
    if (candidate.standing != Standing::runnable) continue;
    const Seconds time = candidate.model.estimate(size).time;
    if (pick >= 0 && time >= least) continue;
    pick = i;
    least = time;
  }
  return pick;
}

/// Sizes between which the pick changes, by bisection; a third pick in between is found too, because each half is
/// searched for itself.
void find_crossovers(SchedulePlan& plan, Bytes low, Bytes high) {
  const int below = pick_at(plan.candidates, low);
  const int above = pick_at(plan.candidates, high);
  if (below == above) return;
  if (high.value - low.value <= std::max<std::uint64_t>(1, low.value / 64)) {
    plan.crossovers.push_back({.size = high, .below = below, .above = above});
    return;
  }
  const Bytes middle{low.value + (high.value - low.value) / 2};
  find_crossovers(plan, low, middle);
  find_crossovers(plan, middle, high);
}

/// What is written out has been proven when it was made.
void prove_picks(const SchedulePlan& plan) {
  std::set<int> picks(plan.picks.begin(), plan.picks.end());
  for (const Crossover& crossover : plan.crossovers) picks.insert({crossover.below, crossover.above});
  for (const int pick : picks) {
    const Candidate& candidate = plan.candidates[at(pick)].candidate;
    if (!candidate.schedule) MUSTER_ASSERT(!fault_of(SymbolicProgram(*candidate.symbolic)));
  }
}

}  // namespace

SchedulePlan plan_schedules(const Topology& topology, const SchedulePlanRequest& request) {
  Routes routes(topology);
  const LinkClasses classes(topology);
  const RankShape shape = shape_of(topology);
  SchedulePlan plan{.collective = request.collective, .ranks = routes.ranks(), .sizes = request.sizes};
  const CandidateRequest asked{
      .collective = request.collective, .shape = shape, .routes = routes, .classes = classes, .costs = request.costs};
  for (const CandidateFamily& family : candidate_table()) {
    if (routes.ranks() < 2) break;
    for (Candidate& candidate : family.make(asked)) plan.candidates.push_back({.candidate = std::move(candidate)});
  }
  if (pick_at(plan.candidates, Bytes{1}) < 0) {
    throw Error(
        "there is no plan for " + std::string(name_of(request.collective)) + " of " + std::to_string(plan.ranks) +
        " ranks: " + (plan.ranks < 2 ? "describe at least two GPUs and the links between them" : "take fewer nodes"));
  }
  for (PlannedCandidate& each : plan.candidates) {
    const bool by_ranks = each.candidate.standing == Standing::runnable && !request.limits_by_ranks.empty();
    const std::vector<CollectiveLimit>& limits = by_ranks ? request.limits_by_ranks : request.limits;
    const Rational bound = bandwidth_bound(limits);
    hold_to(bound, each.candidate);
    for (const Bytes size : request.sizes) {
      const Estimate estimate = each.candidate.model.estimate(size);
      each.at_size.push_back({estimate, share_of(binding_at(limits, size), size, estimate.time)});
    }
    const double own = each.candidate.seconds_per_byte.value();
    if (own > 0) each.share_of_bandwidth = bound.value() / own;
  }
  for (const Bytes size : request.sizes) plan.picks.push_back(pick_at(plan.candidates, size));
  for (std::size_t i = 1; i < request.sizes.size(); ++i) {
    find_crossovers(plan, request.sizes[i - 1], request.sizes[i]);
  }
  prove_picks(plan);
  if (const auto machine = nccl_machine_of(topology, routes, shape)) {
    for (const Bytes size : request.sizes) {
      if (const auto choice = nccl_choice(*machine, request.collective, size)) plan.nccl.push_back(*choice);
    }
  }
  return plan;
}

namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

constexpr std::size_t kNameWidth = 52;
constexpr std::size_t kColumnWidth = 14;

std::string percent(double share) {
  return share > 0 ? " " + std::to_string(static_cast<int>(share * 100)) + "%" : std::string();
}

std::string line_of(const SchedulePlan& plan, int candidate) {
  const PlannedCandidate& each = plan.candidates[at(candidate)];
  const bool runs = each.candidate.standing == Standing::runnable;
  std::string line = padded(each.candidate.name + (runs ? "" : " (predicted only)"), kNameWidth);
  for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
    const std::string mark = plan.picks[i] == candidate ? "*" : " ";
    line += padded(mark + format_duration(each.at_size[i].estimate.time) + percent(each.at_size[i].share_of_limit),
                   kColumnWidth + 4);
  }
  return line + "\n";
}

}  // namespace

std::string text_of(const SchedulePlan& plan) {
  std::string text =
      padded(std::string(name_of(plan.collective)) + ", " + std::to_string(plan.ranks) + " ranks", kNameWidth);
  for (const Bytes size : plan.sizes) text += padded(" " + format_size(size), kColumnWidth + 4);
  text += "\n";
  for (int i = 0; i < static_cast<int>(plan.candidates.size()); ++i) text += line_of(plan, i);
  if (!plan.nccl.empty()) {
    text += padded("NCCL's own model", kNameWidth);
    for (const NcclChoice& choice : plan.nccl) text += padded(" " + choice.name(), kColumnWidth + 4);
    text += "\n";
  }
  for (const Crossover& crossover : plan.crossovers) {
    text += "from " + format_size(crossover.size) + " on " + plan.candidates[at(crossover.above)].candidate.name +
            " instead of " + plan.candidates[at(crossover.below)].candidate.name + "\n";
  }
  return text;
}

}  // namespace muster
