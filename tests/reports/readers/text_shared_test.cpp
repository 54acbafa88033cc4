// SPDX-License-Identifier: Apache-2.0
// Real results of perftest, nvbandwidth and Google Benchmark. Skipped where the samples are absent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "reports/import.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

TEST(RealTextLogs, OfPerftestNvbandwidthAndGoogleBenchmarkImport) {
  const char* chosen = std::getenv("MUSTER_SHARED");
  const fs::path folder = fs::path(chosen == nullptr ? MUSTER_SHARED_FOLDER : chosen) / "samples";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent; set MUSTER_SHARED";
  const auto records = [&](const char* name) {
    return import_files({(folder / name).string()}, "").run.records.size();
  };
  EXPECT_EQ(records("perftest/ib_loopback_8M_size.log"), 1U);
  EXPECT_EQ(records("perftest/ib_loopback_all_sizes.log"), 23U);
  EXPECT_EQ(records("nvbandwidth/superbench_nvbandwidth_results.log"), 21U);
  EXPECT_EQ(records("google-benchmark/test1_run1.json"), 28U) << "14 benchmarks, two times each; BigO and RMS are none";
  EXPECT_EQ(records("google-benchmark/test3_run0.json"), 4U) << "of two benchmarks; the others are unknown aggregates";
}

}  // namespace
}  // namespace muster
