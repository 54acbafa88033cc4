// SPDX-License-Identifier: Apache-2.0
#include "reports/health_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "reports/xid.hpp"
#include "tests/reports/health_fixture.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

HealthSummary judged(const Run& run) { return judge_health({}, run); }

// What one GPU says after the run, or before it, and what must be found then.
struct StateCase {
  std::string name;
  std::function<void(GpuHealth& gpu)> change_after;
  std::string code;
  Severity severity = Severity::note;
  std::string text;
  std::function<void(GpuHealth& gpu)> change_before = [](GpuHealth&) {};
};

void PrintTo(const StateCase& item, std::ostream* out) { *out << item.name; }

class AGpuAfterTheRun : public ::testing::TestWithParam<StateCase> {};

TEST_P(AGpuAfterTheRun, IsFoundWithItsSeverity) {
  const StateCase& item = GetParam();
  muster::Run run = sound_health_run();
  ASSERT_THAT(judged(run).findings, IsEmpty());
  item.change_before(second_gpu(run, HealthMoment::before));
  item.change_after(second_gpu(run, HealthMoment::after));
  const HealthSummary summary = judged(run);
  ASSERT_THAT(codes_of(summary.findings), ElementsAre(item.code));
  EXPECT_EQ(summary.findings[0].severity, item.severity);
  EXPECT_EQ(summary.findings[0].place, "a/gpu1");
  EXPECT_THAT(summary.findings[0].meaning, HasSubstr(item.text));
  EXPECT_EQ(verdict_of(summary).has_value(), item.severity == Severity::error);
}

const std::vector<StateCase> kStates = {
    {"UncorrectedErrors", [](GpuHealth& gpu) { gpu.uncorrected_errors = 2; }, "uncorrected_ecc", Severity::error,
     "2 uncorrected ECC errors since the driver was loaded, 2 of them in this run"},
    {"OldUncorrectedErrors", [](GpuHealth& gpu) { gpu.uncorrected_errors = 2; }, "uncorrected_ecc", Severity::error,
     "0 of them in this run", [](GpuHealth& gpu) { gpu.uncorrected_errors = 2; }},
    {"CountersThatWereReset", [](GpuHealth& gpu) { gpu.uncorrected_errors_of_life = 3; }, "uncorrected_ecc",
     Severity::error, "3 of them in this run"},
    {"CountersThatFellBack", [](GpuHealth& gpu) { gpu.uncorrected_errors = 2; }, "uncorrected_ecc", Severity::error,
     "2 uncorrected ECC errors since the driver was loaded, 2 of them",
     [](GpuHealth& gpu) { gpu.uncorrected_errors = 5; }},
    {"UncorrectedErrorsOfLife", [](GpuHealth& gpu) { gpu.uncorrected_errors_of_life = 3; }, "uncorrected_ecc_of_life",
     Severity::warning, "none of them recent", [](GpuHealth& gpu) { gpu.uncorrected_errors_of_life = 3; }},
    {"CorrectedErrors", [](GpuHealth& gpu) { gpu.corrected_errors = 9; }, "corrected_ecc", Severity::note, "9 ECC"},
    {"EccOff", [](GpuHealth& gpu) { gpu.ecc = "disabled"; }, "ecc_off", Severity::warning, "ECC is off"},
    {"RemapFailed", [](GpuHealth& gpu) { gpu.remapping_failed = 1; }, "row_remap_failed", Severity::error, "replace"},
    {"RemapPending", [](GpuHealth& gpu) { gpu.remapping_pending = 1; }, "row_remap_pending", Severity::error, "reset"},
    {"RemappedRows", [](GpuHealth& gpu) { gpu.remapped_rows_corrected = 2; }, "remapped_rows", Severity::warning,
     "2 memory rows"},
    {"RetiredPages", [](GpuHealth& gpu) { gpu.retired_pages = 4; }, "retired_pages", Severity::warning, "4 memory"},
    {"RetirementPending", [](GpuHealth& gpu) { gpu.retirement_pending = 1; }, "page_retirement_pending",
     Severity::error, "reset"},
    {"NvLinkErrors", [](GpuHealth& gpu) { gpu.links[7].replay_errors = 9; }, "nvlink_errors", Severity::warning,
     "7 (5)"},
    {"FailedRecoveries", [](GpuHealth& gpu) { gpu.links[7].failed_recoveries = 1; }, "nvlink_recovery_failed",
     Severity::error, "NVLink 7", [](GpuHealth& gpu) { gpu.links[7].failed_recoveries = 0; }},
    {"PcieReplays", [](GpuHealth& gpu) { gpu.pcie_replays = 3; }, "pcie_replays", Severity::warning, "3 PCIe"},
    {"Clocks", [](GpuHealth& gpu) { gpu.application_clocks.multiprocessor_hertz = 1.2e9; }, "clocks_lowered",
     Severity::warning, "1200 MHz"},
    {"Slot", [](GpuHealth& gpu) { gpu.card_pcie_generation = 6; }, "slot_below_card", Severity::warning,
     "generation 5"},
    {"Mig", [](GpuHealth& gpu) { gpu.mig = "enabled"; }, "mig_on", Severity::warning, "MIG is on"},
    {"ComputeMode", [](GpuHealth& gpu) { gpu.compute_mode = "prohibited"; }, "compute_mode", Severity::note,
     "prohibited"},
    {"Persistence", [](GpuHealth& gpu) { gpu.persistence = "disabled"; }, "persistence_off", Severity::note,
     "persistence"},
    {"OtherProcesses", [](GpuHealth&) {}, "other_processes", Severity::warning, "2 other",
     [](GpuHealth& gpu) { gpu.other_processes = 2; }},
    {"Unreadable",
     [](GpuHealth& gpu) {
       gpu.unreadable = "GPU is lost";
       gpu.links.clear();
     },
     "gpu_unreadable", Severity::error, "GPU is lost"},
};

INSTANTIATE_TEST_SUITE_P(HealthRules, AGpuAfterTheRun, ::testing::ValuesIn(kStates),
                         [](const auto& state) { return state.param.name; });

TEST(HealthRules, ASoundRunHasNoFindings) {
  const HealthSummary summary = judged(sound_health_run());
  EXPECT_THAT(summary.findings, IsEmpty());
  EXPECT_EQ(summary.gpus.size(), 8u);
  EXPECT_FALSE(verdict_of(summary).has_value());
}

TEST(HealthRules, ARunWithoutHealthHasNoFindings) {
  const HealthSummary summary = judged({});
  EXPECT_THAT(summary.findings, IsEmpty());
  EXPECT_THAT(summary.gpus, IsEmpty());
}

TEST(HealthRules, AGpuThatTellsNothingHasNoFindings) {
  muster::Run run;
  for (const HealthMoment moment : {HealthMoment::before, HealthMoment::under_load, HealthMoment::after}) {
    run.health.push_back({.moment = moment, .host = "a", .gpus = {{.host = "a"}, {.host = "a", .index = 1}}});
  }
  EXPECT_THAT(judged(run).findings, IsEmpty());
}

TEST(HealthRules, AGpuThatVanishedIsAnError) {
  muster::Run run = sound_health_run();
  auto& gpus = run.health[4].gpus;
  gpus.erase(gpus.begin() + 2);
  const HealthSummary summary = judged(run);
  ASSERT_THAT(codes_of(summary.findings), ElementsAre("gpu_vanished"));
  EXPECT_EQ(summary.findings[0].place, "a/gpu2");
  EXPECT_EQ(verdict_of(summary)->verdict, Verdict::fail);
  EXPECT_THAT(verdict_of(summary)->reason, HasSubstr("GPU-a2"));
}

TEST(HealthRules, ADriverThatStoppedAnsweringIsAnError) {
  muster::Run run = sound_health_run();
  run.health[4].gpus.clear();
  run.health[4].gpus_unknown = "nvmlInit_v2 failed";
  EXPECT_THAT(codes_of(judged(run).findings), ElementsAre("driver_lost"));
}

TEST(HealthRules, ADriverThatNeverAnsweredIsANote) {
  muster::Run run;
  run.health.push_back({.host = "a", .gpus_unknown = "no NVML"});
  const HealthSummary summary = judged(run);
  EXPECT_THAT(codes_of(summary.findings), ElementsAre("health_unknown"));
  EXPECT_FALSE(verdict_of(summary).has_value());
}

TEST(HealthRules, InactiveLinksCountAgainstPeersOfTheSameHostAndModel) {
  muster::Run run = sound_health_run();
  for (HealthReport& report : run.health) report.gpus[1].links[4].state = "inactive";
  // Both hosts alike: each has one GPU that is worse than its three peers.
  const HealthSummary summary = judged(run);
  ASSERT_THAT(codes_of(summary.findings), ElementsAre("nvlinks_inactive", "nvlinks_inactive"));
  EXPECT_EQ(summary.findings[0].severity, Severity::error);
  EXPECT_THAT(summary.findings[0].meaning, HasSubstr("17 NVLinks are active where like GPUs of its host have 18"));
}

TEST(HealthRules, LinksThatNoPeerHasAreNotMissed) {
  muster::Run run = sound_health_run();
  for (HealthReport& report : run.health) {
    for (GpuHealth& gpu : report.gpus) gpu.links[4].state = "inactive";
  }
  EXPECT_THAT(judged(run).findings, IsEmpty());
}

TEST(HealthRules, ALinkThatWentDownInTheRunIsAnError) {
  muster::Run run = sound_health_run();
  for (GpuHealth& gpu : run.health[4].gpus) gpu.links[4].state = "inactive";
  EXPECT_THAT(codes_of(judged(run).findings), ElementsAre("nvlink_lost", "nvlink_lost", "nvlink_lost", "nvlink_lost"));
}

TEST(HealthRules, LowerPowerLimitsAreFoundAndCompared) {
  muster::Run run = sound_health_run();
  for (std::size_t report = 0; report < run.health.size(); report += 2)
    run.health[report].gpus[1].power_limit_watts = 500;
  const HealthSummary summary = judged(run);
  EXPECT_THAT(codes_of(summary.findings), ElementsAre("power_limit_lowered", "mixed_power_limit"));
  EXPECT_THAT(summary.findings[1].meaning, HasSubstr("500.0 W on 1 GPUs, first a/gpu1; 700.0 W on 7 GPUs"));
}

TEST(HealthRules, DifferencesWithinTheFleetAreWarnings) {
  muster::Run run = sound_health_run();
  for (HealthReport& report : run.health) {
    if (report.host == "b") report.gpus[3].vbios = "96.00.5E";
    if (report.host == "b") report.gpus[0].driver = report.gpus[1].driver = "570.1";
  }
  const HealthSummary summary = judged(run);
  EXPECT_THAT(codes_of(summary.findings), UnorderedElementsAre("mixed_vbios", "mixed_driver"));
  EXPECT_EQ(summary.findings[0].severity, Severity::warning);
}

TEST(HealthRules, TwoModelsAreToldOnceAndNotComparedWithEachOther) {
  muster::Run run = sound_health_run();
  for (HealthReport& report : run.health) {
    for (GpuHealth& gpu : report.gpus) {
      if (gpu.index < 2) continue;
      gpu.model = "NVIDIA A100-SXM4-80GB";
      gpu.vbios = "92.00";
      gpu.links.resize(12);
    }
  }
  EXPECT_THAT(codes_of(judged(run).findings), ElementsAre("mixed_models"));
}

// XIDs.

Run run_with_xid(int code, int before, int after, const std::string& text = "x") {
  muster::Run run = sound_health_run();
  const XidEvent event{.address = "0000:11:00.0", .code = code, .text = text};
  if (before > 0) run.health[0].xids = {event}, run.health[0].xids[0].count = before;
  if (after > 0) run.health[4].xids = {event}, run.health[4].xids[0].count = after;
  return run;
}

TEST(HealthRules, AnXidOfTheHardwareIsAnErrorAtItsGpu) {
  const HealthSummary summary = judged(run_with_xid(79, 0, 1, "GPU has fallen off the bus."));
  ASSERT_THAT(codes_of(summary.findings), ElementsAre("xid_79"));
  EXPECT_EQ(summary.findings[0].severity, Severity::error);
  EXPECT_EQ(summary.findings[0].place, "a/gpu1");
  EXPECT_THAT(summary.findings[0].meaning, HasSubstr("1 since boot, 1 in this run"));
}

TEST(HealthRules, AnXidOfAProgramMattersWhenItIsNew) {
  EXPECT_EQ(judged(run_with_xid(31, 2, 2)).findings.at(0).severity, Severity::note);
  EXPECT_EQ(judged(run_with_xid(31, 2, 3)).findings.at(0).severity, Severity::warning);
}

TEST(HealthRules, AnXidThatTheLogForgotStillCounts) {
  const HealthSummary summary = judged(run_with_xid(48, 2, 0));
  ASSERT_THAT(codes_of(summary.findings), ElementsAre("xid_48"));
  EXPECT_THAT(summary.findings[0].meaning, HasSubstr("2 since boot, 0 in this run"));
}

TEST(HealthRules, AnUnreadableLogIsANote) {
  muster::Run run = sound_health_run();
  run.health[4].xids_unknown = "/dev/kmsg: Operation not permitted";
  const HealthSummary summary = judged(run);
  ASSERT_THAT(codes_of(summary.findings), ElementsAre("xids_unknown"));
  EXPECT_EQ(summary.findings[0].severity, Severity::note);
}

TEST(Xid, HardwareProgramAndUnknownCodesDiffer) {
  for (const int code : {48, 62, 64, 74, 79, 94, 95, 119, 120, 140}) {
    EXPECT_EQ(meaning_of({.code = code}).severity, Severity::error) << code;
  }
  for (const int code : {13, 31, 43, 45}) EXPECT_EQ(meaning_of({.code = code}).severity, Severity::note) << code;
  for (const int code : {-1, 0, 63, 92, 4711})
    EXPECT_EQ(meaning_of({.code = code}).severity, Severity::warning) << code;
}

TEST(Xid, NvLinkEventsThatAreNotFatalAreWarnings) {
  EXPECT_EQ(meaning_of({.code = 145, .text = "RLW_CTRL Fatal XC0"}).severity, Severity::error);
  EXPECT_EQ(meaning_of({.code = 145, .text = "RLW_CTRL Nonfatal XC0"}).severity, Severity::warning);
  EXPECT_EQ(meaning_of({.code = 79, .text = "Nonfatal"}).severity, Severity::error);
}

}  // namespace
}  // namespace muster
