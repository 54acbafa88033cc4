// SPDX-License-Identifier: Apache-2.0
// Hosts under one leaf stand side by side, however their names or descriptions are shuffled.
#include "topology/host_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

/// Four leaves under two pods' spines; `leaf_of[i]` is where host i hangs.
Topology fabric(const std::vector<int>& leaf_of) {
  Topology topology;
  std::vector<int> leaves;
  for (int pod = 0; pod < 2; ++pod) {
    const std::string name = std::to_string(pod);
    const int spine = add_device(topology, {.id = "spine" + name, .kind = DeviceKind::network_switch, .tier = 1});
    for (int leaf = 0; leaf < 2; ++leaf) {
      const std::string id = "leaf" + name + std::to_string(leaf);
      leaves.push_back(add_device(topology, {.id = id, .kind = DeviceKind::network_switch, .tier = 0}));
      join(topology, leaves.back(), spine, {.kind = LinkKind::infiniband});
    }
  }
  for (std::size_t i = 0; i < leaf_of.size(); ++i) {
    const std::string host(1, static_cast<char>('a' + static_cast<int>(i)));
    const int nic = add_device(topology, {.id = host + "/nic", .kind = DeviceKind::nic, .host = host});
    join(topology, nic, leaves[static_cast<std::size_t>(leaf_of[i])], {.kind = LinkKind::infiniband});
  }
  return topology;
}

TEST(HostOrder, NeighboursShareALeafAndLeavesOfAPodStandTogether) {
  EXPECT_THAT(host_order(fabric({3, 0, 2, 0, 1, 3})), testing::ElementsAre("b", "d", "e", "c", "a", "f"));
}

TEST(HostOrder, HostsOfOneLeafKeepTheirOrder) {
  EXPECT_THAT(host_order(fabric({1, 1, 1})), testing::ElementsAre("a", "b", "c"));
}

TEST(HostOrder, SwitchesThatPointAtEachOtherDoNotHoldItUp) {
  Topology topology;
  const int one = add_device(topology, {.id = "x", .kind = DeviceKind::network_switch});
  const int other = add_device(topology, {.id = "y", .kind = DeviceKind::network_switch});
  join(topology, one, other, {.kind = LinkKind::infiniband});
  const int nic = add_device(topology, {.id = "h/nic", .kind = DeviceKind::nic, .host = "h"});
  join(topology, nic, one, {.kind = LinkKind::infiniband});
  EXPECT_THAT(host_order(topology), testing::ElementsAre("h"));
}

}  // namespace
}  // namespace muster
