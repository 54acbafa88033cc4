// SPDX-License-Identifier: Apache-2.0
// Trees packed into machines whose optimum is known: from published numbers, from all cuts of small graphs, by hand;
// and the judge of packings, shown every kind of fault.
#include "topology/packed_trees.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "core/error.hpp"
#include "tests/topology/golden_machines.hpp"
#include "tests/topology/random_graphs.hpp"
#include "topology/limits/limits.hpp"
#include "topology/packing/growing_program.hpp"
#include "topology/packing/whole_capacities.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;

/// GB/s, as a fraction.
std::string algbw(const Rational& seconds_per_byte) {
  return (Rational(1) / seconds_per_byte / Rational(1'000'000'000)).text();
}

FlowGraph graph_of(const Topology& topology) { return flow_graph(topology, {}); }

/// All rows of at most 64 GPUs.
std::vector<testing::GoldenMachine> packable_machines() {
  std::vector<testing::GoldenMachine> machines = testing::golden_machines();
  std::erase_if(machines, [](const auto& machine) { return rank_devices(machine.make()).size() > 64; });
  return machines;
}

class GoldenPacking : public ::testing::TestWithParam<testing::GoldenMachine> {};

TEST_P(GoldenPacking, of_all_gather_is_exactly_as_fast_as_its_limit) {
  const FlowGraph graph = graph_of(GetParam().make());
  const TreePacking packing = pack_trees(graph);
  EXPECT_EQ(fault_of(packing, graph), "");
  EXPECT_EQ(algbw(packing.seconds_per_byte), GetParam().all_gather);
}

TEST_P(GoldenPacking, of_all_reduce_is_never_slower_than_two_all_gathers_nor_faster_than_a_limit) {
  const Topology topology = GetParam().make();
  const FlowGraph graph = graph_of(topology);
  const AllReducePacking packing = pack_all_reduce(graph);
  EXPECT_EQ(fault_of(packing.gather, graph), "");
  EXPECT_EQ(fault_of(packing.scatter, reversed(graph)), "");
  EXPECT_EQ(packing.gather.parts, packing.scatter.parts);
  EXPECT_LT(packing.gap, 1e-7);
  EXPECT_LE(packing.seconds_per_byte, Rational(2) * pack_trees(graph).seconds_per_byte);
  for (const CollectiveLimit& limit : limits_of(topology, {.collective = Collective::all_reduce}))
    EXPECT_GE(packing.seconds_per_byte, limit.seconds_per_byte) << limit.bound;
}

INSTANTIATE_TEST_SUITE_P(Machines, GoldenPacking, ::testing::ValuesIn(packable_machines()),
                         [](const auto& each) { return "Row" + std::to_string(each.index + 1); });

/// As for_each_cut finds it; in seconds per byte of the whole data.
Rational slowest_cut(const FlowGraph& graph) {
  Rational slowest{0};
  const auto ranks = static_cast<WideInt>(graph.ranks.size());
  testing::for_each_cut(graph, [&](std::uint32_t side, WideInt capacity) {
    slowest = std::max(slowest, Rational::of(testing::ranks_in(graph, side), capacity * graph.unit * ranks));
  });
  return slowest;
}

/// The rates of one direction are those of the other, so switches are balanced.
Topology even_random_machine(const testing::RandomShape& shape, std::uint32_t seed) {
  Topology topology = testing::random_machine(shape, seed);
  const std::vector<Link> links = topology.links;
  topology.links.clear();
  for (const Link& link : links) join(topology, link.source, link.target, link);
  return topology;
}

TEST(PackedTrees, reach_the_slowest_of_all_cuts_of_random_machines_with_switches) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const testing::RandomShape shape{.ranks = 2 + static_cast<int>(seed % 5), .switches = static_cast<int>(seed % 4)};
    const FlowGraph graph = graph_of(even_random_machine(shape, seed));
    const TreePacking packing = pack_trees(graph);
    EXPECT_EQ(fault_of(packing, graph), "") << seed;
    EXPECT_EQ(packing.seconds_per_byte, slowest_cut(graph)) << seed;
  }
}

TEST(PackedTrees, reach_the_slowest_of_all_cuts_where_directions_differ_but_there_is_no_switch) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const FlowGraph graph = graph_of(testing::random_machine({.ranks = 5, .switches = 0, .links = 8}, seed));
    const TreePacking packing = pack_trees(graph);
    EXPECT_EQ(fault_of(packing, graph), "") << seed;
    EXPECT_EQ(packing.seconds_per_byte, slowest_cut(graph)) << seed;
  }
}

TEST(PackedTrees, stay_within_every_cut_where_switches_get_more_than_they_may_send) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const FlowGraph graph = graph_of(testing::random_machine({.ranks = 4, .switches = 3}, seed));
    const TreePacking packing = pack_trees(graph);
    EXPECT_EQ(fault_of(packing, graph), "") << seed;
    EXPECT_GE(packing.seconds_per_byte, slowest_cut(graph)) << seed;
  }
}

// 8 x 7 shares pass the switch, which copies nothing: 1500 GB/s / 56 each. No cut is that slow.
TEST(PackedTrees, share_what_a_switch_passes_as_a_whole) {
  Topology topology = testing::star_machine(std::vector<double>(8, 300));
  for (Device& device : topology.devices)
    if (device.kind == DeviceKind::nvswitch || device.kind == DeviceKind::network_switch)
      device.through = stated_rate({1500e9}, "test");
  const FlowGraph graph = graph_of(topology);
  const TreePacking packing = pack_trees(graph);
  EXPECT_EQ(fault_of(packing, graph), "");
  EXPECT_EQ(algbw(packing.seconds_per_byte), "1500/7");
}

// ForestColl, fixed k (C.2 of the literature table in docs/limits.md): 342.857 instead of 346.667 GB/s.
TEST(PackedTrees, in_one_part_each_lose_what_the_published_planner_loses) {
  const FlowGraph a100 = graph_of(testing::a100_machine(2));
  const FlowGraph mi250 = graph_of(testing::mi250_machine(2));
  EXPECT_EQ(algbw(pack_trees(a100, 1).seconds_per_byte), "2400/7");
  EXPECT_EQ(algbw(pack_trees(mi250, 1).seconds_per_byte), "320");
  EXPECT_EQ(pack_trees(mi250, 1).parts.front(), 1);
  EXPECT_EQ(fault_of(pack_trees(mi250, 1), mi250), "");
}

/// Circles through all ranks and switches in random order, one way only: what enters a switch leaves it by other links.
Topology circles(std::uint32_t seed) {
  std::mt19937 engine(seed);
  Topology topology = testing::star_machine({1, 1, 1, 1});
  add_device(topology, {.id = "second", .kind = DeviceKind::network_switch});
  topology.links.clear();
  std::vector<int> order(topology.devices.size());
  std::iota(order.begin(), order.end(), 0);
  for (int circle = 0; circle < 4; ++circle) {
    std::ranges::shuffle(order, engine);
    const double rate = 1e9 * static_cast<double>(1 + engine() % 7);
    for (std::size_t place = 0; place < order.size(); ++place)
      topology.links.push_back({.source = order[place],
                                .target = order[(place + 1) % order.size()],
                                .kind = LinkKind::nvlink,
                                .capacity = stated_rate({rate}, "circle")});
  }
  return topology;
}

TEST(PackedTrees, in_few_parts_are_sound_where_rounding_would_leave_switches_uneven) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const FlowGraph graph = graph_of(circles(seed));
    const TreePacking packing = pack_trees(graph, 2);
    EXPECT_EQ(fault_of(packing, graph), "") << seed;
    EXPECT_LE(packing.parts.front(), 2) << seed;
    EXPECT_GE(packing.seconds_per_byte, slowest_cut(graph)) << seed;
    EXPECT_EQ(pack_trees(graph).seconds_per_byte, slowest_cut(graph)) << seed;
  }
}

TEST(PackedTrees, of_a_broadcast_use_all_ways_to_the_rank_that_is_hardest_to_reach) {
  const FlowGraph mesh = graph_of(testing::mesh_machine());
  const TreePacking packing = pack_broadcast(mesh, 3);
  EXPECT_EQ(fault_of(packing, mesh), "");
  EXPECT_EQ(algbw(packing.seconds_per_byte), "336");
  EXPECT_EQ(packing.parts[3], packing.total);
}

TEST(PackedTrees, of_one_rank_are_one_root) {
  const FlowGraph graph = graph_of(testing::star_machine({100}));
  EXPECT_EQ(fault_of(pack_trees(graph), graph), "");
  EXPECT_EQ(pack_all_reduce(graph).seconds_per_byte, Rational(0));
}

TEST(PackedTrees, name_the_rank_that_nobody_reaches) {
  Topology topology = testing::star_machine({100, 100, 100});
  std::erase_if(topology.links, [&](const Link& link) { return rank_devices(topology)[2] == link.target; });
  try {
    pack_trees(graph_of(topology));
    FAIL() << "packed";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 2"));
  }
}

TEST(PackedTrees, are_refused_for_no_rank_and_for_thousands) {
  EXPECT_THROW(pack_trees({}), Error);
  EXPECT_THROW(pack_trees(graph_of(testing::h100_rail_machine(128))), Error);
}

TEST(PackedTrees, survive_rates_that_differ_by_a_billion_and_rates_that_are_not_known) {
  Topology topology = testing::star_machine({300, 0.0000003, 123.456789012});
  join(topology, 0, 1, {.kind = LinkKind::pcie, .capacity = unknown_rate("test")});
  const FlowGraph graph = graph_of(topology);
  EXPECT_EQ(fault_of(pack_trees(graph), graph), "");
  EXPECT_EQ(fault_of(pack_all_reduce(graph).gather, graph), "");
}

// All of the data but the slow GPU's own enter it, and all of its own leave it, over 100 GB/s: with equal shares the
// 57 GB/s of two all-gathers.
TEST(AllReducePacking, gives_one_slow_gpu_a_share_that_uses_its_whole_link) {
  const FlowGraph graph = graph_of(testing::star_machine({300, 300, 300, 300, 300, 300, 300, 100}));
  const AllReducePacking packing = pack_all_reduce(graph);
  EXPECT_EQ(algbw(packing.seconds_per_byte), "100");
  EXPECT_EQ(fault_of(packing.gather, graph), "");
  EXPECT_EQ(fault_of(packing.scatter, reversed(graph)), "");
}

/// Takes away both directions of the last link that was joined.
Topology without_last_link(Topology topology) {
  topology.links.resize(topology.links.size() - 2);
  return topology;
}

TEST(AllReducePacking, beats_two_all_gathers_where_a_nic_is_dead) {
  const FlowGraph graph = graph_of(without_last_link(testing::h100_rail_machine(2)));
  const AllReducePacking packing = pack_all_reduce(graph);
  EXPECT_EQ(fault_of(packing.gather, graph), "");
  EXPECT_EQ(fault_of(packing.scatter, reversed(graph)), "");
  EXPECT_EQ(algbw(packing.seconds_per_byte), "790/3");
  EXPECT_EQ(algbw(Rational(2) * pack_trees(graph).seconds_per_byte), "240");
}

TEST(AllReducePacking, beats_two_all_gathers_where_a_leaf_lost_most_uplinks) {
  Topology topology = testing::leaf_spine_machine({{8, 8, 8, 8}, 400});
  int halved = 0;
  for (Link& link : topology.links)
    if (link.capacity.line.value == 400e9 && halved++ < 2) link.capacity.line.value = 20e9;
  const FlowGraph graph = graph_of(topology);
  const AllReducePacking packing = pack_all_reduce(graph);
  EXPECT_EQ(fault_of(packing.gather, graph), "");
  EXPECT_LT(packing.seconds_per_byte, Rational(2) * pack_trees(graph).seconds_per_byte);
  EXPECT_LT(packing.gap, 1e-7);
}

class FaultOf : public ::testing::Test {
 protected:
  FlowGraph graph_ = graph_of(testing::a100_machine(2));
  TreePacking packing_ = pack_trees(graph_);
};

TEST_F(FaultOf, finds_a_missing_hop) {
  packing_.trees[3].hops.pop_back();
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("tree 3: it does not reach rank"));
}

TEST_F(FaultOf, finds_a_hop_before_its_source_has_the_data) {
  std::swap(packing_.trees[0].hops.front(), packing_.trees[0].hops.back());
  EXPECT_NE(fault_of(packing_, graph_), "");
}

TEST_F(FaultOf, finds_parts_that_no_tree_carries) {
  ++packing_.parts[2];
  ++packing_.total;
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("trees of rank 2 carry"));
}

TEST_F(FaultOf, finds_a_route_that_leads_elsewhere) {
  packing_.routes.front().arcs.pop_back();
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("does not lead there"));
}

TEST_F(FaultOf, finds_a_route_that_goes_to_and_fro) {
  std::vector<int>& arcs = packing_.routes.front().arcs;
  const Arc first = graph_.arcs[static_cast<std::size_t>(arcs.front())];
  const auto back = std::ranges::find_if(
      graph_.arcs, [&](const Arc& arc) { return arc.source == first.target && arc.target == first.source; });
  ASSERT_NE(back, graph_.arcs.end());
  arcs.insert(arcs.begin() + 1, {static_cast<int>(back - graph_.arcs.begin()), arcs.front()});
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("does not lead there"));
}

TEST_F(FaultOf, finds_an_arc_that_does_not_exist) {
  packing_.routes.front().arcs.front() = 1 << 20;
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("does not lead there"));
}

TEST_F(FaultOf, finds_hops_that_are_routed_in_part) {
  ++packing_.routes.front().weight;
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("parts of"));
}

TEST_F(FaultOf, finds_an_arc_that_carries_more_than_the_time_allows) {
  graph_.arcs[static_cast<std::size_t>(packing_.routes.front().arcs.front())].capacity /= 12;
  EXPECT_THAT(fault_of(packing_, graph_), HasSubstr("the fullest arc takes"));
}

TEST(GrowingProgram, finds_the_best_corner_as_rows_come) {
  GrowingProgram program({1, 1});
  program.add_row({1, 0}, 2);
  program.add_row({0, 1}, 3);
  ASSERT_EQ(program.solve(), GrowingProgram::Outcome::optimal);
  EXPECT_NEAR(program.value(), 5, 1e-12);
  program.add_row({1, 2}, 6);
  ASSERT_EQ(program.solve(), GrowingProgram::Outcome::optimal);
  EXPECT_NEAR(program.value(), 4, 1e-12);
  program.add_row({-1, 1}, -1);
  ASSERT_EQ(program.solve(), GrowingProgram::Outcome::optimal);
  EXPECT_NEAR(program.value(), 3, 1e-12);
  EXPECT_NEAR(program.solution()[0], 2, 1e-12);
  EXPECT_NEAR(program.solution()[1], 1, 1e-12);
}

// 2.5 + 2.5 + 2 enter the switch, 3 + 2 + 2 leave it: one of the halves must be rounded up.
TEST(WholeCapacities, round_so_that_switches_stay_balanced) {
  const FlowGraph graph = graph_of(testing::star_machine({4, 4, 4}));
  const auto is_rank = [&](int node) { return std::ranges::count(graph.ranks, node) > 0; };
  std::vector<double> wanted;
  int ups = 0;
  int downs = 0;
  for (const Arc& arc : graph.arcs)
    wanted.push_back(is_rank(arc.source) ? (++ups < 3 ? 2.5 : 2) : (++downs < 2 ? 3 : 2));
  const auto rounded = with_capacities(graph, wanted, 1);
  ASSERT_TRUE(rounded);
  EXPECT_TRUE(std::ranges::equal(rounded->arcs, wanted, [](const Arc& arc, double each) {
    return std::abs(static_cast<double>(arc.capacity) - each) < 1;
  }));
  WideInt balance = 0;
  for (const Arc& arc : rounded->arcs) balance += is_rank(arc.source) ? arc.capacity : -arc.capacity;
  EXPECT_EQ(balance, 0);
}

TEST(WholeCapacities, have_the_denominator_that_simple_fractions_share) {
  EXPECT_EQ(denominator_of(std::vector<double>{1.0 / 3, 0.25}, 99), 12);
  EXPECT_EQ(denominator_of(std::vector<double>{3.14159265358979}, 99), 99);
}

}  // namespace
}  // namespace muster
