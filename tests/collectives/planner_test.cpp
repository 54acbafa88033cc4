// SPDX-License-Identifier: Apache-2.0
// What the planner offers and picks, and that its crossovers are where the pick changes.
#include "collectives/planner/planner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collectives/proof.hpp"
#include "core/error.hpp"
#include "tests/rail_machine.hpp"

namespace muster {
namespace {

using enum Collective;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<Bytes> sizes_to(int largest_power) {
  std::vector<Bytes> sizes;
  for (int power = 10; power <= largest_power; power += 2) sizes.push_back({std::uint64_t{1} << power});
  return sizes;
}

const Candidate* find(const SchedulePlan& plan, const std::string& part) {
  for (const PlannedCandidate& each : plan.candidates) {
    if (each.candidate.name.find(part) != std::string::npos) return &each.candidate;
  }
  return nullptr;
}

TEST(Plans, OfEveryCollectiveOnASmallMachineAreProvenSchedules) {
  const Topology topology = make_rail_machine({.hosts = 2, .gpus = 4});
  for (const Collective collective :
       {all_reduce, all_gather, reduce_scatter, all_to_all, broadcast, reduce, send_recv, gather, scatter}) {
    const SchedulePlan made = plan_schedules(topology, {.collective = collective, .sizes = sizes_to(30)});
    ASSERT_FALSE(made.candidates.empty());
    ASSERT_EQ(made.picks.size(), made.sizes.size());
    for (const PlannedCandidate& each : made.candidates) {
      ASSERT_TRUE(each.candidate.schedule.has_value()) << each.candidate.name;
      EXPECT_EQ(prove(*each.candidate.schedule).fault, std::nullopt) << each.candidate.name;
    }
  }
}

TEST(Plans, PickTheFastestThatCanRun) {
  Topology topology = make_rail_machine({.hosts = 1});
  for (Device& device : topology.devices) {
    if (device.kind == DeviceKind::nvswitch) device.can = {.multicast = true, .reduce = true};
  }
  const SchedulePlan made = plan_schedules(topology, {.collective = all_reduce, .sizes = sizes_to(32)});
  ASSERT_NE(find(made, "in-network"), nullptr);
  EXPECT_EQ(find(made, "in-network")->seconds_per_byte, Rational::of(9, 8 * 450'000'000'000));
  for (std::size_t i = 0; i < made.sizes.size(); ++i) {
    const PlannedCandidate& pick = made.candidates[static_cast<std::size_t>(made.picks[i])];
    EXPECT_EQ(pick.candidate.standing, Standing::runnable);
    for (const PlannedCandidate& other : made.candidates) {
      if (other.candidate.standing == Standing::predicted) continue;
      EXPECT_LE(pick.at_size[i].estimate.time, other.at_size[i].estimate.time);
    }
  }
}

TEST(Plans, CrossOverWhereTheTwoTimesMeet) {
  const SchedulePlan made =
      plan_schedules(make_rail_machine({.hosts = 8}), {.collective = all_reduce, .sizes = sizes_to(34)});
  ASSERT_FALSE(made.crossovers.empty());
  for (const Crossover& crossover : made.crossovers) {
    const TimeModel& below = made.candidates[static_cast<std::size_t>(crossover.below)].candidate.model;
    const TimeModel& above = made.candidates[static_cast<std::size_t>(crossover.above)].candidate.model;
    const Bytes before{crossover.size.value - crossover.size.value / 32};
    EXPECT_LE(above.estimate(crossover.size).time, below.estimate(crossover.size).time);
    EXPECT_LE(below.estimate(before).time, above.estimate(before).time);
  }
  EXPECT_THAT(text_of(made), HasSubstr(" on hierarchical"));
}

TEST(Plans, ReportTheirShareOfTheLimit) {
  const CollectiveLimit limit{
      .collective = all_gather, .bound = "cut", .seconds_per_byte = Rational::of(63, 25600ll * 1'000'000'000)};
  const SchedulePlan made = plan_schedules(make_rail_machine({.hosts = 64}),
                                           {.collective = all_gather, .sizes = sizes_to(34), .limits = {limit}});
  double best = 0;
  for (const PlannedCandidate& each : made.candidates) {
    best = std::max(best, each.share_of_bandwidth);
    EXPECT_LE(each.at_size.back().share_of_limit, 1.0);
  }
  EXPECT_DOUBLE_EQ(best, 1.0);
  EXPECT_GT(made.candidates[static_cast<std::size_t>(made.picks.back())].at_size.back().share_of_limit, 0.9);
}

TEST(Plans, ForLargeMachinesStaySymbolic) {
  const SchedulePlan made = plan_schedules(make_rail_machine({.hosts = 256, .hosts_of_leaf = 32}),
                                           {.collective = all_reduce, .sizes = sizes_to(34)});
  EXPECT_EQ(made.ranks, 2048);
  EXPECT_NE(find(made, "pod"), nullptr);
  for (const PlannedCandidate& each : made.candidates) {
    EXPECT_FALSE(each.candidate.schedule.has_value()) << each.candidate.name;
    EXPECT_TRUE(each.candidate.symbolic.has_value()) << each.candidate.name;
  }
}

TEST(Plans, ForUnevenHostsAreWrittenOut) {
  Topology topology = make_rail_machine({.hosts = 2, .gpus = 4});
  topology.devices[static_cast<std::size_t>(rank_devices(topology)[2])].kind = DeviceKind::cpu;  // it fell off its bus
  const SchedulePlan made = plan_schedules(topology, {.collective = all_reduce, .sizes = sizes_to(30)});
  EXPECT_EQ(made.ranks, 7);
  EXPECT_FALSE(made.candidates.empty());
}

TEST(Plans, NeedAtLeastTwoRanks) {
  EXPECT_THAT([] { plan_schedules(make_rail_machine({.hosts = 1, .gpus = 1}), {.collective = all_reduce}); },
              ThrowsMessage<Error>(HasSubstr("no plan for all_reduce of 1 ranks")));
}

}  // namespace
}  // namespace muster
