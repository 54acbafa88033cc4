// SPDX-License-Identifier: Apache-2.0
// The driver's answers become devices and links; the driver is a library made for this test (fake_nvml.cpp).
#include "topology/nvml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "tests/benchmarks/fake_faults.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::Field;

std::vector<NvmlGpu> fake_gpus() { return read_nvml(MUSTER_FAKE_NVML).value(); }

Topology host_with_first_gpu() {
  Topology topology;
  const int cpu = add_device(topology, {.id = "h/cpu0", .kind = DeviceKind::cpu, .host = "h"});
  const int gpu =
      add_device(topology, {.id = "h/gpu:0", .kind = DeviceKind::gpu, .host = "h", .address = "0000:1b:00.0"});
  join(topology, cpu, gpu, {.kind = LinkKind::pcie, .capacity = unknown_rate("idle")});
  return topology;
}

const Link* link_between(const Topology& topology, int source, int target) {
  const auto found = std::ranges::find_if(
      topology.links, [&](const Link& link) { return link.source == source && link.target == target; });
  return found == topology.links.end() ? nullptr : &*found;
}

TEST(Nvml, AMachineWithoutTheLibraryHasNoAnswer) { EXPECT_FALSE(read_nvml("libnot-there.so.1").has_value()); }

TEST(Nvml, ALibraryWithoutDriverHasNoAnswerOneThatDoesNotFitItIsAnError) {
  {
    const FakeFaults faults("no_driver");
    EXPECT_FALSE(read_nvml(MUSTER_FAKE_NVML).has_value());
  }
  const FakeFaults faults("mismatch");
  EXPECT_THAT([] { read_nvml(MUSTER_FAKE_NVML); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("see whether nvidia-smi works")));
}

TEST(Nvml, TellsEachGpuWithItsLinks) {
  const std::vector<NvmlGpu> gpus = fake_gpus();
  ASSERT_EQ(gpus.size(), 3u);
  EXPECT_EQ(gpus[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpus[0].address, "0000:1b:00.0");
  EXPECT_EQ(gpus[0].compute_capability, 90);
  EXPECT_EQ(gpus[0].links.size(), 4u);
  EXPECT_EQ(gpus[0].inactive_links, 0);
  EXPECT_EQ(gpus[1].inactive_links, 1);
  EXPECT_FALSE(gpus[0].partitioned);
  EXPECT_TRUE(gpus[2].partitioned);
}

TEST(Nvml, GpusJoinTheGraphBySlotAndLinksByPeer) {
  Topology topology = host_with_first_gpu();
  add_nvml(topology, "h", fake_gpus());
  const std::vector<int> ranks = rank_devices(topology);
  ASSERT_EQ(ranks.size(), 3u);
  EXPECT_EQ(ranks[0], 1) << "the GPU that hwloc showed is not added again";
  const auto nvswitch = std::ranges::find(topology.devices, DeviceKind::nvswitch, &Device::kind);
  ASSERT_NE(nvswitch, topology.devices.end());
  EXPECT_TRUE(nvswitch->can.reduce);
  const Link* up = link_between(topology, ranks[0], static_cast<int>(nvswitch - topology.devices.begin()));
  ASSERT_NE(up, nullptr);
  EXPECT_EQ(up->count, 3);
  EXPECT_EQ(up->capacity.line.value, 75e9);
  const Link* across = link_between(topology, ranks[0], ranks[1]);
  ASSERT_NE(across, nullptr);
  EXPECT_EQ(across->capacity.line.value, 25e9);
  EXPECT_NE(link_between(topology, ranks[1], ranks[0]), nullptr);
}

TEST(Nvml, TheSlotsRateReplacesTheRateOfTheMoment) {
  Topology topology = host_with_first_gpu();
  add_nvml(topology, "h", fake_gpus());
  const Link* slot = link_between(topology, 0, 1);
  ASSERT_NE(slot, nullptr);
  EXPECT_NEAR(slot->capacity.line.value, 63.015e9, 1e6);
  EXPECT_EQ(slot->capacity.certainty, Certainty::stated);
}

TEST(Nvml, AGpuThatTheBusShowsAndTheDriverDoesNotIsTold) {
  Topology topology = host_with_first_gpu();
  const Device missing{.id = "h/gpu:0000:99:00.0",
                       .kind = DeviceKind::gpu,
                       .model = "NVIDIA Corporation GH100 [H100 SXM5 80GB]",
                       .host = "h",
                       .address = "0000:99:00.0"};
  add_device(topology, missing);
  const std::vector<Finding> findings = add_nvml(topology, "h", fake_gpus());
  EXPECT_EQ(findings.back().code, "gpu_without_driver");
  EXPECT_EQ(findings.back().severity, Severity::warning);
  EXPECT_EQ(findings.back().place, missing.id);
}

TEST(Nvml, WhatCannotBeTrueIsToldAndLeftOut) {
  Topology topology = host_with_first_gpu();
  const std::vector<Finding> findings = add_nvml(topology, "h", fake_gpus());
  EXPECT_THAT(findings,
              ElementsAre(Field(&Finding::code, "inactive_nvlink"), Field(&Finding::code, "partitioned_gpu"),
                          Field(&Finding::code, "self_link"), Field(&Finding::code, "unknown_nvlink_peer"),
                          Field(&Finding::code, "unknown_nvlink_peer"), Field(&Finding::code, "unknown_nvlink_peer")));
  for (const Link& link : topology.links) EXPECT_NE(link.source, link.target);
}

}  // namespace
}  // namespace muster
