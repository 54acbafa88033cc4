// SPDX-License-Identifier: Apache-2.0
// Real dumps of NCCL Inspector and results of SuperBench: every file imports or is refused with a hint. Skipped where
// the samples are absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "reports/import.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace fs = std::filesystem;

class RealJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* chosen = std::getenv("MUSTER_SHARED");
    folder_ = fs::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "samples";
    if (!fs::exists(folder_)) GTEST_SKIP() << folder_ << " is absent; set MUSTER_SHARED";
  }

  ImportedRun import(const char* name) const { return import_files({(folder_ / name).string()}, ""); }

  std::string refusal(const char* name) const {
    try {
      import(name);
    } catch (const Error& error) {
      return error.what();
    }
    return "imported";
  }

 private:
  fs::path folder_;
};

TEST_F(RealJobs, OfNcclInspectorImport) {
  const ImportedRun imported = import("inspector/inspector_sample.jsonl");
  EXPECT_THAT(imported.plan.cases, SizeIs(3)) << "AllReduce, AllGather without a time, ReduceScatter";
  ASSERT_THAT(imported.run.records, SizeIs(2));
  EXPECT_DOUBLE_EQ(imported.run.records[0].seconds.at(0), 445e-6) << "the slowest of ranks 0, 1 and 8";
  EXPECT_THAT(imported.run.records[0].configuration, HasSubstr("of 16 ranks: times are lower bounds"));
  EXPECT_EQ(imported.run.records[1].bytes, Bytes{8 * 524288}) << "ReduceScatter tells one rank's share";
  EXPECT_THAT(imported.run.incidents, SizeIs(1)) << "one line of the sample is no JSON";
  const ImportedRun version_5 = import("inspector/inspector_v5_sample.jsonl");
  EXPECT_THAT(version_5.run.records, SizeIs(2));
  EXPECT_THAT(version_5.run.incidents, SizeIs(0));
}

TEST_F(RealJobs, OfSuperbenchImport) {
  const ImportedRun imported = import("superbench/test_results.jsonl");
  EXPECT_THAT(imported.plan.cases, SizeIs(1357)) << "460 numbers on two nodes, 436 and a failure on the third";
  EXPECT_THAT(imported.run.incidents, SizeIs(1)) << "mem-bw of the third node";
  EXPECT_TRUE(std::ranges::any_of(imported.run.records, [](const Record& r) { return r.status == Status::failed; }));
  EXPECT_THAT(import("superbench/test_baseline.json").run.records, SizeIs(5));
}

TEST_F(RealJobs, OfSuperbenchThatAreNoResultsAreRefusedWithAHint) {
  EXPECT_THAT(refusal("superbench/test_rules.yaml"), HasSubstr("holds rules of SuperBench"));
  EXPECT_THAT(refusal("superbench/diagnosis_summary.jsonl"), HasSubstr("import the results-summary.jsonl"));
  EXPECT_THAT(refusal("superbench/ib_traffic_topo_aware_ibnetdiscover.txt"), HasSubstr("for --topology"));
  EXPECT_THAT(refusal("superbench/ib_traffic_topo_aware_ibstat.txt"), HasSubstr("for --topology"));
  EXPECT_THAT(refusal("superbench/ib_traffic_topo_aware_hostfile"), HasSubstr("in none of the formats"));
  EXPECT_THAT(refusal("superbench/ib_traffic_topo_aware_expected_config"), HasSubstr("in none of the formats"));
}

}  // namespace
}  // namespace muster
