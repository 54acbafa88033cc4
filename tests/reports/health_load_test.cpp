// SPDX-License-Identifier: Apache-2.0
// Rules of health for GPUs at work: telemetry, slots, clocks, and how far GPUs lie apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/reports/health_fixture.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCase = "matmul/gpu/native/bfloat16/8192x8192x8192";

// One case on the four GPUs of host a, all sound.
Run run_with_telemetry() {
  muster::Run run = sound_health_run();
  Record record;
  record.case_id = kCase;
  record.ranks = 4;
  for (int rank = 0; rank < 4; ++rank)
    record.telemetry.push_back(sound_telemetry(rank, "GPU-a" + std::to_string(rank)));
  run.records.push_back(record);
  return run;
}

Telemetry& series_of(Run& run, std::size_t rank) { return run.records.front().telemetry.at(rank); }

std::vector<Finding> findings_of(const Run& run) { return judge_health({}, run).findings; }

TEST(Degradation, ASoundCaseHasNone) {
  EXPECT_THAT(degraded_cases(run_with_telemetry()), IsEmpty());
  EXPECT_THAT(findings_of(run_with_telemetry()), IsEmpty());
}

TEST(Degradation, OneReadingOfHeatOrPowerBrakeIsAnError) {
  for (const std::uint64_t bit : {throttle::kHardwareThermal, throttle::kPowerBrake}) {
    muster::Run run = run_with_telemetry();
    series_of(run, 2).throttle_bits[17] = bit;
    const std::vector<CaseDegradation> found = degraded_cases(run);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].case_id, kCase);
    EXPECT_EQ(found[0].severity, Severity::error);
    EXPECT_THAT(found[0].reason, HasSubstr("rank 2"));
    EXPECT_THAT(found[0].reason, HasSubstr("in 2.0 % of the readings"));
  }
}

TEST(Degradation, TheGeneralBitCountsOnlyWhenItLasts) {
  muster::Run run = run_with_telemetry();
  series_of(run, 0).throttle_bits[0] = throttle::kHardwareSlowdown;
  EXPECT_THAT(degraded_cases(run), IsEmpty()) << "it is set for a moment while the clock changes";
  for (std::size_t i = 0; i < 10; ++i) series_of(run, 0).throttle_bits[i] = throttle::kHardwareSlowdown;
  ASSERT_EQ(degraded_cases(run).size(), 1u);
  EXPECT_EQ(degraded_cases(run)[0].severity, Severity::error);
}

TEST(Degradation, SoftwareReasonsAreShownAndNotFailed) {
  muster::Run run = run_with_telemetry();
  series_of(run, 0).throttle_bits[3] = throttle::kSoftwareThermal;
  series_of(run, 1).throttle_bits[3] = throttle::kSoftwarePowerCap | throttle::kIdle;
  const std::vector<CaseDegradation> found = degraded_cases(run);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[1].severity, Severity::note);
}

TEST(Degradation, TheLastRecordOfACaseCounts) {
  muster::Run run = run_with_telemetry();
  run.records.push_back(run.records.front());
  series_of(run, 0).throttle_bits[3] = throttle::kPowerBrake;
  EXPECT_THAT(degraded_cases(run), IsEmpty());
  std::swap(run.records[0], run.records[1]);
  EXPECT_EQ(degraded_cases(run).size(), 1u);
}

TEST(LoadRules, ASlotBelowItsBestUnderLoadIsAnError) {
  muster::Run run = sound_health_run();
  second_gpu(run, HealthMoment::under_load).pcie_generation = 4;
  const std::vector<Finding> findings = findings_of(run);
  ASSERT_THAT(codes_of(findings), ElementsAre("pcie_below_slot"));
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_EQ(findings[0].place, "a/gpu1");
  EXPECT_THAT(findings[0].meaning, HasSubstr("generation 4 x16 under load where card and slot reach generation 5 x16"));
}

TEST(LoadRules, FewerLanesAreFoundToo) {
  muster::Run run = run_with_telemetry();
  second_gpu(run, HealthMoment::under_load).pcie_lanes = 8;
  EXPECT_THAT(findings_of(run), IsEmpty()) << "telemetry saw all 16";
  series_of(run, 1).pcie_lanes = 8;
  EXPECT_THAT(codes_of(findings_of(run)), ElementsAre("pcie_below_slot"));
}

TEST(LoadRules, AnIdleSlotMayBeSlow) {
  muster::Run run = sound_health_run();
  for (HealthReport& report : run.health) {
    if (report.moment == HealthMoment::under_load) continue;
    for (GpuHealth& gpu : report.gpus) gpu.pcie_generation = 1;
  }
  EXPECT_THAT(findings_of(run), IsEmpty());
  std::erase_if(run.health, [](const HealthReport& report) { return report.moment == HealthMoment::under_load; });
  EXPECT_THAT(findings_of(run), IsEmpty()) << "nobody looked under load";
}

TEST(LoadRules, AClockThatNeverRisesWithoutAReasonIsLocked) {
  muster::Run run = run_with_telemetry();
  std::ranges::fill(series_of(run, 1).multiprocessor_hertz, 1.2e9);
  const std::vector<Finding> findings = findings_of(run);
  ASSERT_THAT(codes_of(findings), ElementsAre("multiprocessor_clock_locked"));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].meaning, HasSubstr("1200 MHz of 1980 MHz"));
}

TEST(LoadRules, ALowClockWithAReasonIsNotLocked) {
  for (const std::uint64_t reason : {throttle::kSoftwarePowerCap, throttle::kIdle, throttle::kSoftwareThermal}) {
    muster::Run run = run_with_telemetry();
    std::ranges::fill(series_of(run, 1).multiprocessor_hertz, 1.2e9);
    std::ranges::fill(series_of(run, 1).throttle_bits, reason);
    EXPECT_THAT(findings_of(run), IsEmpty()) << reason;
  }
}

TEST(LoadRules, AClockThatWasHighOnceIsNotLocked) {
  muster::Run run = run_with_telemetry();
  std::ranges::fill(series_of(run, 1).multiprocessor_hertz, 1.2e9);
  series_of(run, 1).multiprocessor_hertz[30] = 1.95e9;
  EXPECT_THAT(findings_of(run), IsEmpty());
}

TEST(LoadRules, AMemoryClockIsJudgedAlike) {
  muster::Run run = run_with_telemetry();
  std::ranges::fill(series_of(run, 3).memory_hertz, 1.6e9);
  EXPECT_THAT(codes_of(findings_of(run)), ElementsAre("memory_clock_locked"));
}

// Spread.

Plan plan_of_one(Family family, Processor processor) {
  Case item;
  item.id = kCase;
  item.family = family;
  item.processor = processor;
  item.transport = TransportKind::nccl;
  Plan plan;
  plan.ranks = 4;
  plan.cases.push_back(item);
  return plan;
}

Run run_with_medians(const std::vector<double>& medians) {
  muster::Run run = run_with_telemetry();
  RunHeader header;
  Record& record = run.records.front();
  for (std::size_t rank = 0; rank < medians.size(); ++rank) {
    header.hosts.emplace_back("a");
    header.gpus.push_back({.uuid = "GPU-a" + std::to_string(rank)});
    record.rank_seconds.push_back({medians[rank] * 0.99, medians[rank], medians[rank] * 1.3});
  }
  run.headers.push_back(header);
  return run;
}

std::vector<GpuSpread> spreads_of(const std::vector<double>& medians, Family family = Family::matmul) {
  return gpu_spreads(plan_of_one(family, Processor::gpu), run_with_medians(medians));
}

TEST(Spread, TheSlowestIsNamedWithItsDistance) {
  const std::vector<GpuSpread> spreads = spreads_of({1.00, 1.002, 0.998, 1.07});
  ASSERT_EQ(spreads.size(), 1u);
  EXPECT_EQ(spreads[0].gpus, 4);
  EXPECT_EQ(spreads[0].worst_rank, 3);
  EXPECT_EQ(spreads[0].worst_gpu, "a/gpu3");
  EXPECT_NEAR(spreads[0].slower_by, 0.07, 1e-12);
  EXPECT_NEAR(spreads[0].sigmas, 14, 1e-9) << "7 % in units of the floor of half a percent";
  const std::vector<Finding> findings = judge_spreads(spreads);
  ASSERT_THAT(codes_of(findings), ElementsAre("slower_than_peers"));
  EXPECT_EQ(findings[0].place, "a/gpu3");
  EXPECT_THAT(findings[0].meaning,
              HasSubstr("7.0 % slower than its peers at matmul/gpu/native/bfloat16/8192x8192x8192"));
}

TEST(Spread, LikeGpusAndNoisyPeersAreNoFinding) {
  EXPECT_THAT(judge_spreads(spreads_of({1, 1, 1, 1})), IsEmpty());
  EXPECT_THAT(judge_spreads(spreads_of({1, 1, 1, 1.02})), IsEmpty()) << "less than 3 %";
  EXPECT_THAT(judge_spreads(spreads_of({0.9, 1, 1.1, 1.15})), IsEmpty()) << "within the spread of the others";
}

TEST(Spread, OfTwoNobodyKnowsWhichIsWrong) { EXPECT_THAT(judge_spreads(spreads_of({1, 1.5})), IsEmpty()); }

TEST(Spread, CasesInWhichRanksWaitForEachOtherAreLeftOut) {
  EXPECT_THAT(spreads_of({1, 1, 1, 2}, Family::collective), IsEmpty());
  EXPECT_THAT(gpu_spreads(plan_of_one(Family::matmul, Processor::host), run_with_medians({1, 1, 1, 2})), IsEmpty());
}

TEST(Spread, BrokenRecordsGiveNone) {
  EXPECT_THAT(spreads_of({}), IsEmpty());
  EXPECT_THAT(spreads_of({1}), IsEmpty());
  EXPECT_THAT(spreads_of({0, 0, 0, 0}), IsEmpty());
  muster::Run run = run_with_medians({1, 1, 1, 2});
  run.records.front().rank_seconds[2].clear();
  EXPECT_THAT(gpu_spreads(plan_of_one(Family::matmul, Processor::gpu), run), IsEmpty());
}

}  // namespace
}  // namespace muster
