// SPDX-License-Identifier: Apache-2.0
// Volumes against the exact optima of regular machines, times against sums done by hand, classes against single links.
#include "collectives/planner/prediction.hpp"

#include <gtest/gtest.h>

#include "collectives/arrangement.hpp"
#include "collectives/generators.hpp"
#include "collectives/planner/rank_shape.hpp"
#include "collectives/planner/symbolic_prediction.hpp"
#include "collectives/proof.hpp"
#include "tests/rail_machine.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

using enum Collective;

/// 1 / algbw of so many GB/s.
Rational seconds_at(WideInt numerator, WideInt denominator) {
  return Rational::of(denominator, numerator * 1'000'000'000);
}

SymbolicSchedule rail_gather(int hosts, Movement across) {
  return {.collective = all_gather,
          .axes = {{"gpu", 8}, {"node", hosts}},
          .phases = {{1, all_gather, across}, {0, all_gather, Movement::direct}}};
}

TEST(Volume, OfARingOnARingOfLinksIsHalfOfTheOptimumAndOfTwoRingsTheOptimum) {
  const Topology topology = make_ring_machine(8, 50e9);
  Routes routes(topology);
  const Schedule one = make_schedule({.collective = all_gather, .algorithm = Algorithm::ring, .ranks = 8});
  EXPECT_EQ(volume_on(one, routes, RateKind::line).seconds_per_byte, seconds_at(400, 7));
  const std::vector<Ring> orders = rings_of(topology);
  ASSERT_EQ(orders.size(), 2u);
  const Schedule both = side_by_side({reordered(one, orders[0].ranks), reordered(one, orders[1].ranks)});
  EXPECT_EQ(prove(both).fault, std::nullopt);
  EXPECT_EQ(volume_on(both, routes, RateKind::line).seconds_per_byte, seconds_at(800, 7));  // golden-bounds
}

TEST(Volume, OfHierarchicalGatherOnRailsIsTheOptimum) {
  const Topology topology = make_rail_machine({.hosts = 8});
  Routes routes(topology);
  const SymbolicProgram program(rail_gather(8, Movement::ring));
  EXPECT_EQ(volume_on(program.expand(), routes, RateKind::line).seconds_per_byte, seconds_at(50 * 64, 7));
}

TEST(Volume, CountsDevicesOfLimitedCapacity) {
  Topology topology = make_rail_machine({.hosts = 1});
  topology.devices[0].through = stated_rate({100e9}, "test");
  Routes routes(topology);
  const Schedule ring = make_schedule({.collective = all_gather, .algorithm = Algorithm::ring, .ranks = 8});
  const ScheduleVolume volume = volume_on(ring, routes, RateKind::line);
  EXPECT_EQ(volume.busiest_device, 0);
  EXPECT_EQ(volume.seconds_per_byte, Rational::of(7, 100'000'000'000));
}

TEST(Limits, AreBeatenOnlyByWhatIsFaster) {
  const ScheduleVolume volume{.on_link = {}, .through_device = {}, .seconds_per_byte = Rational::of(1, 100)};
  EXPECT_FALSE(beats_limit(volume, {.bound = "cut", .seconds_per_byte = Rational::of(1, 100)}));
  EXPECT_FALSE(beats_limit(volume, {.bound = "cut", .seconds_per_byte = Rational::of(1, 101)}));
  EXPECT_TRUE(beats_limit(volume, {.bound = "cut", .seconds_per_byte = Rational::of(1, 99)}));
}

TEST(Prediction, OfAPipelineTendsToTheFullestLinkAndStartsAtTheLatency) {
  const Topology topology = make_rail_machine({.hosts = 8});
  Routes routes(topology);
  const TimeModel model = predict(SymbolicProgram(rail_gather(8, Movement::ring)).expand(), routes, {});
  EXPECT_NEAR(model.volume, 7.0 / 64 / 50e9, 1e-20);
  EXPECT_NEAR(model.serial, 7.0 / 64 / 50e9 + 7.0 * 8 / 64 / 450e9, 1e-20);
  EXPECT_DOUBLE_EQ(model.estimate(Bytes{0}).time.value, model.fill.value);
  const Bytes large{std::uint64_t{16} << 30};
  const Estimate estimate = model.estimate(large);
  EXPECT_GT(estimate.channels, 1);
  EXPECT_LT(estimate.time.value, 1.02 * model.volume * static_cast<double>(large.value));
  EXPECT_GT(estimate.time.value, model.volume * static_cast<double>(large.value));
}

TEST(Prediction, AddsLatencyAndMessageCostOfEveryRound) {
  const Topology topology = make_rail_machine({.hosts = 1});
  Routes routes(topology);
  const Schedule ring = make_schedule({.collective = all_gather, .algorithm = Algorithm::ring, .ranks = 8});
  const TimeModel model = predict(ring, routes, {.per_message = {2e-6}});
  EXPECT_NEAR(model.fill.value, 7 * (2e-6 + 0.7e-6), 1e-12);
  EXPECT_NEAR(model.time(Bytes{450'000'000}, 1).value, 7 * 2.7e-6 + 7.0 / 8 * 1e-3, 1e-9);
}

TEST(SymbolicPrediction, EqualsTheExplicitOneOnRegularMachines) {
  for (const int hosts : {4, 8}) {
    for (const Movement across : {Movement::ring, Movement::doubling}) {
      const Topology topology = make_rail_machine({.hosts = hosts});
      Routes routes(topology);
      const LinkClasses classes(topology);
      const SymbolicProgram program(rail_gather(hosts, across));
      const Schedule schedule = program.expand();
      const SymbolicPrediction prediction = predict(program, routes, classes, {});
      const TimeModel explicit_model = predict(schedule, routes, {});
      EXPECT_EQ(prediction.volume.seconds_per_byte, volume_on(schedule, routes, RateKind::line).seconds_per_byte);
      EXPECT_NEAR(prediction.model.fill.value, explicit_model.fill.value, 1e-12);
      EXPECT_NEAR(prediction.model.serial, explicit_model.serial, 1e-18);
      EXPECT_NEAR(prediction.model.volume, explicit_model.volume, 1e-18);
    }
  }
}

TEST(SymbolicPrediction, ReachesTheOptimumOfRailsAtAnySize) {
  for (const int hosts : {64, 512}) {
    const Topology topology = make_rail_machine({.hosts = hosts});
    Routes routes(topology);
    const SymbolicPrediction prediction =
        predict(SymbolicProgram(rail_gather(hosts, Movement::ring)), routes, LinkClasses(topology), {});
    EXPECT_EQ(prediction.volume.seconds_per_byte, seconds_at(WideInt{50} * 8 * hosts, hosts - 1));
  }
}

TEST(RingOrders, UseEveryRailOnce) {
  const Topology topology = make_rail_machine({.hosts = 4, .gpus = 4});
  const std::vector<Ring> orders = rings_of(topology);
  ASSERT_EQ(orders.size(), 4u);
  Routes routes(topology);
  std::vector<Schedule> rings;
  const Schedule one = make_schedule({.collective = reduce_scatter, .algorithm = Algorithm::ring, .ranks = 16});
  for (const auto& order : orders) rings.push_back(reordered(one, order.ranks));
  const Schedule all = side_by_side(rings);
  EXPECT_EQ(prove(all).fault, std::nullopt);
  EXPECT_EQ(volume_on(all, routes, RateKind::line).seconds_per_byte, seconds_at(50 * 4 * 16, 15));
}

TEST(RingOrders, StayOnOneRailFromHostToHost) {
  const Topology topology = make_rail_machine({.hosts = 4, .gpus = 4});
  for (const Ring& ring : rings_of(topology)) {
    const std::vector<int>& order = ring.ranks;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const int next = order[(i + 1) % order.size()];
      if (order[i] / 4 == next / 4) continue;
      EXPECT_EQ(order[i] % 4, next % 4);
    }
  }
}

TEST(Shapes, HaveALevelForDomainsAndOneForLeaves) {
  const auto text = [](const RankShape& shape) {
    std::string words;
    for (const Axis& axis : shape.axes) words += axis.name + std::to_string(axis.extent) + " ";
    return words;
  };
  EXPECT_EQ(text(shape_of(make_rail_machine({.hosts = 1}))), "rank8 ");
  EXPECT_EQ(text(shape_of(make_rail_machine({.hosts = 6}))), "gpu8 node6 ");
  EXPECT_EQ(text(shape_of(make_rail_machine({.hosts = 12, .hosts_of_leaf = 4}))), "gpu8 node4 pod3 ");
}

}  // namespace
}  // namespace muster
