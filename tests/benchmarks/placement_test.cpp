// SPDX-License-Identifier: Apache-2.0
// Ranks stand on the packages of the hosts that ran them, so that the fabric between the hosts bounds them.
#include "benchmarks/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "topology/limits/limits.hpp"

namespace muster {
namespace {

/// Two hosts of two packages, each with one NIC of 10 GB/s to a switch.
Topology two_hosts() {
  Topology topology;
  const int leaf = add_device(topology, {.id = "leaf", .kind = DeviceKind::network_switch});
  for (const std::string host : {"a", "b"}) {
    const int one = add_device(topology, {.id = host + "/cpu0", .kind = DeviceKind::cpu, .host = host});
    const int other = add_device(topology, {.id = host + "/cpu1", .kind = DeviceKind::cpu, .host = host});
    const int nic = add_device(topology, {.id = host + "/nic", .kind = DeviceKind::nic, .host = host});
    join(topology, one, other, {.kind = LinkKind::smp, .capacity = unknown_rate("")});
    join(topology, one, nic, {.kind = LinkKind::pcie, .capacity = unknown_rate("")});
    join(topology, nic, leaf, {.kind = LinkKind::infiniband, .capacity = stated_rate({10e9}, "test")});
  }
  return topology;
}

int package_of(const Topology& topology, int process) {
  for (const Link& link : topology.links) {
    if (link.source == process) return link.target;
  }
  return -1;
}

TEST(Placement, RanksSpreadOverThePackagesOfTheirHostInOrder) {
  const Topology placed = placed_ranks(two_hosts(), {"b", "b", "b", "b", "a"});
  const std::vector<int> ranks = rank_devices(placed);
  ASSERT_EQ(ranks.size(), 5u);
  std::vector<std::string> packages;
  for (const int rank : ranks)
    packages.push_back(placed.devices[static_cast<std::size_t>(package_of(placed, rank))].id);
  EXPECT_THAT(packages, testing::ElementsAre("b/cpu0", "b/cpu0", "b/cpu1", "b/cpu1", "a/cpu0"));
}

TEST(Placement, TheNicBoundsRanksOfTwoHostsAndNothingBoundsRanksOfOne) {
  const LimitRequest all_gather{.collective = Collective::all_gather};
  EXPECT_TRUE(limits_of(placed_ranks(two_hosts(), {"a", "a"}), all_gather).empty());
  // Each host lacks half of the data, and gets it through one NIC of 10 GB/s.
  const auto limits = limits_of(placed_ranks(two_hosts(), {"a", "a", "b", "b"}), all_gather);
  ASSERT_FALSE(limits.empty());
  EXPECT_EQ((Rational(1) / limits.front().seconds_per_byte).text(), "20000000000");
}

TEST(Placement, AHostThatTheGraphDoesNotHoldIsNamed) {
  try {
    placed_ranks(two_hosts(), {"a", "c"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("\"c\""));
  }
}

}  // namespace
}  // namespace muster
