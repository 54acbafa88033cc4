// SPDX-License-Identifier: Apache-2.0
// Results of SuperBench: nodes, directions, return codes, missing numbers, and files that are no results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/import.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ForeignResults read(const std::string& text) {
  EXPECT_TRUE(is_superbench(text));
  return read_superbench(text, "results.jsonl");
}

Case item_of(const std::string& key) { return read(R"({"node": "n", ")" + key + R"(": 1})").readings.at(0).item; }

TEST(Superbench, ANumberIsAMetricOfItsNode) {
  const ForeignResults results = read(
      "{\"node\": \"node1\", \"mem-bw/H2D_Mem_BW:0\": 25.5}\n"
      "{\"node\": \"node2\", \"mem-bw/H2D_Mem_BW:0\": 24}\n");
  ASSERT_THAT(results.readings, SizeIs(2));
  EXPECT_EQ(results.readings[0].item.name, "superbench/mem-bw/H2D_Mem_BW:0");
  EXPECT_EQ(results.readings[0].item.group, "node1");
  EXPECT_THAT(results.readings[0].record->values, ElementsAre(25.5));
  EXPECT_EQ(results.readings[1].item.group, "node2");
  EXPECT_EQ(results.readings[1].record->origin, "results.jsonl:2");
  EXPECT_THAT(results.incidents, IsEmpty());
}

TEST(Superbench, TheNameTellsTheDirectionOrItStaysUnknown) {
  EXPECT_EQ(item_of("resnet_models/pytorch-resnet50/steptime_train_float32").better, Better::lower);
  EXPECT_EQ(item_of("nccl-bw/allreduce_8_time:0").better, Better::lower) << "the metric's name before the benchmark's";
  EXPECT_EQ(item_of("kernel-overhead/copy_bw:0").better, Better::higher) << "likewise";
  EXPECT_EQ(item_of("overlap/mul_cost:0").better, Better::lower);
  EXPECT_EQ(item_of("kernel-launch/event_overhead:0").better, Better::lower);
  EXPECT_EQ(item_of("nccl-bw/allreduce_8_busbw:0").better, Better::higher);
  EXPECT_EQ(item_of("nccl-bw/allreduce_8_busbw:0").unit, "GB/s");
  EXPECT_EQ(item_of("gemm-flops/FP64:0").better, Better::higher) << "by the benchmark's name";
  EXPECT_EQ(item_of("mem-bw/D2H_Mem_BW:1").better, Better::higher);
  EXPECT_EQ(item_of("disk/read_iops").better, Better::higher);
  EXPECT_EQ(item_of("pytorch-matmul/nosharding").better, Better::unknown);
  EXPECT_EQ(item_of("pytorch-matmul/nosharding").unit, "");
}

TEST(Superbench, AReturnCodeOtherThanZeroIsAFailure) {
  const ForeignResults results =
      read(R"({"node": "node3", "mem-bw/return_code": 1, "a/return_code": 0, "b/return_code:2": null})");
  ASSERT_THAT(results.readings, SizeIs(2)) << "a code of 0 is no measurement";
  EXPECT_EQ(results.readings[0].record->status, Status::failed);
  EXPECT_EQ(results.readings[0].record->reason, "return code 1");
  EXPECT_EQ(results.readings[1].record->reason, "return code unknown");
  ASSERT_THAT(results.incidents, SizeIs(2));
  EXPECT_EQ(results.incidents[0].what, "results.jsonl:1: mem-bw/return_code of node3 failed: return code 1");
}

TEST(Superbench, AMissingNumberIsACaseThatWasNotMeasured) {
  const ForeignResults results =
      read(R"({"node": "n", "a/x_bw": null, "a/y_bw": NaN, "a/z_bw": "12", "a/w_bw": [1], "a/v_bw": 1e300})");
  ASSERT_THAT(results.readings, SizeIs(5));
  for (const Reading& reading : results.readings) EXPECT_FALSE(reading.record) << reading.item.name;
}

TEST(Superbench, ABaselineHasNoNode) {
  const ForeignResults results = read("{\n  \"mem-bw/H2D_Mem_BW\": 25.6,\n  \"mem-bw/return_code\": 0\n}\n");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.group, "");
  EXPECT_THAT(results.ranks, IsEmpty());
}

TEST(Superbench, ABrokenLineAmongGoodOnesIsAnIncident) {
  const ForeignResults results = read("{\"node\": \"n\", \"a/bw\": 1}\n{\"node\": \"m\", \"a/b\n");
  ASSERT_THAT(results.incidents, SizeIs(1));
  EXPECT_THAT(results.incidents[0].what, HasSubstr("results.jsonl:2: is no line of results"));
}

TEST(Superbench, AFileWithoutResultsIsAnErrorWithItsLine) {
  try {
    read("{\"node\": \"n\",\n \"a/return_code\" 1}");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("results.jsonl: not usable as JSON at line 2"));
  }
  EXPECT_THROW(read_superbench("[1]", "results.jsonl"), Error);
}

TEST(Superbench, RulesAndDiagnosesAreNoResultsAndSayWhatToImport) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(refusal("version: v0.4\nsuperbench:\n  rules:\n    rule0:\n"), HasSubstr("rules of SuperBench"));
  EXPECT_THAT(refusal("{\"Category\": \"Mem\", \"Defective Details\": \"x\", \"mem-bw/H2D:0\": -0.1}\n"),
              HasSubstr("import the results-summary.jsonl"));
}

}  // namespace
}  // namespace muster
