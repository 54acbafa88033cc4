// SPDX-License-Identifier: Apache-2.0
// Rings and the order of ranks on machines whose best rings are known.
#include "topology/rings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "tests/topology/golden_machines.hpp"
#include "topology/routes.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;

double together(const std::vector<Ring>& rings) {
  double sum = 0;
  for (const Ring& ring : rings) sum += ring.bandwidth.value;
  return sum;
}

/// Every ring meets every rank once.
void expect_orders(const std::vector<Ring>& rings, std::size_t ranks) {
  for (const Ring& ring : rings) {
    EXPECT_EQ(ring.ranks.size(), ranks);
    EXPECT_EQ(std::set(ring.ranks.begin(), ring.ranks.end()).size(), ranks);
  }
}

TEST(Rings, go_both_ways_round_a_circle) {
  const std::vector<Ring> rings = rings_of(testing::ring_machine(8));
  expect_orders(rings, 8);
  ASSERT_EQ(rings.size(), 2U);
  EXPECT_EQ(rings[0].bandwidth.value, 50e9);
  EXPECT_EQ(rings[1].bandwidth.value, 50e9);
}

// The V100 machine carries six rings of single links: what NCCL finds there too.
TEST(Rings, use_every_link_of_a_hybrid_cube_mesh) {
  const std::vector<Ring> rings = rings_of(testing::hybrid_cube_mesh());
  expect_orders(rings, 8);
  ASSERT_EQ(rings.size(), 6U);
  EXPECT_EQ(together(rings), 150e9);
}

TEST(Rings, use_every_link_of_a_mesh) {
  const std::vector<Ring> rings = rings_of(testing::mesh_machine());
  expect_orders(rings, 8);
  EXPECT_EQ(together(rings), 7 * 48e9);
}

TEST(Rings, use_every_link_of_a_torus) {
  const std::vector<Ring> rings = rings_of(testing::torus_machine({4, 4}));
  expect_orders(rings, 16);
  ASSERT_EQ(rings.size(), 4U);
  EXPECT_EQ(together(rings), 200e9);
}

TEST(Rings, are_one_behind_a_switch) {
  const std::vector<Ring> rings = rings_of(testing::h100_rail_machine(1));
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_THAT(rings[0].ranks, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(rings[0].bandwidth.value, 450e9);
}

TEST(Rings, stay_on_their_rail_between_hosts) {
  const Topology topology = testing::h100_rail_machine(4);
  const std::vector<Ring> rings = rings_of(topology);
  expect_orders(rings, 32);
  ASSERT_EQ(rings.size(), 8U);
  const std::vector<int> devices = rank_devices(topology);
  std::set<int> rails;
  for (const Ring& ring : rings) {
    EXPECT_EQ(ring.bandwidth.value, 50e9);
    for (std::size_t place = 0; place < 32; ++place) {
      const Device& source =
          topology.devices[static_cast<std::size_t>(devices[static_cast<std::size_t>(ring.ranks[place])])];
      const Device& target =
          topology.devices[static_cast<std::size_t>(devices[static_cast<std::size_t>(ring.ranks[(place + 1) % 32])])];
      if (source.host == target.host) continue;
      EXPECT_EQ(source.index, target.index);
      rails.insert(source.index);
    }
  }
  EXPECT_EQ(rails.size(), 8U);
}

TEST(Rings, follow_the_order_of_ranks_where_hosts_differ) {
  Topology topology = testing::h100_rail_machine(2);
  add_device(topology, {.id = "node2/gpu0", .kind = DeviceKind::gpu, .host = "node2", .index = 0});
  join(topology, static_cast<int>(topology.devices.size()) - 1, 0,
       {.kind = LinkKind::infiniband, .capacity = stated_rate({50e9}, "test")});
  const std::vector<Ring> rings = rings_of(topology);
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_EQ(rings[0].ranks, rank_order(topology));
}

TEST(Rings, are_none_without_ranks_and_trivial_for_one) {
  EXPECT_TRUE(rings_of({}).empty());
  const std::vector<Ring> rings = rings_of(testing::star_machine({100}));
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_THAT(rings[0].ranks, ElementsAre(0));
}

/// Four GPUs numbered crosswise over two PCIe switches below two CPUs.
Topology crosswise_host() {
  Topology topology;
  const Link pcie{.kind = LinkKind::pcie, .capacity = stated_rate({32e9}, "test")};
  for (int side = 0; side < 2; ++side) {
    const std::string number = std::to_string(side);
    const int cpu = add_device(topology, {.id = "cpu" + number, .kind = DeviceKind::cpu, .host = "h"});
    const int bridge = add_device(topology, {.id = "pcisw" + number, .kind = DeviceKind::pcisw, .host = "h"});
    join(topology, bridge, cpu, pcie);
    for (int gpu = side; gpu < 4; gpu += 2) {
      const std::string id = "gpu" + std::to_string(gpu);
      join(topology, add_device(topology, {.id = id, .kind = DeviceKind::gpu, .host = "h", .index = gpu}), bridge,
           pcie);
    }
  }
  join(topology, 0, 4, {.kind = LinkKind::smp, .capacity = stated_rate({20e9}, "test")});
  return topology;
}

TEST(RankOrder, keeps_gpus_of_one_pcie_switch_together) {
  EXPECT_THAT(rank_order(crosswise_host()), ElementsAre(0, 2, 1, 3));
}

TEST(RankOrder, names_every_rank_once) {
  const std::vector<int> order = rank_order(testing::a100_machine(4));
  std::vector<int> all(32);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(order, ::testing::UnorderedElementsAreArray(all));
}

TEST(Rings, cross_between_pcie_switches_as_seldom_as_they_can) {
  const std::vector<Ring> rings = rings_of(crosswise_host());
  expect_orders(rings, 4);
  EXPECT_EQ(together(rings), 20e9);
}

}  // namespace
}  // namespace muster
