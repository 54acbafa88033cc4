// SPDX-License-Identifier: Apache-2.0
// Health and telemetry of the GPUs of this machine, as NVIDIA's own library tells them.
#include "core/gpu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "benchmarks/gpu_health.hpp"
#include "benchmarks/telemetry.hpp"

namespace muster {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::StartsWith;

class OwnGpus : public ::testing::Test {
 protected:
  void SetUp() override {
    auto here = gpus_here();
    if (const auto* none = std::get_if<Unsupported>(&here)) GTEST_SKIP() << none->reason;
    gpus_ = std::get<std::vector<Gpu>>(here);
  }

  MonotonicClock clock_;
  std::vector<Gpu> gpus_;
};

TEST_F(OwnGpus, TellTheirState) {
  const HealthReport report = read_health(HealthMoment::before, 0, clock_);
  ASSERT_EQ(report.gpus_unknown, std::nullopt);
  ASSERT_FALSE(report.gpus.empty());
  for (const GpuHealth& gpu : report.gpus) {
    EXPECT_EQ(gpu.unreadable, std::nullopt);
    EXPECT_THAT(gpu.uuid, StartsWith("GPU-"));
    EXPECT_GT(gpu.clocks.multiprocessor_hertz.value_or(0), 1e8) << gpu.model;
    EXPECT_GT(gpu.temperature_celsius.value_or(0), 0) << gpu.model;
  }
}

TEST_F(OwnGpus, AreFoundByTheirAddress) {
  for (const Gpu& gpu : gpus_) {
    TelemetrySampler sampler(gpu, gpu.ordinal, clock_);
    sampler.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::optional<Telemetry> telemetry = sampler.stop();
    ASSERT_TRUE(telemetry.has_value()) << gpu.address;
    EXPECT_GE(telemetry->seconds.size(), 2u);
    EXPECT_THAT(telemetry->multiprocessor_hertz, Each(Gt(1e8)));
    const bool is_whole = !gpu.uuid.starts_with("MIG-");
    EXPECT_EQ(telemetry->uuid == gpu.uuid, is_whole);
  }
}

}  // namespace
}  // namespace muster
