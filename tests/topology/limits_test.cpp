// SPDX-License-Identifier: Apache-2.0
// Limits of machines that are known exactly, what binds them in words, and what makes a limit disappear.
#include "topology/limits/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/topology/golden_machines.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;

/// GB/s, as a fraction.
Rational algbw(const CollectiveLimit& limit) { return Rational(1) / limit.seconds_per_byte / Rational(1'000'000'000); }

CollectiveLimit binding(const Topology& topology, Collective collective, LimitRequest request = {}) {
  request.collective = collective;
  const std::vector<CollectiveLimit> limits = limits_of(topology, request);
  return limits.empty() ? CollectiveLimit{} : limits.front();
}

std::string binding_text(const Topology& topology, Collective collective) {
  return algbw(binding(topology, collective)).text();
}

class GoldenLimits : public ::testing::TestWithParam<testing::GoldenMachine> {};

TEST_P(GoldenLimits, are_exact_fractions) {
  const testing::GoldenMachine& machine = GetParam();
  const Topology topology = machine.make();
  LimitStudy study(topology, {});
  const CollectiveLimit gather = study.of(Collective::all_gather).front();
  const CollectiveLimit scatter = study.of(Collective::reduce_scatter).front();
  EXPECT_EQ(algbw(gather).text(), machine.all_gather);
  EXPECT_EQ(scatter.seconds_per_byte, gather.seconds_per_byte);
  if (machine.all_to_all == 0) return;
  const CollectiveLimit all_to_all = study.of(Collective::all_to_all).front();
  EXPECT_NEAR(algbw(all_to_all).value(), machine.all_to_all, 1e-9);
  EXPECT_EQ(all_to_all.tightness, Tightness::optimum);
}

INSTANTIATE_TEST_SUITE_P(Machines, GoldenLimits, ::testing::ValuesIn(testing::golden_machines()),
                         [](const auto& each) { return "Row" + std::to_string(each.index + 1); });

TEST(Limits, of_all_reduce_with_one_slow_gpu_are_above_what_equal_shards_reach) {
  EXPECT_EQ(binding_text(testing::star_machine({300, 300, 300, 300, 300, 300, 300, 100}), Collective::all_reduce),
            "100");
}

TEST(Limits, of_all_reduce_on_equal_gpus_are_those_of_a_ring) {
  const CollectiveLimit limit = binding(testing::mesh_machine(), Collective::all_reduce);
  EXPECT_EQ(algbw(limit).text(), "192");
  EXPECT_EQ(limit.bound, "partition");
  EXPECT_EQ(limit.tightness, Tightness::optimum);
}

TEST(Limits, of_all_reduce_fall_to_one_crossing_where_the_switch_adds) {
  Topology topology = testing::h100_rail_machine(1);
  for (Device& device : topology.devices)
    if (device.kind == DeviceKind::nvswitch) device.can = {.multicast = true, .reduce = true};
  const CollectiveLimit limit = binding(topology, Collective::all_reduce);
  EXPECT_EQ(algbw(limit).text(), "450");
  EXPECT_EQ(limit.bound, "in-network cut");
  EXPECT_TRUE(limit.capabilities.reduce);
  EXPECT_EQ(binding_text(topology, Collective::all_gather), "3600/7");
}

// 8 nodes: their NVSwitches add inside, the rail switches do not, so hosts still need 14 messages among them.
TEST(Limits, of_all_reduce_count_hosts_as_parts_where_only_their_own_switches_add) {
  Topology topology = testing::h100_rail_machine(8);
  for (Device& device : topology.devices)
    if (device.kind == DeviceKind::nvswitch) device.can = {.multicast = true, .reduce = true};
  const CollectiveLimit limit = binding(topology, Collective::all_reduce);
  EXPECT_EQ(limit.bound, "partition");
  EXPECT_EQ(algbw(limit).text(), "1600/7");
}

// What copies saves departures; arrivals remain.
TEST(Limits, of_all_reduce_do_not_change_where_the_switch_only_copies) {
  Topology topology = testing::a100_machine(1);
  for (Device& device : topology.devices) device.can.multicast = device.kind == DeviceKind::nvswitch;
  EXPECT_EQ(binding_text(topology, Collective::all_reduce), "1200/7");
  EXPECT_EQ(binding_text(topology, Collective::all_gather), "2400/7");
}

// Each GPU sends at 100 GB/s and receives at 300. Six messages among four parts must depart without copying; with it
// only the arrivals count, and the single cut binds.
TEST(Limits, of_all_reduce_do_not_count_departures_that_a_copying_switch_saves) {
  Topology topology = testing::star_machine({300, 300, 300, 300});
  for (Link& link : topology.links)
    if (link.target == 4) link.capacity.line = {100e9};
  EXPECT_EQ(binding_text(topology, Collective::all_reduce), "200/3");
  topology.devices[4].can.multicast = true;
  EXPECT_EQ(binding_text(topology, Collective::all_reduce), "100");
}

// Two GPUs, each joined to each of three others: 28 hops for all ordered pairs over 12 links of 50 GB/s. No cut says
// more than 125 GB/s.
TEST(Limits, of_all_to_all_follow_from_distances_where_no_cut_tells) {
  Topology topology;
  for (int gpu = 0; gpu < 5; ++gpu)
    add_device(topology, {.id = "gpu" + std::to_string(gpu), .kind = DeviceKind::gpu, .index = gpu});
  for (const int one : {0, 1})
    for (const int other : {2, 3, 4})
      join(topology, one, other, {.kind = LinkKind::nvlink, .capacity = stated_rate({50e9}, "test")});
  const CollectiveLimit limit = binding(topology, Collective::all_to_all);
  EXPECT_EQ(algbw(limit).text(), "750/7");
  EXPECT_EQ(limit.bound, "distance");
  EXPECT_EQ(limit.tightness, Tightness::optimum);
  EXPECT_THAT(limit.cut.name, HasSubstr("the distances over"));
}

// Too large for a flow around each host: what enters node 3 is counted as it stands.
TEST(Limits, of_large_clusters_find_the_one_slow_host) {
  Topology topology = testing::h100_rail_machine(512);
  for (Link& link : topology.links)
    if (link.kind == LinkKind::infiniband && topology.devices[static_cast<std::size_t>(link.target)].host == "node3")
      link.capacity.line = {40e9};
  const CollectiveLimit limit = binding(topology, Collective::all_to_all);
  EXPECT_EQ(limit.cut.capacity.value, 320e9);
  EXPECT_EQ(limit.cut.ranks, 8);
  EXPECT_EQ(limit.cut.name, "8 InfiniBand links between node3 and the rest");
}

TEST(Limits, of_rooted_collectives_are_the_smallest_cut_to_or_from_the_root) {
  const Topology topology = testing::star_machine({300, 200, 100});
  EXPECT_EQ(binding_text(topology, Collective::broadcast), "100");
  EXPECT_EQ(binding_text(topology, Collective::reduce), "100");
  EXPECT_EQ(algbw(binding(testing::ndv2_machine(2), Collective::broadcast, {.root = 3})).text(), "25/2");
}

// DGX-2 as TE-CCL has it sends more out of odd GPUs than into them: no theorem says that schedules reach its cuts.
TEST(Limits, are_called_optimum_only_where_a_theorem_says_so) {
  EXPECT_EQ(binding(testing::dgx2_machine(), Collective::broadcast).tightness, Tightness::bound);
  EXPECT_EQ(binding(testing::dgx2_machine(), Collective::all_gather).tightness, Tightness::bound);
  EXPECT_EQ(binding(testing::ndv2_machine(2), Collective::all_gather).tightness, Tightness::optimum);
}

// Ranks 7 and 8 of two nodes are neighbours, as are 15 and 0: one message leaves each node over 8 links of 50 GB/s.
TEST(Limits, of_send_recv_count_only_the_messages_that_cross) {
  EXPECT_EQ(binding_text(testing::h100_rail_machine(2), Collective::send_recv), "400");
  EXPECT_EQ(binding_text(testing::ring_machine(8), Collective::send_recv), "100");
}

TEST(Limits, of_all_to_allv_are_not_given_because_its_traffic_is_the_users) {
  EXPECT_TRUE(limits_of(testing::mesh_machine(), {.collective = Collective::all_to_allv}).empty());
}

TEST(Limits, of_one_rank_are_none) {
  EXPECT_TRUE(limits_of(testing::star_machine({300}), {.collective = Collective::all_reduce}).empty());
}

TEST(Limits, name_the_links_of_one_gpu) {
  EXPECT_EQ(binding(testing::star_machine({300, 300, 100}), Collective::all_gather).cut.name,
            "the NVLink of gpu2 of node0");
  const Cut cut = binding(testing::mesh_machine(), Collective::all_gather).cut;
  EXPECT_EQ(cut.name, "all 7 xGMI links of gpu0 of node0, and 7 more like it");
  EXPECT_EQ(cut.alike, 8);
  EXPECT_EQ(cut.links.size(), 7u);
  EXPECT_EQ(cut.capacity.value, 7 * 48e9);
}

TEST(Limits, name_the_nics_of_a_host) {
  EXPECT_EQ(binding(testing::a100_machine(8), Collective::all_gather).cut.name,
            "the NICs of node0 (8 links), and 7 more like it");
}

TEST(Limits, name_a_leafs_uplink) {
  EXPECT_THAT(binding(testing::leaf_spine_machine({{8, 8, 8, 8}, 200}), Collective::all_to_all).cut.name,
              HasSubstr("leaf0 and spine0"));
}

TEST(Limits, name_the_device_whose_own_capacity_binds) {
  Topology topology = testing::mesh_machine();
  topology.devices[5].through = stated_rate({10e9}, "test");
  const Cut cut = binding(topology, Collective::all_to_all).cut;
  EXPECT_EQ(cut.name, "what passes through gpu5 of node0");
  EXPECT_EQ(cut.bottlenecks, (std::vector<int>{5}));
}

TEST(Limits, go_on_over_links_of_known_rate_where_others_are_unknown) {
  Topology topology = testing::star_machine({300, 300, 300, 100});
  for (Link& link : topology.links)
    if (link.capacity.line.value > 200e9) link.capacity = unknown_rate("test");
  const CollectiveLimit limit = binding(topology, Collective::all_gather);
  EXPECT_EQ(algbw(limit).text(), "400/3");
  EXPECT_EQ(limit.tightness, Tightness::bound);
}

// Data need not touch a link of known rate at all.
TEST(Limits, are_none_where_a_way_of_unknown_rates_joins_all_ranks) {
  Topology topology = testing::mesh_machine();
  for (Link& link : topology.links) link.capacity = unknown_rate("test");
  const int idle = add_device(topology, {.id = "idle", .kind = DeviceKind::nvswitch});
  join(topology, 0, idle, {.kind = LinkKind::nvlink, .capacity = stated_rate({25e9}, "test")});
  for (const Collective collective : {Collective::all_gather, Collective::all_reduce, Collective::all_to_all})
    EXPECT_TRUE(limits_of(topology, {.collective = collective}).empty()) << name_of(collective);
}

TEST(Limits, are_none_where_no_rate_on_any_cut_is_known) {
  Topology topology = testing::mesh_machine();
  for (Link& link : topology.links) link.capacity = unknown_rate("test");
  for (const Collective collective : {Collective::all_gather, Collective::reduce_scatter, Collective::all_reduce,
                                      Collective::all_to_all, Collective::broadcast, Collective::send_recv})
    EXPECT_TRUE(limits_of(topology, {.collective = collective}).empty()) << name_of(collective);
}

TEST(Limits, refuse_a_machine_with_a_rank_that_nothing_reaches) {
  Topology topology = testing::mesh_machine();
  std::erase_if(topology.links, [](const Link& link) { return link.target == 6; });
  try {
    limits_of(topology, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("node0/gpu6"));
  }
}

TEST(Limits, refuse_a_root_that_is_not_there) {
  EXPECT_THROW(limits_of(testing::mesh_machine(), {.collective = Collective::broadcast, .root = 8}), Error);
  EXPECT_THROW(limits_of(testing::mesh_machine(), {.collective = Collective::broadcast, .root = -1}), Error);
}

TEST(Limits, refuse_symmetries_that_are_not_of_this_machine) {
  EXPECT_THROW(limits_of(testing::mesh_machine(), {.symmetries = {{1, 0}}}), Error);
  EXPECT_THROW(limits_of(testing::mesh_machine(), {.symmetries = {{0, 1, 2, 3, 4, 5, 6, 80}}}), Error);
}

TEST(Limits, say_when_they_rest_on_an_assumed_rate) {
  Topology topology = testing::star_machine({300, 300, 100});
  EXPECT_FALSE(binding(topology, Collective::all_gather).rests_on_assumed);
  for (Link& link : topology.links)
    if (link.source == 2) link.capacity.certainty = Certainty::assumed;
  EXPECT_FALSE(binding(topology, Collective::all_gather).rests_on_assumed);  // what binds is the way into the GPU
  for (Link& link : topology.links)
    if (link.target == 2) link.capacity.certainty = Certainty::assumed;
  EXPECT_TRUE(binding(topology, Collective::all_gather).rests_on_assumed);
}

TEST(Limits, repeat_the_findings_that_touch_their_cut) {
  const Finding touching{.code = "slow_link", .place = "a.xml:1", .meaning = "slow", .devices = {"node0/gpu2"}};
  const Finding elsewhere{.code = "other", .place = "a.xml:2", .meaning = "odd", .devices = {"node0/gpu0"}};
  const CollectiveLimit limit =
      binding(testing::star_machine({300, 300, 100}), Collective::all_gather, {.findings = {touching, elsewhere}});
  ASSERT_EQ(limit.findings.size(), 1u);
  EXPECT_EQ(limit.findings.front().code, "slow_link");
}

TEST(Limits, of_small_messages_are_the_longest_way) {
  Topology topology = testing::ring_machine(8);
  for (Link& link : topology.links) link.latency = {1e-6};
  const std::vector<CollectiveLimit> limits = limits_of(topology, {.collective = Collective::all_gather});
  const CollectiveLimit* small = binding_at(limits, Bytes{8});
  ASSERT_NE(small, nullptr);
  EXPECT_EQ(small->bound, "latency");
  EXPECT_NEAR(small->latency.value, 4e-6, 1e-12);
  const CollectiveLimit* large = binding_at(limits, Bytes{1 << 30});
  EXPECT_EQ(large->bound, "cut");
  EXPECT_NEAR(large->latency.value, 1e-6, 1e-12);
  EXPECT_EQ(binding_at({}, Bytes{8}), nullptr);
}

TEST(Limits, of_neighbours_wait_for_one_link_only) {
  Topology topology = testing::ring_machine(8);
  for (Link& link : topology.links) link.latency = {1e-6};
  EXPECT_NEAR(limits_of(topology, {.collective = Collective::send_recv}).back().latency.value, 1e-6, 1e-12);
}

TEST(Limits, call_impossible_what_is_faster_than_they_are) {
  const CollectiveLimit limit{.seconds_per_byte = Rational::of(1, 1'000'000'000), .latency = {1e-6}};
  EXPECT_TRUE(is_impossible({.size = {1'000'000}, .time = {0.999e-3}}, limit));
  EXPECT_FALSE(is_impossible({.size = {1'000'000}, .time = {1.001e-3}}, limit));
  EXPECT_FALSE(is_impossible({.size = {1'000'000}, .time = {1.0005e-3}}, limit));  // rounded by who printed it
}

}  // namespace
}  // namespace muster
