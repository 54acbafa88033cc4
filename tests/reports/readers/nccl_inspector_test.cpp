// SPDX-License-Identifier: Apache-2.0
// Dumps of NCCL Inspector: ranks of one operation in one or several files, sizes that are shares, what is no number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Told {
  int rank = 0;
  int ranks = 2;
  int number = 7;
  std::string time = "100";
  std::string function = "AllReduce";
  std::string communicator = "0x1";
  std::string host = "node0";
};

std::string line_of(const Told& told) {
  return R"({"header": {"id": ")" + told.communicator + R"(", "rank": )" + std::to_string(told.rank) +
         R"(, "n_ranks": )" + std::to_string(told.ranks) + R"(, "nnodes": 1}, "metadata": {"hostname": ")" + told.host +
         R"(", "inspector_output_format_version": "v4.0"}, "coll_perf": {"coll": ")" + told.function +
         R"(", "coll_sn": )" + std::to_string(told.number) +
         R"(, "coll_msg_size_bytes": 1048576, "coll_exec_time_us": )" + told.time +
         R"(, "coll_algobw_gbs": 1e9, "coll_busbw_gbs": 1e9}})" + "\n";
}

ForeignResults read(const std::string& text) {
  EXPECT_TRUE(is_nccl_inspector(text));
  return read_nccl_inspector(text, "dump.log");
}

const Reading& only(const ForeignResults& results) {
  EXPECT_THAT(results.readings, SizeIs(1));
  return results.readings.at(0);
}

TEST(NcclInspector, TheSlowestRankOfAnOperationIsItsSample) {
  const ForeignResults results =
      read(line_of({.rank = 0, .time = "100"}) + line_of({.rank = 1, .time = "140"}) +
           line_of({.rank = 0, .number = 8, .time = "90"}) + line_of({.rank = 1, .number = 8, .time = "80"}));
  const Reading& reading = only(results);
  EXPECT_EQ(reading.item.ranks, 2);
  EXPECT_EQ(reading.item.size, Bytes{1048576});
  EXPECT_THAT(reading.record->seconds, ElementsAre(DoubleEq(140e-6), DoubleEq(90e-6)))
      << "bandwidths in the file mean nothing";
  EXPECT_EQ(reading.record->configuration, "") << "all ranks are there";
  EXPECT_EQ(reading.record->check.elements, 0U) << "nobody compared the results";
  EXPECT_EQ(reading.record->origin, "dump.log:1");
  EXPECT_EQ(results.version, "v4.0");
}

TEST(NcclInspector, FilesOfSeveralRanksMakeOneSample) {
  const std::string first = line_of({.rank = 0, .time = "100"});
  const std::string second = line_of({.rank = 1, .time = "140", .host = "node1.example"});
  const std::vector<ForeignText> files = {{first, "a.log"}, {second, "b.log"}};
  const ForeignResults results = read_nccl_inspector_files(files);
  EXPECT_THAT(only(results).record->seconds, ElementsAre(DoubleEq(140e-6)));
  EXPECT_EQ(only(results).item.group, "node0+node1");
  ASSERT_THAT(results.ranks, SizeIs(2));
  EXPECT_EQ(results.ranks[1].host, "node1.example");
}

TEST(NcclInspector, ATimeOfSomeRanksIsALowerBoundAndSaysSo) {
  const ForeignResults results = read(line_of({.rank = 2, .ranks = 16}));
  EXPECT_THAT(only(results).record->configuration, HasSubstr("1 of 16 ranks: times are lower bounds"));
  ASSERT_THAT(results.ranks, SizeIs(16));
  EXPECT_EQ(results.ranks[2].host, "node0");
  EXPECT_EQ(results.ranks[0].host, "") << "no file tells of rank 0";
}

TEST(NcclInspector, SizesOfAllGatherAndReduceScatterAreSharesOfOneRank) {
  const ForeignResults results =
      read(line_of({.ranks = 8, .function = "AllGather"}) + line_of({.ranks = 8, .function = "ReduceScatter"}) +
           line_of({.ranks = 8, .function = "Broadcast"}));
  ASSERT_THAT(results.readings, SizeIs(3));
  EXPECT_EQ(results.readings[0].item.size, Bytes{8 * 1048576});
  EXPECT_EQ(results.readings[0].record->bytes, Bytes{8 * 1048576});
  EXPECT_EQ(results.readings[1].item.collective, Collective::broadcast);
  EXPECT_EQ(results.readings[1].item.size, Bytes{1048576});
  EXPECT_EQ(results.readings[2].item.size, Bytes{8 * 1048576});
}

TEST(NcclInspector, ATimeOfZeroIsACaseThatWasNotMeasured) {
  const ForeignResults results = read(line_of({.rank = 0, .time = "0"}) + line_of({.rank = 1, .time = "0"}));
  EXPECT_FALSE(only(results).record);
  const ForeignResults partly = read(line_of({.rank = 0, .time = "0"}) + line_of({.rank = 1}));
  EXPECT_THAT(only(partly).record->configuration, HasSubstr("1 of 2 ranks"));
}

TEST(NcclInspector, AGraphThatRunsAgainGivesFurtherSamples) {
  const ForeignResults results = read(line_of({.rank = 0, .time = "10"}) + line_of({.rank = 0, .time = "30"}) +
                                      line_of({.rank = 1, .time = "20"}) + line_of({.rank = 1, .time = "15"}));
  EXPECT_THAT(only(results).record->seconds, ElementsAre(DoubleEq(20e-6), DoubleEq(30e-6)));
}

TEST(NcclInspector, CommunicatorsOfTheSameHostsStayApart) {
  const ForeignResults results = read(line_of({.communicator = "0x1"}) + line_of({.communicator = "0x2"}) +
                                      line_of({.ranks = 4, .communicator = "0x3"}));
  ASSERT_THAT(results.readings, SizeIs(3));
  EXPECT_EQ(results.readings[0].item.group, "node0");
  EXPECT_EQ(results.readings[1].item.group, "node0#2");
  EXPECT_EQ(results.readings[2].item.group, "node0");
}

TEST(NcclInspector, WhatHasNoCaseOfOursBecomesAMetric) {
  const std::string send =
      R"({"header": {"id": "0x1", "rank": 0, "n_ranks": 4}, "metadata": {"hostname": "node0"}, "p2p_perf": )"
      R"({"p2p": "Send", "p2p_sn": 3, "p2p_peer": 2, "p2p_msg_size_bytes": 4096, "p2p_exec_time_us": 12}})";
  const ForeignResults results = read(line_of({.function = "AllGatherV"}) + send + "\n");
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.readings[0].item.name, "nccl-inspector/AllGatherV/1M");
  EXPECT_EQ(results.readings[1].item.name, "nccl-inspector/Send/4K/0>2");
  EXPECT_EQ(results.readings[1].item.better, Better::lower);
  EXPECT_THAT(results.readings[1].record->values, ElementsAre(12));
  EXPECT_THAT(results.incidents, IsEmpty());
}

TEST(NcclInspector, ABrokenLineAmongGoodOnesIsAnIncidentAtItsPlace) {
  const ForeignResults results = read(line_of({}) + "{\"header\": {\"id\"\n");
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_EQ(results.incidents[0].what, "dump.log:2: is no line of NCCL Inspector: no JSON");
}

TEST(NcclInspector, HostileLinesAreRefusedByName) {
  const auto fault = [](const std::string& text) {
    const ForeignResults results = read(line_of({}) + text);
    return results.incidents.empty() ? "none" : results.incidents[0].what;
  };
  EXPECT_THAT(fault(line_of({.ranks = 2'000'000})), HasSubstr("\"n_ranks\" is out of range"));
  EXPECT_THAT(fault(line_of({.rank = 2})), HasSubstr("\"rank\" is out of range"));
  EXPECT_THAT(fault(line_of({.time = "-1"})), HasSubstr("needs a time \"coll_exec_time_us\""));
  EXPECT_THAT(fault(line_of({.time = "NaN"})), HasSubstr("needs a time"));
  EXPECT_THAT(fault(line_of({.time = "1e12"})), HasSubstr("needs a time"));
  EXPECT_THAT(fault(line_of({.time = "1e-9"})), HasSubstr("needs a time"));
  EXPECT_THAT(fault(line_of({.communicator = ""})), HasSubstr("needs a text \"id\""));
  EXPECT_THAT(fault("[]\n"), HasSubstr("neither \"coll_perf\" nor \"p2p_perf\""));
}

TEST(NcclInspector, AFileWithoutOneGoodLineIsAnError) {
  try {
    read_nccl_inspector("\nno JSON\n", "dump.log");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "dump.log:2: is no line of NCCL Inspector: no JSON; import the files that NCCL Inspector dumped");
  }
  EXPECT_THROW(read_nccl_inspector("", "dump.log"), Error);
}

}  // namespace
}  // namespace muster
