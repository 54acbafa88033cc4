// SPDX-License-Identifier: Apache-2.0
// Health as a driver tells it that was made for these tests (tests/topology/fake_nvml.cpp), and as it is without one.
#include "benchmarks/gpu_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/benchmarks/fake_faults.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

HealthReport read_fake(std::vector<int> own_processes = {}) {
  MonotonicClock clock;
  return read_health(HealthMoment::before, 3, clock,
                     {.nvml = MUSTER_FAKE_NVML,
                      .log = {.device = "/not/there", .files = {}},
                      .own_processes = std::move(own_processes)});
}

TEST(GpuHealth, EachGpuHasItsNames) {
  const HealthReport report = read_fake();
  EXPECT_EQ(report.launch, 3);
  EXPECT_FALSE(report.host.empty());
  EXPECT_EQ(report.gpus_unknown, std::nullopt);
  ASSERT_EQ(report.gpus.size(), 3u);
  const GpuHealth& gpu = report.gpus[1];
  EXPECT_EQ(gpu.host, report.host);
  EXPECT_EQ(gpu.index, 1);
  EXPECT_EQ(gpu.uuid, "GPU-1");
  EXPECT_EQ(gpu.model, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpu.address, "0000:2c:00.0");
  EXPECT_THAT(gpu.serial, Optional(std::string("1650")));
  EXPECT_THAT(gpu.vbios, Optional(std::string("96.00.30")));
  EXPECT_THAT(gpu.driver, Optional(std::string("580.65.06")));
  EXPECT_THAT(gpu.compute_capability, Optional(90));
}

TEST(GpuHealth, ModesAreWords) {
  const GpuHealth gpu = read_fake().gpus[2];
  EXPECT_THAT(gpu.persistence, Optional(std::string("enabled")));
  EXPECT_THAT(gpu.ecc, Optional(std::string("enabled"))) << "the state now, not after the next start";
  EXPECT_THAT(gpu.mig, Optional(std::string("enabled")));
  EXPECT_THAT(gpu.compute_mode, Optional(std::string("exclusive_process")));
  EXPECT_THAT(gpu.throttle_reasons, ElementsAre("software_power_cap"));
}

TEST(GpuHealth, ReadingsAreInSiUnits) {
  const GpuHealth gpu = read_fake().gpus[0];
  EXPECT_GE(gpu.clocks.multiprocessor_hertz.value(), 1e9);
  EXPECT_THAT(gpu.clocks.memory_hertz, Optional(2.619e9));
  EXPECT_THAT(gpu.highest_clocks.multiprocessor_hertz, Optional(1.98e9));
  EXPECT_THAT(gpu.application_clocks.multiprocessor_hertz, Optional(1.755e9));
  EXPECT_THAT(gpu.default_application_clocks.multiprocessor_hertz, Optional(1.965e9));
  EXPECT_THAT(gpu.power_watts, Optional(612.5));
  EXPECT_THAT(gpu.power_limit_watts, Optional(650.0));
  EXPECT_THAT(gpu.default_power_limit_watts, Optional(700.0));
  EXPECT_THAT(gpu.highest_power_limit_watts, Optional(700.0));
  EXPECT_THAT(gpu.temperature_celsius, Optional(63.0));
  EXPECT_THAT(gpu.memory_temperature_celsius, Optional(71.0));
  EXPECT_THAT(gpu.slowdown_celsius, Optional(87.0));
}

TEST(GpuHealth, ErrorsOfMemoryAreToldByKindAndPeriod) {
  const FakeFaults faults("ecc");
  const GpuHealth gpu = read_fake().gpus[0];
  EXPECT_THAT(gpu.corrected_errors, Optional(5u));
  EXPECT_THAT(gpu.corrected_errors_of_life, Optional(15u));
  EXPECT_THAT(gpu.uncorrected_errors, Optional(2u));
  EXPECT_THAT(gpu.uncorrected_errors_of_life, Optional(2u));
  EXPECT_THAT(gpu.remapped_rows_corrected, Optional(3));
  EXPECT_THAT(gpu.remapped_rows_uncorrected, Optional(1));
  EXPECT_THAT(gpu.remapping_pending, Optional(1));
  EXPECT_THAT(gpu.remapping_failed, Optional(0));
  EXPECT_THAT(gpu.retired_pages, Optional(6)) << "4 after single bits and 2 after a double bit";
  EXPECT_THAT(gpu.retirement_pending, Optional(1));
}

TEST(GpuHealth, TheSlotIsToldNowAndAtMost) {
  const GpuHealth gpu = read_fake().gpus[0];
  EXPECT_THAT(gpu.pcie_generation, Optional(4));
  EXPECT_THAT(gpu.pcie_lanes, Optional(8));
  EXPECT_THAT(gpu.highest_pcie_generation, Optional(5));
  EXPECT_THAT(gpu.highest_pcie_lanes, Optional(16));
  EXPECT_THAT(gpu.card_pcie_generation, Optional(6));
  EXPECT_THAT(gpu.pcie_replays, Optional(7u));
}

TEST(GpuHealth, LinksHaveStatesAndCounters) {
  const GpuHealth gpu = read_fake().gpus[1];
  ASSERT_EQ(gpu.links.size(), 5u);
  EXPECT_THAT(gpu.links[3].state, Optional(std::string("active")));
  EXPECT_THAT(gpu.links[3].replay_errors, Optional(3u));
  EXPECT_THAT(gpu.links[3].recovery_errors, Optional(103u));
  EXPECT_THAT(gpu.links[3].crc_flit_errors, Optional(203u));
  EXPECT_THAT(gpu.links[3].crc_data_errors, Optional(303u));
  EXPECT_THAT(gpu.links[3].failed_recoveries, Optional(2003u));
  EXPECT_THAT(gpu.links[4].state, Optional(std::string("inactive")));
}

TEST(GpuHealth, CountersThatBecameFieldsAreFoundThere) {
  const FakeFaults faults("new_counters");
  const NvLinkHealth link = read_fake().gpus[0].links.at(2);
  EXPECT_THAT(link.replay_errors, Optional(1002u));
  EXPECT_EQ(link.recovery_errors, std::nullopt);
}

TEST(GpuHealth, OlderNamesOfACallAreTried) {
  const FakeFaults faults("old_names");
  EXPECT_THAT(read_fake().gpus[0].throttle_reasons, ElementsAre("software_thermal"));
}

TEST(GpuHealth, ProcessesOfThisRunAreNoOthers) {
  EXPECT_THAT(read_fake().gpus[0].other_processes, Optional(2));
  EXPECT_THAT(read_fake({41}).gpus[0].other_processes, Optional(1));
  EXPECT_THAT(read_fake({41, 42}).gpus[0].other_processes, Optional(0));
}

TEST(GpuHealth, ADriverThatRefusesEverythingLeavesTheFieldsEmpty) {
  const FakeFaults faults("refuses");
  const HealthReport report = read_fake();
  ASSERT_EQ(report.gpus.size(), 3u);
  const GpuHealth& gpu = report.gpus[0];
  EXPECT_EQ(gpu.uuid, "GPU-0");
  EXPECT_EQ(gpu.unreadable, std::nullopt) << "refused is not lost";
  GpuHealth empty{.host = gpu.host, .index = 0, .uuid = gpu.uuid, .model = gpu.model, .address = gpu.address};
  empty.compute_capability = 90;
  EXPECT_EQ(to_line(to_json(gpu)), to_line(to_json(empty)));
}

TEST(GpuHealth, AGpuThatIsLostIsToldWithItsReason) {
  for (const char* fault : {"no_handle", "lost"}) {
    const FakeFaults faults(fault);
    const HealthReport report = read_fake();
    ASSERT_EQ(report.gpus.size(), 3u);
    EXPECT_THAT(report.gpus[1].unreadable, Optional(std::string("GPU is lost"))) << fault;
    EXPECT_EQ(report.gpus[1].index, 1);
    EXPECT_EQ(report.gpus[2].unreadable, std::nullopt);
  }
}

TEST(GpuHealth, WithoutALibraryTheReasonIsTold) {
  MonotonicClock clock;
  const HealthReport report = read_health(HealthMoment::after, 0, clock, {.nvml = "libnot-there.so.1"});
  EXPECT_TRUE(report.gpus.empty());
  EXPECT_THAT(report.gpus_unknown, Optional(HasSubstr("libnot-there.so.1")));
}

TEST(GpuHealth, ADriverThatCannotBeAskedIsAReasonAndNoError) {
  for (const char* fault : {"no_driver", "mismatch"}) {
    const FakeFaults faults(fault);
    const HealthReport report = read_fake();
    EXPECT_TRUE(report.gpus.empty());
    EXPECT_THAT(report.gpus_unknown, Optional(HasSubstr("nvidia-smi"))) << fault;
  }
}

TEST(GpuHealth, AnUnreadableKernelLogIsToldWithItsFile) {
  EXPECT_THAT(read_fake().xids_unknown, Optional(HasSubstr("/not/there")));
}

}  // namespace
}  // namespace muster
