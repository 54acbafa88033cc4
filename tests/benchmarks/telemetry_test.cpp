// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/telemetry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/benchmarks/fake_faults.hpp"

namespace muster {
namespace {

using ::testing::Each;
using ::testing::Le;
using ::testing::Optional;

// Each reading is a millisecond after the one before; any thread may ask.
class CountingClock final : public Clock {
 public:
  Seconds now() override { return {1e-3 * static_cast<double>(++readings_)}; }

 private:
  std::atomic<int> readings_ = 0;
};

const Gpu kGpu{.ordinal = 0, .uuid = "MIG-part", .address = "0000:2c:00.0"};

GpuReading reading_at(int i) {
  return {.seconds = i * 0.02,
          .clocks = {.multiprocessor_hertz = 1.5e9, .memory_hertz = 2.6e9},
          .watts = 500,
          .celsius = 60,
          .throttle_bits = 0};
}

void expect_even(const Telemetry& telemetry) {
  for (const auto* series :
       {&telemetry.multiprocessor_hertz, &telemetry.memory_hertz, &telemetry.watts, &telemetry.celsius}) {
    EXPECT_EQ(series->size(), telemetry.seconds.size());
  }
  EXPECT_EQ(telemetry.throttle_bits.size(), telemetry.seconds.size());
}

TEST(ReadingSeries, FewReadingsAreAllKept) {
  ReadingSeries series(5, "GPU-a");
  for (std::size_t i = 0; i < kMostReadings; ++i) series.add(reading_at(static_cast<int>(i)));
  const Telemetry telemetry = series.take();
  EXPECT_EQ(telemetry.rank, 5);
  EXPECT_EQ(telemetry.uuid, "GPU-a");
  EXPECT_EQ(telemetry.seconds.size(), kMostReadings);
  expect_even(telemetry);
}

TEST(ReadingSeries, ManyReadingsAreThinnedAndStayInOrder) {
  for (const int count : {513, 2'000, 100'000}) {
    ReadingSeries series(0, "");
    for (int i = 0; i < count; ++i) series.add(reading_at(i));
    const Telemetry telemetry = series.take();
    EXPECT_LE(telemetry.seconds.size(), kMostReadings);
    EXPECT_GE(telemetry.seconds.size(), kMostReadings / 4);
    EXPECT_TRUE(std::ranges::is_sorted(telemetry.seconds));
    EXPECT_GE(telemetry.seconds.back(), 0.02 * count * 0.95) << "the end is not forgotten";
    double widest = 0;
    for (std::size_t i = 1; i < telemetry.seconds.size(); ++i) {
      widest = std::max(widest, telemetry.seconds[i] - telemetry.seconds[i - 1]);
    }
    EXPECT_LE(widest, 0.02 * count / 100) << "nor is the beginning";
    expect_even(telemetry);
  }
}

// Of 20,000 readings, the one at `at` has other clocks and the same power and temperature times `factor`.
Telemetry series_with_outlier(int at, double factor) {
  ReadingSeries series(0, "");
  for (int i = 0; i < 20'000; ++i) {
    GpuReading reading = reading_at(i);
    if (i == at) {
      reading.clocks = {.multiprocessor_hertz = 1.5e9 * factor, .memory_hertz = 2.6e9 * factor};
      reading.watts = 500 * factor;
      reading.celsius = 60 * factor;
    }
    series.add(reading);
  }
  return series.take();
}

TEST(ReadingSeries, ExtremesSurviveWhereverTheyStand) {
  for (const int at : {0, 1, 3, 511, 777, 7'777, 19'999}) {
    const Telemetry low = series_with_outlier(at, 0.5);
    EXPECT_EQ(std::ranges::min(low.multiprocessor_hertz), 0.75e9) << at;
    EXPECT_EQ(std::ranges::min(low.memory_hertz), 1.3e9) << at;
    EXPECT_EQ(std::ranges::min(low.watts), 250) << at;
    const Telemetry high = series_with_outlier(at, 1.5);
    EXPECT_EQ(std::ranges::max(high.multiprocessor_hertz), 2.25e9) << at;
    EXPECT_EQ(std::ranges::max(high.watts), 750) << at;
    EXPECT_EQ(std::ranges::max(high.celsius), 90) << at;
  }
}

TEST(ReadingSeries, EvenAThrottleBitOfOneReadingSurvives) {
  for (const int at : {0, 1, 510, 511, 777, 19'999}) {
    ReadingSeries series(0, "");
    for (int i = 0; i < 20'000; ++i) {
      GpuReading reading = reading_at(i);
      if (i == at) reading.throttle_bits = throttle::kHardwareThermal;
      series.add(reading);
    }
    EXPECT_EQ(std::ranges::count(series.take().throttle_bits, throttle::kHardwareThermal), 1) << at;
  }
}

TEST(ReadingSeries, RecordsOfRecordsStayBounded) {
  ReadingSeries series(0, "");
  for (int i = 0; i < 5'000; ++i) {
    GpuReading reading = reading_at(i);
    reading.celsius = i;  // each reading is the hottest so far
    series.add(reading);
  }
  EXPECT_LE(series.take().seconds.size(), kMostReadings);
}

TEST(ReadingSeries, WhatTheFirstReadingLacksHasNoSeries) {
  ReadingSeries series(0, "");
  GpuReading reading = reading_at(0);
  reading.watts = {};
  reading.throttle_bits = {};
  series.add(reading);
  series.add(reading_at(1));
  const Telemetry telemetry = series.take();
  EXPECT_EQ(telemetry.seconds.size(), 2u);
  EXPECT_EQ(telemetry.celsius.size(), 2u);
  EXPECT_TRUE(telemetry.watts.empty());
  EXPECT_TRUE(telemetry.throttle_bits.empty());
}

TEST(ReadingSeries, AReadingWithAGapIsLeftOut) {
  ReadingSeries series(0, "");
  series.add(reading_at(0));
  GpuReading gap = reading_at(1);
  gap.clocks.multiprocessor_hertz = {};
  series.add(gap);
  series.add(reading_at(2));
  const Telemetry telemetry = series.take();
  EXPECT_EQ(telemetry.seconds.size(), 2u);
  expect_even(telemetry);
}

TEST(ReadingSeries, TheSlotsBestIsKept) {
  ReadingSeries series(0, "");
  for (const int generation : {1, 5, 3}) {
    GpuReading reading = reading_at(generation);
    reading.pcie_generation = generation;
    series.add(reading);
  }
  EXPECT_THAT(series.take().pcie_generation, Optional(5));
}

TEST(TelemetrySampler, ReadsAtStartAtStopAndBetween) {
  CountingClock clock;
  TelemetrySampler sampler(kGpu, 7, clock, {.nvml = MUSTER_FAKE_NVML, .interval = Seconds{1e-4}});
  sampler.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const std::optional<Telemetry> telemetry = sampler.stop();
  ASSERT_TRUE(telemetry.has_value());
  EXPECT_EQ(telemetry->rank, 7);
  EXPECT_EQ(telemetry->uuid, "GPU-1") << "the GPU's own, found by its address";
  EXPECT_GE(telemetry->seconds.size(), 2u);
  EXPECT_TRUE(std::ranges::is_sorted(telemetry->seconds));
  EXPECT_THAT(telemetry->watts, Each(612.5));
  EXPECT_THAT(telemetry->celsius, Each(63));
  EXPECT_THAT(telemetry->throttle_bits, Each(throttle::kSoftwarePowerCap));
  EXPECT_THAT(telemetry->multiprocessor_hertz, Each(Le(1.5e9)));
  EXPECT_THAT(telemetry->pcie_generation, Optional(4));
  expect_even(*telemetry);
}

TEST(TelemetrySampler, EachCaseBeginsAnew) {
  CountingClock clock;
  TelemetrySampler sampler(kGpu, 0, clock, {.nvml = MUSTER_FAKE_NVML, .interval = Seconds{3600}});
  for (int round = 0; round < 3; ++round) {
    sampler.start();
    const std::optional<Telemetry> telemetry = sampler.stop();
    ASSERT_TRUE(telemetry.has_value());
    EXPECT_EQ(telemetry->seconds.size(), 2u) << "one at the start, one at the end; the thread still waited";
    EXPECT_LT(telemetry->seconds.front(), 0.01);
  }
}

TEST(TelemetrySampler, StopWithoutStartGivesNothing) {
  CountingClock clock;
  TelemetrySampler sampler(kGpu, 0, clock, {.nvml = MUSTER_FAKE_NVML});
  EXPECT_FALSE(sampler.stop().has_value());
  sampler.start();
  sampler.start();
  EXPECT_TRUE(sampler.stop().has_value());
  EXPECT_FALSE(sampler.stop().has_value());
}

TEST(TelemetrySampler, WithoutALibraryOrAGpuThereIsNothing) {
  CountingClock clock;
  TelemetrySampler without(kGpu, 0, clock, {.nvml = "libnot-there.so.1"});
  without.start();
  EXPECT_FALSE(without.stop().has_value());
  TelemetrySampler elsewhere({.address = "0000:77:00.0"}, 0, clock, {.nvml = MUSTER_FAKE_NVML});
  elsewhere.start();
  EXPECT_FALSE(elsewhere.stop().has_value());
}

TEST(TelemetrySampler, ADriverThatRefusesEverythingGivesNothing) {
  const FakeFaults faults("refuses");
  CountingClock clock;
  TelemetrySampler sampler(kGpu, 0, clock, {.nvml = MUSTER_FAKE_NVML});
  sampler.start();
  EXPECT_FALSE(sampler.stop().has_value());
}

}  // namespace
}  // namespace muster
