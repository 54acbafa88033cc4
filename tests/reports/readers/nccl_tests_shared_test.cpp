// SPDX-License-Identifier: Apache-2.0
// Real logs of nccl-tests: 17 nodes of 8 H100, every pair of them, with the failures that their owner counted; and logs
// of an old version. Skipped where the samples are absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "reports/import.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

class RealLogs : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder())) GTEST_SKIP() << folder() << " is absent; set MUSTER_SHARED";
  }
  static fs::path folder() {
    const char* chosen = std::getenv("MUSTER_SHARED");
    return fs::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "samples/nccl-tests";
  }
  static std::vector<std::string> logs_in(const fs::path& path) {
    std::vector<std::string> logs;
    for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".log") logs.push_back(entry.path().string());
    }
    std::ranges::sort(logs);
    return logs;
  }
};

// failures.txt beside the logs: 810 tests, 34 of them failed; a test that went well has ten sizes.
TEST_F(RealLogs, OfEveryPairGiveEveryTestAndEveryFailure) {
  const std::vector<std::string> logs = logs_in(folder() / "pairwise-h100/logs");
  ASSERT_EQ(logs.size(), 408U);
  const ImportedRun imported = import_files(logs, "");
  EXPECT_EQ(imported.plan.cases.size(), 10U * (810 - 34));
  EXPECT_EQ(imported.run.records.size(), imported.plan.cases.size());
  EXPECT_EQ(imported.run.incidents.size(), 34U);
  EXPECT_EQ(imported.topology.hosts.size(), 17U);
  EXPECT_EQ(imported.plan.ranks, 16);
}

TEST_F(RealLogs, OfAnOldVersionAreReadByTheNamesOfTheirFiles) {
  for (const std::string& log : logs_in(folder() / "superbench-old-format")) {
    const ImportedRun imported = import_files({log}, "");
    EXPECT_EQ(imported.plan.ranks, 8) << log;
    EXPECT_GT(imported.run.records.size(), 25U) << log;
    EXPECT_EQ(imported.run.records.size(), imported.plan.cases.size()) << log;
  }
}

}  // namespace
}  // namespace muster
