// SPDX-License-Identifier: Apache-2.0
// The JSON of nccl-tests and rccl-tests, of every version, with its warts: strings for numbers and truth values, NaN,
// runs that died. The same cases as the text gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/import.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A run of two hosts over 1024 and 2048 bytes, as version 3 writes it.
Json document() {
  return Json::parse(R"({
    "version": 3, "start_time": "2026-07-01 10:00:00",
    "args": ["\/opt\/gather\/all_reduce_perf", "-J", "f.json"], "env": ["SECRET_TOKEN=hunter2"], "nccl_version": 22809,
    "config": {"nthreads": 1, "ngpus": 1, "minimum_bytes": 1024, "maximum_bytes": 2048, "step_factor": 2,
      "warmup_iters": 1, "iterations": 20, "aggregated_iterations": 1, "validation": 1, "graph": 0,
      "blocking_collectives": "false", "per_iter_timing": "false", "parallel_init": "false",
      "devices": [
        {"rank": 0, "group": 0, "pid": 1, "hostname": "one", "device": 0, "device_hex": "0000:1b:00",
         "device_info": "NVIDIA H100"},
        {"rank": 1, "group": 0, "pid": 2, "hostname": "two", "device": 0, "device_hex": "0000:1b:00",
         "device_info": "NVIDIA H100"}]},
    "results": [
      {"size": 1024, "count": 256, "type": "float", "redop": "sum", "root": "    -1",
       "out_of_place": {"time": 10.0, "alg_bw": 0.1, "bus_bw": 0.1, "nwrong": 0.000000},
       "in_place": {"time": 20.0, "alg_bw": 0.05, "bus_bw": 0.05, "nwrong": 0.000000},
       "actual_iterations": 20, "experiment_name": ""},
      {"size": 2048, "count": 512, "type": "float", "redop": "sum", "root": "    -1",
       "out_of_place": {"time": 11.0, "alg_bw": 0.1, "bus_bw": 0.1, "nwrong": 0.000000},
       "in_place": {"time": 21.0, "alg_bw": 0.05, "bus_bw": 0.05, "nwrong": 0.000000},
       "actual_iterations": 20, "experiment_name": ""}],
    "out_of_bounds": {"count": 0, "okay": "true"},
    "average_bus_bandwidth": {"bandwidth": 0.1, "okay": "unchecked"},
    "errors": [], "end_time": "2026-07-01 10:00:09"})");
}

ForeignResults read(const Json& json, const std::string& name = "f.json") {
  const std::string text = json.dump(1);
  EXPECT_EQ(reader_for(text, "", name).format, "nccl-tests-json");
  return read_nccl_tests_json(text, name);
}

Json& first_place(Json& json) { return json["results"][0]["out_of_place"]; }

long unmeasured(const ForeignResults& results) {
  return std::ranges::count_if(results.readings, [](const Reading& reading) { return !reading.record; });
}

TEST(NcclTestsJson, AWholeFileGivesEveryPlacementOfEverySize) {
  const ForeignResults results = read(document());
  ASSERT_THAT(results.readings, SizeIs(4));
  EXPECT_THAT(results.incidents, IsEmpty());
  EXPECT_EQ(unmeasured(results), 0);
  const auto& [item, record] = results.readings[0];
  EXPECT_EQ(item.collective, Collective::all_reduce) << "the folder of the program says nothing";
  EXPECT_EQ(item.ranks, 2);
  EXPECT_EQ(item.group, "one+two");
  EXPECT_EQ(item.size.value, 1024U);
  EXPECT_EQ(item.cadence, Cadence::streaming);
  EXPECT_DOUBLE_EQ(record->seconds[0], 10e-6);
  EXPECT_EQ(record->averaged_over, 20);
  EXPECT_EQ(record->origin, "f.json: results[0]");
  EXPECT_EQ(record->check.elements, 256U);
  EXPECT_EQ(results.readings[1].item.placement, Placement::in_place);
  ASSERT_THAT(results.ranks, SizeIs(2));
  EXPECT_EQ(results.ranks[1].model, "NVIDIA H100");
}

TEST(NcclTestsJson, NothingOfTheEnvironmentIsKept) {
  const ImportedRun imported = merged({read(document())});
  EXPECT_THAT(to_lines(imported.run) + to_line(to_json(imported.plan)), Not(HasSubstr("hunter2")));
}

TEST(NcclTestsJson, TheTextOfTheSameRunGivesTheSameCases) {
  const std::string text =
      "# Collective test starting: all_reduce_perf\n"
      "# nThread 1 nGpus 1 minBytes 1024 maxBytes 2048 step: 2(factor) warmup iters: 1 iters: 20 agg iters: 1 "
      "validation: 1 graph: 0 unalign: 0\n"
      "# Using devices\n"
      "#  Rank  0 Group  0 Pid 1 on one device  0 [0000:1b:00] NVIDIA H100\n"
      "#  Rank  1 Group  0 Pid 2 on two device  0 [0000:1b:00] NVIDIA H100\n"
      "#       size count type redop root time algbw busbw #wrong time algbw busbw #wrong\n"
      " 1024 256 float sum -1 10.00 0.10 0.10 0 20.00 0.05 0.05 0\n"
      " 2048 512 float sum -1 11.00 0.10 0.10 0 21.00 0.05 0.05 0\n"
      "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 0.1\n";
  const ImportedRun of_text = merged({read_nccl_tests_text(text, "f.log")});
  const ImportedRun of_json = merged({read(document())});
  EXPECT_EQ(to_json(of_text.plan), to_json(of_json.plan));
  ASSERT_EQ(of_text.run.records.size(), of_json.run.records.size());
  for (std::size_t i = 0; i < of_text.run.records.size(); ++i) {
    Record record = of_json.run.records[i];
    record.origin = of_text.run.records[i].origin;
    EXPECT_EQ(to_json(record), to_json(of_text.run.records[i]));
  }
}

TEST(NcclTestsJson, ASizeThatIsNotThereWasPlannedAndIsMissing) {
  Json json = document();
  json["results"].erase(1);
  EXPECT_EQ(unmeasured(read(json)), 2);
}

TEST(NcclTestsJson, ATimeThatIsNoNumberIsNoData) {
  Json json = document();
  first_place(json)["time"] = "nan";
  EXPECT_EQ(unmeasured(read(json)), 1);
  json = document();
  first_place(json)["bus_bw"] = "-nan";
  EXPECT_EQ(unmeasured(read(json)), 1);
}

TEST(NcclTestsJson, BareNaNIsReadAsNoNumber) {
  std::string text = document().dump();
  text.replace(text.find("\"time\":10.0"), 11, "\"time\":-nan");
  EXPECT_EQ(unmeasured(read_nccl_tests_json(text, "f.json")), 1);
}

TEST(NcclTestsJson, UncheckedIsNotRight) {
  Json json = document();
  first_place(json)["nwrong"] = nullptr;
  EXPECT_EQ(read(json).readings[0].record->check.iterations, 0);
}

TEST(NcclTestsJson, WrongElementsAreCounted) {
  Json json = document();
  first_place(json)["nwrong"] = 3.0;
  EXPECT_EQ(read(json).readings[0].record->check.wrong, 3U);
}

TEST(NcclTestsJson, APlacementThatWasNotAskedForIsNotMissing) {
  Json json = document();
  for (Json& row : json["results"]) row["out_of_place"] = nullptr;
  const ForeignResults results = read(json);
  EXPECT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(unmeasured(results), 0);
}

TEST(NcclTestsJson, WithTimesOfIterationsTheyAreTheSamples) {
  Json json = document();
  Json& row = json["results"][0];
  row["out_of_place_per_iter"] = {{"skipped_iterations", 1},
                                  {"times_us", {90.0, 10.0, 12.0}},
                                  {"per_process_max_times_us", {{90.0, 10.0, 11.0}, {80.0, 9.0, 12.0}}}};
  const Record record = *read(json).readings[0].record;
  EXPECT_EQ(record.seconds, (std::vector{10 * 1e-6, 12 * 1e-6}));
  EXPECT_EQ(record.averaged_over, 1);
  EXPECT_EQ(record.rank_seconds, (std::vector<std::vector<double>>{{10 * 1e-6, 11 * 1e-6}, {9 * 1e-6, 12 * 1e-6}}));
  row["out_of_place_per_iter"]["times_us"][2] = "nan";
  EXPECT_THAT(read(json).readings[0].record->seconds, SizeIs(1)) << "the mean is left";
}

TEST(NcclTestsJson, TimesOfIterationsOfSeveralOperationsAreNotTakenForOne) {
  Json json = document();
  json["config"]["aggregated_iterations"] = 4;
  json["results"][0]["out_of_place_per_iter"] = {{"skipped_iterations", 0}, {"times_us", {40.0, 40.0}}};
  const Record record = *read(json).readings[0].record;
  EXPECT_EQ(record.seconds, std::vector{10 * 1e-6});
  EXPECT_EQ(record.averaged_over, 80);
}

TEST(NcclTestsJson, AProcessOfSeveralGpusIsListedOnceAndStandsForAll) {
  Json json = document();
  json["config"]["ngpus"] = 4;
  json["config"]["devices"][1]["rank"] = 4;
  const ForeignResults results = read(json);
  EXPECT_EQ(results.readings[0].item.ranks, 8);
  ASSERT_THAT(results.ranks, SizeIs(8));
  EXPECT_EQ(results.ranks[3].host, "one");
  EXPECT_EQ(results.ranks[4].host, "two");
}

TEST(NcclTestsJson, GroupsThatRunSideBySideAreCountedApart) {
  Json json = document();
  json["config"]["devices"][1]["group"] = 1;
  EXPECT_EQ(read(json).readings[0].item.ranks, 1);
}

TEST(NcclTestsJson, BlockingRunsAreNotBackToBackAndGraphsAreNamed) {
  Json json = document();
  json["config"]["blocking_collectives"] = "true";
  json["config"]["graph"] = 2;
  const Case item = read(json).readings[0].item;
  EXPECT_EQ(item.cadence, Cadence::isolated);
  EXPECT_EQ(item.launch, Launch::graph);
}

struct Failure {
  const char* name;
  const char* patch;  ///< RFC 7396: null removes
  const char* what;
};

class AFailedRun : public testing::TestWithParam<Failure> {};

TEST_P(AFailedRun, IsAnIncident) {
  Json json = document();
  json.merge_patch(Json::parse(GetParam().patch));
  const ForeignResults results = read(json);
  ASSERT_FALSE(results.incidents.empty());
  EXPECT_THAT(results.incidents[0].what, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    NcclTestsJson, AFailedRun,
    testing::Values(
        Failure{"ForItsErrors", R"({"errors": ["common.cu:12 out of memory"]})", "out of memory"},
        Failure{"ForWrongData", R"({"out_of_bounds": {"count": 7, "okay": "false"}})", "\"count\":7"},
        Failure{"ForDataThatNobodyJudged", R"({"out_of_bounds": {"okay": null}})", "out_of_bounds"},
        Failure{"ForItsBandwidth", R"({"average_bus_bandwidth": {"okay": "false"}})", "average_bus"},
        Failure{"ForTheMisspeltBandwidthOfOldVersions",
                R"({"average_bus_bandwidth": null, "average_bus_bandwidith": {"okay": "false"}})", "bandwidith"},
        Failure{"WithoutItsFooter", R"({"out_of_bounds": null})", "no footer"},
        Failure{"WithoutRows", R"({"results": []})", "no rows"},
        Failure{"WithARowOfAnUnknownType", R"({"results": [{"type": "quad", "redop": "sum"}]})", "results[0]"}),
    [](const auto& each) { return each.param.name; });

TEST(NcclTestsJson, ACutFileIsAnErrorWithItsLine) {
  const std::string text = document().dump(1);
  try {
    read_nccl_tests_json(text.substr(0, text.size() / 2), "f.json");
    FAIL() << "a cut file was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("f.json: not usable as JSON at line "));
  }
}

TEST(NcclTestsJson, AnUnknownCollectiveIsAnIncidentAndNoResult) {
  Json json = document();
  json["args"] = Json::array({"my_test"});
  const ForeignResults results = read(json);
  EXPECT_THAT(results.readings, IsEmpty());
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("which collective"));
  EXPECT_THAT(read(json, "alltoall.json").readings[0].item.collective, Collective::all_to_all);
}

Json rccl_row(int in_place) {
  return {{"numCycle", 0},    {"name", "AllReduce"}, {"nodes", 1},         {"ranks", 2},     {"ranksPerNode", 2},
          {"gpusPerRank", 4}, {"size", 1024},        {"type", "fp8_e4m3"}, {"redop", "sum"}, {"inPlace", in_place},
          {"time", 10.0},     {"algBw", 0.1},        {"busBw", 0.1},       {"wrong", "0"}};
}

ForeignResults read_rccl(const Json& json) {
  EXPECT_EQ(reader_for(json.dump(), "", "f.json").format, "rccl-tests-json");
  return read_rccl_tests_json(json.dump(), "f.json");
}

TEST(RcclTestsJson, RowsTellTheirRanksAndPlacement) {
  const ForeignResults results = read_rccl(Json::array({rccl_row(0), rccl_row(1)}));
  EXPECT_THAT(results.incidents, IsEmpty());
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.readings[0].item.ranks, 8);
  EXPECT_EQ(results.readings[0].item.type, ElementType::float8_e4m3);
  EXPECT_DOUBLE_EQ(results.readings[0].record->seconds[0], 10e-6);
  EXPECT_EQ(results.readings[0].record->averaged_over, 0) << "nothing says how many";
  EXPECT_EQ(results.readings[0].record->check.elements, 1024U);
  EXPECT_EQ(results.readings[1].item.placement, Placement::in_place);
}

TEST(RcclTestsJson, WithoutMpiItTellsAllGpus) {
  Json row = rccl_row(0);
  for (const char* key : {"nodes", "ranks", "ranksPerNode", "gpusPerRank"}) row.erase(key);
  row["gpus"] = 4;
  EXPECT_EQ(read_rccl(Json::array({row})).readings[0].item.ranks, 4);
}

TEST(RcclTestsJson, NotAvailableIsUncheckedAndNoRowIsAnIncident) {
  Json row = rccl_row(0);
  row["wrong"] = "N/A";
  const ForeignResults results = read_rccl(Json::array({row, {{"size", "?"}}}));
  EXPECT_EQ(results.readings[0].record->check.iterations, 0);
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("f.json: [1]"));
}

}  // namespace
}  // namespace muster
