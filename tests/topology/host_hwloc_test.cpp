// SPDX-License-Identifier: Apache-2.0
// Discovery: what must hold on any machine, and exact numbers on machines that hwloc makes up.
#include "topology/host_hwloc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace muster {
namespace {

TEST(DiscoverHost, ShowsCoresMemoryAndCachesOfThisMachine) {
  const Topology here = discover_host();
  ASSERT_EQ(here.hosts.size(), 1u);
  const Host& host = here.hosts[0];
  EXPECT_FALSE(host.name.empty());
  EXPECT_GE(host.physical_cores, 1);
  EXPECT_GE(host.logical_cpus, host.physical_cores);
  EXPECT_GE(host.numa_nodes, 1);
  EXPECT_GT(host.memory.value, 0u);
  ASSERT_FALSE(host.levels.empty());
  EXPECT_EQ(host.levels.back().name, "DRAM");
  EXPECT_EQ(host.levels.back().size, host.memory);
  EXPECT_EQ(host.levels.back().cores, host.physical_cores);
  EXPECT_TRUE(std::ranges::is_sorted(host.levels, {}, &MemoryLevel::cores));
}

TEST(DiscoverHost, GivesUniqueDevicesAndSaysWhereEachLinkComesFrom) {
  const Topology here = discover_host();
  std::set<std::string> ids;
  for (const Device& device : here.devices) EXPECT_TRUE(ids.insert(device.id).second) << device.id;
  EXPECT_TRUE(std::ranges::any_of(here.devices, [](const Device& d) { return d.kind == DeviceKind::cpu; }));
  for (const Link& link : here.links) {
    EXPECT_NE(link.source, link.target);
    EXPECT_FALSE(link.capacity.provenance.empty());
    EXPECT_EQ(link.capacity.line.value > 0, link.capacity.certainty != Certainty::unknown);
  }
}

TEST(DiscoverHost, FitsIntoItsOwnFile) {
  const Json json = to_json(discover_host());
  EXPECT_EQ(to_json(topology_from_json(json, "cluster.json")), json);
}

class Synthetic : public testing::Test {
 protected:
  Synthetic() {
    hwloc_topology_init(&source_);
    // Two packages of one NUMA node each; 4 cores share an L3; two hardware threads per core.
    const char* description = "package:2 numa:1(memory=1GB) l3:1(size=32MB) core:4 l2:1(size=1MB) l1:1(size=48kB) pu:2";
    EXPECT_EQ(hwloc_topology_set_synthetic(source_, description), 0);
    EXPECT_EQ(hwloc_topology_load(source_), 0);
  }
  ~Synthetic() override { hwloc_topology_destroy(source_); }

  hwloc_topology_t source_ = nullptr;
};

TEST_F(Synthetic, LevelsCarrySizeAndTheCoresThatShareThem) {
  const Topology topology = topology_of_host(source_, "made-up", {});
  const Host& host = topology.hosts.at(0);
  EXPECT_EQ(host.physical_cores, 8);
  EXPECT_EQ(host.logical_cpus, 16);
  EXPECT_EQ(host.numa_nodes, 2);
  ASSERT_EQ(host.levels.size(), 4u);
  EXPECT_EQ(host.levels[0].name, "L1");
  EXPECT_EQ(host.levels[0].cores, 1);
  EXPECT_EQ(host.levels[2].name, "L3");
  EXPECT_EQ(host.levels[2].size.value, 32'000'000u);
  EXPECT_EQ(host.levels[2].cores, 4);
  EXPECT_EQ(host.levels[3].name, "DRAM");
  EXPECT_EQ(host.levels[3].size.value, 2'000'000'000u);
  EXPECT_EQ(host.levels[3].cores, 8);
}

TEST_F(Synthetic, PackagesAreJoinedInBothDirections) {
  const Topology topology = topology_of_host(source_, "made-up", {});
  ASSERT_EQ(topology.devices.size(), 2u);
  EXPECT_EQ(topology.devices[1].id, "made-up/cpu1");
  ASSERT_EQ(topology.links.size(), 2u);
  EXPECT_EQ(topology.links[0].kind, LinkKind::smp);
  EXPECT_EQ(topology.links[0].source, topology.links[1].target);
  EXPECT_EQ(topology.links[0].target, topology.links[1].source);
}

TEST_F(Synthetic, ANicHasItsLineRateTowardsTheNetworkAndNoInventedRateInside) {
  const Topology topology =
      topology_of_host(source_, "made-up", {{.name = "eth0", .line_rate = BytesPerSecond{12.5e9}}});
  ASSERT_EQ(topology.devices.size(), 4u);
  EXPECT_EQ(topology.devices[2].id, "made-up/nic:eth0");
  EXPECT_EQ(topology.devices[3].kind, DeviceKind::network_switch);
  int inside = 0;
  int outside = 0;
  for (const Link& link : topology.links) {
    if (link.kind == LinkKind::pcie) {
      ++inside;
      EXPECT_EQ(link.capacity.certainty, Certainty::unknown);
    } else if (link.kind == LinkKind::ethernet) {
      ++outside;
      EXPECT_EQ(link.capacity.line.value, 12.5e9);
      EXPECT_EQ(link.capacity.certainty, Certainty::stated);
    }
  }
  EXPECT_EQ(inside, 4);  // hwloc does not show this NIC, so both packages are as near, in both directions
  EXPECT_EQ(outside, 2);
}

TEST_F(Synthetic, AVirtualRateIsNoLineRateAndAnUnknownOneStaysUnknown) {
  const Topology topology =
      topology_of_host(source_, "made-up",
                       {{.name = "veth0", .is_virtual = true, .line_rate = BytesPerSecond{1.25e9}}, {.name = "eth0"}});
  std::vector<Certainty> certainties;
  for (const Link& link : topology.links) {
    if (link.kind == LinkKind::ethernet) certainties.push_back(link.capacity.certainty);
  }
  EXPECT_THAT(certainties,
              testing::ElementsAre(Certainty::assumed, Certainty::assumed, Certainty::unknown, Certainty::unknown));
}

}  // namespace
}  // namespace muster
