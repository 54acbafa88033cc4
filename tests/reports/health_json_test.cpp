// SPDX-License-Identifier: Apache-2.0
// Lines of health and telemetry through JSON and back, what their reader refuses, and the table for people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/health_table.hpp"
#include "reports/record.hpp"
#include "tests/reports/health_fixture.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::ThrowsMessage;

HealthReport full_report() {
  HealthReport report = sound_report(HealthMoment::under_load, "node1");
  report.launch = 2;
  report.gpus[1].unreadable = "GPU is lost";
  report.gpus[2].throttle_reasons = {"software_power_cap", "bit_9"};
  report.xids.push_back({.address = "0000:18:00.0", .code = 79, .count = 3, .text = "GPU has fallen off the bus."});
  report.xids_unknown = "partly";
  report.gpus_unknown = "at first";
  return report;
}

HealthReport read_back(const Json& json) {
  Fields fields(json, "line");
  fields.value("schema");
  fields.value("kind");
  HealthReport report = health_report_from_json(fields, "line");
  fields.finish();
  return report;
}

TEST(HealthJson, AReportSurvivesTheWayThroughJson) {
  const Json line = health_line(full_report());
  EXPECT_EQ(line["kind"], "health");
  const HealthReport back = read_back(line);
  EXPECT_EQ(to_line(health_line(back)), to_line(line));
  EXPECT_EQ(back.moment, HealthMoment::under_load);
  EXPECT_EQ(back.gpus[0].links.size(), 18u);
  EXPECT_EQ(back.gpus[0].highest_clocks.memory_hertz, 2.619e9);
  EXPECT_EQ(back.xids[0].count, 3);
}

TEST(HealthJson, WhatIsUnknownHasNoKey) {
  const Json json = to_json(GpuHealth{.host = "h"});
  EXPECT_EQ(to_line(json),
            R"({"host":"h","index":0,"uuid":"","model":"","address":"","throttle_reasons":[],"links":[]})");
}

TEST(HealthJson, LinesThatMakeNoSenseAreRefusedWithTheirKey) {
  const std::vector<std::pair<std::string, Json>> changes = {
      {"/moment", "later"},
      {"/launch", -1},
      {"/gpus", 3},
      {"/gpus/0/index", "x"},
      {"/gpus/0/ecc", 1},
      {"/gpus/0/power_watts", 1e300},
      {"/gpus/0/pcie_lanes", -1},
      {"/gpus/0/links", "no"},
      {"/gpus/0/links/0/replay_errors", -3},
      {"/gpus/0/throttle_reasons", Json::array({7})},
      {"/xids/0/count", 0},
      {"/xids/0/code", 1.5},
      {"/gpus/0/surprise", 1},
      {"/xids/0/surprise", 1},
      {"/gpus/0/links/0/link", ""},
      {"/surprise", 1},
  };
  for (const auto& [pointer, value] : changes) {
    Json line = health_line(full_report());
    line[Json::json_pointer(pointer)] = value;
    const std::string key = pointer.substr(pointer.rfind('/') + 1);
    EXPECT_THAT([&] { read_back(line); }, ThrowsMessage<Error>(HasSubstr(key))) << pointer;
  }
}

TEST(HealthJson, TelemetrySurvivesTheWayThroughJson) {
  const Json json = to_json(sound_telemetry(3, "GPU-x"));
  EXPECT_EQ(to_line(to_json(telemetry_from_json(json, "line"))), to_line(json));
}

TEST(HealthJson, TelemetryThatMakesNoSenseIsRefused) {
  const std::vector<std::pair<std::string, Json>> changes = {
      {"/rank", -1},
      {"/watts", Json::array({1, 2})},
      {"/watts/3", "x"},
      {"/celsius/3", nullptr},
      {"/seconds/3", -1},
      {"/throttle_bits/3", -1},
      {"/throttle_bits", Json::array({1})},
      {"/pcie_lanes", "x16"},
      {"/surprise", 1},
  };
  for (const auto& [pointer, value] : changes) {
    Json json = to_json(sound_telemetry(0, "GPU-x"));
    json[Json::json_pointer(pointer)] = value;
    EXPECT_THROW(telemetry_from_json(json, "line"), Error) << pointer;
  }
}

TEST(HealthJson, LongerTelemetryThanIsEverWrittenIsRefused) {
  Telemetry telemetry{.seconds = std::vector<double>(kMostReadings, 1.0)};
  EXPECT_EQ(telemetry_from_json(to_json(telemetry), "line").seconds.size(), kMostReadings);
  telemetry.seconds.push_back(1);
  EXPECT_THAT([&] { telemetry_from_json(to_json(telemetry), "line"); },
              ThrowsMessage<Error>(HasSubstr("more than 512 readings")));
}

TEST(HealthJson, ARunKeepsItsReadingsAndTelemetry) {
  RunHeader header;
  header.ranks = 1;
  header.hosts = {"h"};
  header.clock_error = {0};
  Record record;
  record.case_id = "x";
  record.ranks = 1;
  record.telemetry.push_back(sound_telemetry(0, "GPU-x"));
  const std::string path = ::testing::TempDir() + "muster_health_run.jsonl";
  const auto write = [&] {
    write_file(path, to_line(to_json(header)) + "\n" + to_line(health_line(full_report())) + "\n" +
                         to_line(to_json(record)) + "\n" + to_line(end_line(1)) + "\n");
  };
  write();
  const muster::Run run = read_run(path);
  EXPECT_TRUE(run.ended) << "readings are no records";
  ASSERT_EQ(run.health.size(), 1u);
  EXPECT_EQ(run.health[0].host, "node1");
  ASSERT_EQ(run.records.at(0).telemetry.size(), 1u);
  EXPECT_EQ(run.records[0].telemetry[0].watts.size(), 50u);
  record.telemetry[0].rank = 1;
  write();
  EXPECT_THAT([&] { read_run(path); }, ThrowsMessage<Error>(HasSubstr("telemetry")));
  std::filesystem::remove(path);
}

TEST(HealthJson, ARecordWithoutTelemetryHasNoSuchKey) { EXPECT_FALSE(to_json(Record{}).contains("telemetry")); }

TEST(ThrottleWords, BitsAreNamedInTheirOrder) {
  EXPECT_THAT(throttle_words(0), IsEmpty());
  EXPECT_THAT(throttle_words(throttle::kIdle | throttle::kHardwareThermal | throttle::kDisplayClocks | 0x200),
              ElementsAre("idle", "hardware_thermal", "display_clocks", "bit_9"));
  EXPECT_THAT(throttle_words(throttle::kApplicationClocks | throttle::kSoftwarePowerCap | throttle::kHardwareSlowdown |
                             throttle::kSyncBoost | throttle::kSoftwareThermal | throttle::kPowerBrake),
              ElementsAre("application_clocks", "software_power_cap", "hardware_slowdown", "sync_boost",
                          "software_thermal", "power_brake"));
}

std::string table_of(const HealthSummary& summary) {
  std::ostringstream out;
  print_health(out, summary, {});
  return out.str();
}

TEST(HealthTable, EachGpuHasALineAndFindingsFollow) {
  muster::Run run = sound_health_run();
  run.health.resize(1);
  run.health[0].gpus.resize(2);
  run.health[0].gpus[1].remapping_failed = 1;
  run.health[0].gpus[1].ecc.reset();
  run.health[0].gpus[1].pcie_lanes.reset();
  HealthSummary summary = judge_health({}, run);
  summary.degraded_cases.push_back({"matmul/gpu", Severity::note, "at its power limit"});
  EXPECT_EQ(table_of(summary),
            "\nhealth (clocks: multiprocessors/memory; power: drawn/limit; links: active/all)\n"
            "  host  gpu  model                  clocks(MHz)  power(W)  temp(C)  ECC  PCIe      links  verdict\n"
            "  a       0  NVIDIA H100 80GB HBM3    1980/2619   640/700       60  on   gen5 x16  18/18  ok\n"
            "  a       1  NVIDIA H100 80GB HBM3    1980/2619   640/700       60  -    -         18/18  error\n"
            "  error row_remap_failed a/gpu1: a broken memory row could not be replaced: replace the GPU\n"
            "  note matmul/gpu: at its power limit\n");
}

TEST(HealthTable, NothingIsPrintedWhereNothingIsKnown) { EXPECT_EQ(table_of({}), ""); }

TEST(HealthTable, TextsFromFilesCannotSteerTheTerminal) {
  muster::Run run = sound_health_run();
  run.health[0].gpus[0].model = "\x1b[2J";
  run.health[0].xids_unknown = run.health[4].xids_unknown = "\x1b[2J";
  EXPECT_THAT(table_of(judge_health({}, run)), Not(HasSubstr("\x1b")));
}

TEST(HealthSection, HasGpusFindingsCasesAndSpreads) {
  HealthSummary summary = judge_health({}, sound_health_run());
  summary.degraded_cases.push_back({"case", Severity::error, "hot"});
  summary.spreads.push_back({.case_id = "case", .gpus = 2, .worst_gpu = "a/gpu1"});
  const Json json = to_json(summary);
  EXPECT_EQ(json["gpus"].size(), 8u);
  EXPECT_EQ(json["degraded_cases"][0]["severity"], "error");
  EXPECT_EQ(json["spreads"][0]["gpus"], 2);
}

}  // namespace
}  // namespace muster
