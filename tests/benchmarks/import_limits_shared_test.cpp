// SPDX-License-Identifier: Apache-2.0
// 408 real logs of pairs of H100 nodes on the machine that they were measured on. Skipped where the samples are absent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "benchmarks/expectation.hpp"
#include "reports/import.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

TEST(RealPairs, OfSeventeenNodesAreBoundedAndSlowerThanTheirLimits) {
  const char* chosen = std::getenv("MUSTER_SHARED");
  const fs::path folder =
      fs::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "samples/nccl-tests/pairwise-h100/logs";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent; set MUSTER_SHARED";
  std::vector<std::string> logs;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) logs.push_back(entry.path().string());
  std::ranges::sort(logs);
  const ImportedRun imported = import_files(logs, "");
  const Topology topology = expand_template("dgx-h100", 17).topology;
  const Expectations expectations = expectations_of(imported.plan, imported.run, topology);
  for (const Record& record : imported.run.records) {
    const std::optional<Bound>& limit = expectations.at(record.case_id).limit;
    ASSERT_TRUE(limit) << record.case_id << ": " << expectations.at(record.case_id).unknown;
    EXPECT_GT(std::ranges::min(record.seconds), limit->time.value) << record.case_id;
  }
  const auto limit_of = [&](const std::string& id) { return expectations.at(id).limit->time.value; };
  const std::string size = "all_to_all/native/nccl/double/1G/streaming";
  // Eight GPUs a node send half of 8 GiB to the other one: 4 GiB by eight ports of 50 GB/s.
  EXPECT_DOUBLE_EQ(limit_of(size + "/group=cnode2-001+cnode2-002"), 4294967296 / 400e9);
  EXPECT_DOUBLE_EQ(limit_of(size + "/ranks=8/group=cnode2-001+cnode2-002"), 2147483648 / 400e9);
  EXPECT_DOUBLE_EQ(limit_of(size + "/ranks=8/group=cnode2-016+cnode2-017"), 2147483648 / 400e9);
}

}  // namespace
}  // namespace muster
