// SPDX-License-Identifier: Apache-2.0
// Routes on machines small enough to see the answer.
#include "topology/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/rail_machine.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Rational sum_of_shares(const Route& route) {
  Rational sum{0};
  for (const LinkShare& part : route.links) sum = sum + part.share;
  return sum;
}

TEST(Routes, InsideAHostTakeTheScaleUpLinks) {
  const Topology topology = make_rail_machine({.hosts = 2});
  Routes routes(topology);
  const Route& route = routes.between({.source = 1, .target = 6});
  EXPECT_EQ(route.type, PathType::nvl);
  EXPECT_EQ(route.links.size(), 2u);
  EXPECT_EQ(route.bandwidth.value, 450e9);
  EXPECT_DOUBLE_EQ(route.latency.value, 2 * usual_latency(LinkKind::nvlink).value);
}

TEST(Routes, TakeScaleUpLinksEvenWhereAnotherWayIsWider) {
  Topology topology = make_ring_machine(2, 25e9);
  const int chip = add_device(topology, {.id = "node0/pcisw0", .kind = DeviceKind::pcisw, .host = "node0"});
  for (const int gpu : {0, 1}) join(topology, gpu, chip, test_link(LinkKind::pcie, 120e9));
  Routes routes(topology);
  EXPECT_EQ(routes.between({.source = 0, .target = 1}).type, PathType::nvl);
}

TEST(Routes, BetweenHostsStayOnTheRail) {
  const Topology topology = make_rail_machine({.hosts = 2});
  Routes routes(topology);
  const Route& route = routes.between({.source = 3, .target = 8 + 3});
  EXPECT_EQ(route.type, PathType::net);
  EXPECT_EQ(route.to_network, PathType::pix);
  EXPECT_EQ(route.path.size(), 4u);
  EXPECT_EQ(route.bandwidth.value, 50e9);
}

TEST(Routes, AcrossRailsGoOverAnotherGpuOfTheSenderWherePxnIsAllowed) {
  const Topology topology = make_rail_machine({.hosts = 2});
  Routes routes(topology);
  const Route& route = routes.between({.source = 0, .target = 8 + 5});
  EXPECT_EQ(route.to_network, PathType::pxn);
  EXPECT_EQ(route.path.size(), 6u);
}

TEST(Routes, AcrossRailsAreRelayedSomewhereWherePxnIsNotAllowed) {
  const Topology topology = make_rail_machine({.hosts = 2, .pxn = false});
  Routes routes(topology);
  const Route& route = routes.between({.source = 0, .target = 8 + 5});
  EXPECT_EQ(route.links.size(), 12u);  // two ways, over either host's NVSwitch
  EXPECT_EQ(route.bandwidth.value, 100e9);
}

TEST(Routes, ThatAreEqualInAllAreShared) {
  Topology topology = make_ring_machine(4, 25e9);
  Routes routes(topology);
  const Route& route = routes.between({.source = 0, .target = 2});
  EXPECT_EQ(route.type, PathType::nvb);
  EXPECT_EQ(route.links.size(), 4u);
  EXPECT_EQ(sum_of_shares(route), Rational(2));
  EXPECT_EQ(route.bandwidth.value, 50e9);  // both ways around
}

TEST(Routes, PreferWidthToHopsAndHopsToLatency) {
  Topology topology;
  for (const char* id : {"gpu0", "gpu1"}) add_device(topology, {.id = id, .kind = DeviceKind::gpu, .host = "node0"});
  for (const char* id : {"thin", "wide0", "wide1", "slow"}) {
    add_device(topology, {.id = id, .kind = DeviceKind::nvswitch, .host = "node0"});
  }
  const auto both = [&](int chip, double rate, double latency) {
    Link link = test_link(LinkKind::nvlink, rate);
    link.latency = {latency};
    join(topology, 0, chip, link);
    join(topology, chip, 1, link);
  };
  both(5, 20e9, 2e-7);
  both(2, 10e9, 1e-9);
  both(3, 20e9, 1e-7);
  both(4, 20e9, 1e-7);
  Routes routes(topology);
  const Route& route = routes.between({.source = 0, .target = 1});
  ASSERT_EQ(route.links.size(), 4u);
  for (const LinkShare& part : route.links) EXPECT_EQ(part.share, Rational::of(1, 2));
  EXPECT_EQ(route.bandwidth.value, 40e9);
  EXPECT_DOUBLE_EQ(route.latency.value, 2e-7);
}

TEST(Routes, CountDevicesThatHaveACapacityOfTheirOwn) {
  Topology topology = make_rail_machine({.hosts = 1});
  topology.devices[0].through = stated_rate({100e9}, "test");
  Routes routes(topology);
  const Route& route = routes.between({.source = 0, .target = 1});
  ASSERT_EQ(route.devices.size(), 1u);
  EXPECT_EQ(route.devices.front().device, 0);
  EXPECT_EQ(route.bandwidth.value, 100e9);
}

TEST(Routes, ThatDoNotExistNameBothEnds) {
  Topology topology;
  for (const char* id : {"node0/gpu0", "node0/gpu1"}) {
    add_device(topology, {.id = id, .kind = DeviceKind::gpu, .host = "node0"});
  }
  EXPECT_THAT([&] { Routes(topology).between({.source = 0, .target = 1}); },
              ThrowsMessage<Error>(HasSubstr("no way from node0/gpu0 to node0/gpu1")));
}

TEST(Routes, ToTheRankItselfAreEmpty) {
  const Topology topology = make_rail_machine({.hosts = 1});
  Routes routes(topology);
  EXPECT_EQ(routes.between({.source = 2, .target = 2}).type, PathType::loc);
}

TEST(Routes, OverSpinesAreFoundOnALargeFabric) {
  const Topology topology = make_rail_machine({.hosts = 2048, .hosts_of_leaf = 32});
  Routes routes(topology);
  EXPECT_EQ(routes.between({.source = 0, .target = 8}).path.size(), 4u);
  EXPECT_EQ(routes.between({.source = 0, .target = 2047 * 8}).path.size(), 6u);
}

TEST(PathTypes, AreToldApartByWhatTheyPass) {
  Topology topology;
  for (const DeviceKind kind :
       {DeviceKind::gpu, DeviceKind::pcisw, DeviceKind::pcisw, DeviceKind::cpu, DeviceKind::cpu, DeviceKind::nic}) {
    add_device(topology, {.id = std::to_string(topology.devices.size()), .kind = kind, .host = "node0"});
  }
  const auto link = [&](int source, int target, LinkKind kind) {
    topology.links.push_back({.source = source, .target = target, .kind = kind});
    return static_cast<int>(topology.links.size()) - 1;
  };
  const int to_switch = link(0, 1, LinkKind::pcie);
  const int switch_to_nic = link(1, 5, LinkKind::pcie);
  const int between_switches = link(1, 2, LinkKind::pcie);
  const int far_switch_to_nic = link(2, 5, LinkKind::pcie);
  const int to_cpu = link(1, 3, LinkKind::pcie);
  const int between_cpus = link(3, 4, LinkKind::smp);
  const int cpu_to_nic = link(3, 5, LinkKind::pcie);
  const int far_cpu_to_nic = link(4, 5, LinkKind::pcie);
  const int coherent = link(0, 3, LinkKind::c2c);
  const auto type = [&](const std::vector<int>& links) { return type_of(topology, links); };
  EXPECT_EQ(type({}), PathType::loc);
  EXPECT_EQ(type({to_switch, switch_to_nic}), PathType::pix);
  EXPECT_EQ(type({to_switch, between_switches, far_switch_to_nic}), PathType::pxb);
  EXPECT_EQ(type({to_switch, to_cpu, cpu_to_nic}), PathType::phb);
  EXPECT_EQ(type({to_switch, to_cpu, between_cpus, far_cpu_to_nic}), PathType::sys);
  EXPECT_EQ(type({coherent}), PathType::c2c);
  EXPECT_EQ(type({coherent, cpu_to_nic}), PathType::p2c);
}

}  // namespace
}  // namespace muster
