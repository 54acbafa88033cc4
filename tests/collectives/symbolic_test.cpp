// SPDX-License-Identifier: Apache-2.0
// Symbolic schedules against their expansions: proven, equal in volume and in every rank's transfers, and wrong plans
// refused.
#include "collectives/symbolic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "collectives/generators.hpp"
#include "collectives/problem.hpp"
#include "collectives/proof.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using enum Collective;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Every plan shape over these extents that the planner knows, and some that it does not use.
std::vector<SymbolicSchedule> plans_over(const std::vector<int>& extents) {
  std::vector<Axis> axes;
  for (const int extent : extents) axes.push_back({"axis" + std::to_string(axes.size()), extent});
  const int last = static_cast<int>(axes.size()) - 1;
  std::vector<SymbolicSchedule> plans;
  for (const Movement inside : {Movement::direct, Movement::pairwise, Movement::ring, Movement::doubling}) {
    for (const Movement across : {Movement::ring, Movement::doubling, Movement::tree, Movement::direct}) {
      SymbolicSchedule scatter{.collective = reduce_scatter, .axes = axes};
      SymbolicSchedule gather{.collective = all_gather, .axes = axes};
      SymbolicSchedule exchange{.collective = all_to_all, .axes = axes, .channels = 2};
      SymbolicSchedule sum{.collective = all_reduce, .axes = axes, .channels = 2};
      for (int axis = 0; axis <= last; ++axis) {
        const Movement movement = axis == last ? across : inside;
        scatter.phases.push_back({axis, reduce_scatter, movement});
        gather.phases.insert(gather.phases.begin(), {axis, all_gather, movement});
        exchange.phases.push_back({axis, all_to_all, movement});
        sum.phases.push_back({axis, axis == last ? all_reduce : reduce_scatter, movement});
      }
      for (int axis = last - 1; axis >= 0; --axis) sum.phases.push_back({axis, all_gather, inside});
      plans.insert(plans.end(), {scatter, gather, exchange, sum});
    }
  }
  return plans;
}

bool is_possible(const SymbolicSchedule& plan) {
  for (const SymbolicPhase& phase : plan.phases) {
    const int extent = plan.axes[static_cast<std::size_t>(phase.axis)].extent;
    if (extent > 1 && lines_of(phase.collective, phase.movement, extent).empty()) return false;
  }
  return true;
}

/// (rank, round) of every end of every transfer of the explicit form must be what the symbolic form says.
void expect_same_transfers(const SymbolicProgram& program, const Schedule& schedule) {
  for (int rank = 0; rank < program.ranks(); ++rank) {
    for (int round = 0; round < program.rounds(); ++round) {
      std::multiset<std::pair<int, int>> expected;
      std::multiset<std::pair<int, int>> found;
      const std::vector<Round>& rounds = schedule.channels.front().rounds;
      if (static_cast<std::size_t>(round) < rounds.size()) {
        for (const Transfer& transfer : rounds[static_cast<std::size_t>(round)].transfers) {
          if (transfer.source == rank || transfer.target == rank) found.emplace(transfer.source, transfer.target);
        }
      }
      for (const auto& transfer : program.sends_of(rank, round, Twin::first)) {
        expected.emplace(transfer.source, transfer.target);
      }
      for (const auto& transfer : program.receives_of(rank, round, Twin::first)) {
        expected.emplace(transfer.source, transfer.target);
      }
      ASSERT_EQ(found, expected) << program.text() << "rank " << rank << " round " << round;
    }
  }
}

Rational sent_by(const SymbolicProgram& program, int rank) {
  Rational sent{0};
  for (int round = 0; round < program.rounds(); ++round) {
    for (int twin = 0; twin < program.twins(); ++twin) {
      for (const auto& transfer : program.sends_of(rank, round, twin == 0 ? Twin::first : Twin::second)) {
        sent = sent + transfer.share;
      }
    }
  }
  return sent;
}

class SymbolicPlans : public testing::TestWithParam<std::vector<int>> {};

INSTANTIATE_TEST_SUITE_P(OverAxes, SymbolicPlans,
                         testing::Values(std::vector{1}, std::vector{2}, std::vector{3}, std::vector{8},
                                         std::vector{13}, std::vector{16}, std::vector{1, 4}, std::vector{4, 1},
                                         std::vector{2, 3}, std::vector{3, 5}, std::vector{8, 4}, std::vector{4, 2, 3},
                                         std::vector{2, 4, 4}, std::vector{8, 9}));

TEST_P(SymbolicPlans, AreProvenBothAsArithmeticAndWrittenOut) {
  int plans = 0;
  for (const SymbolicSchedule& plan : plans_over(GetParam())) {
    if (!is_possible(plan)) continue;
    const SymbolicProgram program(plan);
    EXPECT_EQ(fault_of(program), std::nullopt) << program.text();
    const Schedule schedule = program.expand();
    EXPECT_EQ(prove(schedule).fault, std::nullopt) << program.text();
    expect_same_transfers(program, schedule);
    ++plans;
  }
  EXPECT_GE(plans, 16);
}

TEST_P(SymbolicPlans, SendAsMuchAsTheirExpansions) {
  for (const SymbolicSchedule& plan : plans_over(GetParam())) {
    if (!is_possible(plan)) continue;
    const SymbolicProgram program(plan);
    const Schedule schedule = program.expand();
    Rational busiest{0};
    for (int rank = 0; rank < program.ranks(); ++rank) busiest = std::max(busiest, sent_by(program, rank));
    const bool in_blocks = plan.collective != all_reduce;
    const Rational chunk = Rational::of(1, static_cast<WideInt>(in_blocks ? schedule.ranks : 1) * schedule.pieces);
    const auto chunks = static_cast<std::int64_t>(prove(schedule).volume.max_sent_chunks);
    EXPECT_EQ(busiest, Rational(chunks) * chunk) << program.text();
  }
}

TEST(SymbolicPlans, OfTwoHundredAndFiftySixRanksAreProvenWrittenOut) {
  for (const SymbolicSchedule& plan : plans_over({8, 32})) {
    if (plan.phases.front().movement == Movement::pairwise) continue;  // the same transfers as direct
    if (!is_possible(plan)) continue;
    SymbolicSchedule once = plan;
    once.channels = 1;
    const SymbolicProgram program(once);
    EXPECT_EQ(prove(program.expand()).fault, std::nullopt) << program.text();
  }
}

TEST(SymbolicPlans, OfOneHundredThousandRanksAnswerAndAreProvenWithoutExpansion) {
  const SymbolicProgram program({.collective = all_reduce,
                                 .axes = {{"gpu", 8}, {"node", 16384}},
                                 .phases = {{0, reduce_scatter, Movement::direct},
                                            {1, all_reduce, Movement::tree},
                                            {0, all_gather, Movement::direct}},
                                 .channels = 16});
  EXPECT_EQ(program.ranks(), 131072);
  EXPECT_EQ(program.rounds(), 1 + 28 + 14 + 1);
  EXPECT_EQ(fault_of(program), std::nullopt);
  const auto sends = program.sends_of(131071, 0, Twin::first);
  ASSERT_EQ(sends.size(), 7u);
  EXPECT_EQ(sends.front().share, Rational::of(1, 16));  // an eighth of the half that this twin carries
  EXPECT_LT(std::ranges::count(program.text(), '\n'), 12);
}

TEST(SymbolicProofs, FindLinesThatAreNotWhatTheyClaim) {
  const auto fault = [](Collective collective, Movement movement, auto change) {
    std::vector<Line> lines = lines_of(collective, movement, 16);
    EXPECT_EQ(fault_of(collective, lines, {.members = 16}), std::nullopt);
    change(lines);
    return fault_of(collective, lines, {.members = 16});
  };
  const auto one_step_less = [](std::vector<Line>& lines) { --lines.back().steps; };
  for (const Movement movement : {Movement::ring, Movement::direct, Movement::doubling}) {
    EXPECT_NE(fault(all_gather, movement, one_step_less), std::nullopt) << name_of(movement);
    EXPECT_NE(fault(reduce_scatter, movement, one_step_less), std::nullopt) << name_of(movement);
    EXPECT_NE(fault(all_reduce, movement, one_step_less), std::nullopt) << name_of(movement);
  }
  EXPECT_NE(fault(all_reduce, Movement::tree, one_step_less), std::nullopt);
  EXPECT_NE(fault(all_to_all, Movement::pairwise, one_step_less), std::nullopt);
  EXPECT_NE(fault(all_to_all, Movement::direct, [](std::vector<Line>& lines) { lines[0].part.constant = 2; }),
            std::nullopt);
  EXPECT_NE(fault(all_to_all, Movement::pairwise, [](std::vector<Line>& lines) { ++lines[0].steps; }), std::nullopt);
  EXPECT_NE(fault(all_gather, Movement::ring, [](std::vector<Line>& lines) { lines[0].part.constant = 1; }),
            std::nullopt);
  EXPECT_NE(fault(reduce_scatter, Movement::doubling,
                  [](std::vector<Line>& lines) { lines[0].bits = BitOrder::lowest_first; }),
            std::nullopt);
}

TEST(SymbolicPlans, ThatLeaveSomethingOutAreRefused) {
  const std::vector<Axis> axes = {{"gpu", 4}, {"node", 3}};
  EXPECT_THAT(
      [&] {
        SymbolicProgram({.collective = all_gather, .axes = axes, .phases = {{0, all_gather, Movement::ring}}});
      },
      ThrowsMessage<Error>(HasSubstr("node is left undone")));
  EXPECT_THAT(
      [&] {
        SymbolicProgram({.collective = all_reduce,
                         .axes = axes,
                         .phases = {{0, all_reduce, Movement::ring}, {0, all_reduce, Movement::ring}}});
      },
      ThrowsMessage<Error>(HasSubstr("gpu sums twice")));
  EXPECT_THAT(
      [&] {
        SymbolicProgram({.collective = all_gather, .axes = axes, .phases = {{1, all_gather, Movement::doubling}}});
      },
      ThrowsMessage<Error>(HasSubstr("no doubling all_gather for 3 members of node")));
}

TEST(SymbolicPlans, SaySoInWordsAPersonCanFollow) {
  const SymbolicProgram ring(
      {.collective = all_gather, .axes = {{"rank", 131072}}, .phases = {{0, all_gather, Movement::ring}}});
  EXPECT_EQ(ring.text(),
            "all_gather of 131072 ranks: rank 131072, 1 channels, 131071 rounds\n"
            "all_gather along rank (ring)\n"
            "  for s in 0..131070: copy part rank - s to rank + 1 (mod 131072)\n");
}

}  // namespace
}  // namespace muster
