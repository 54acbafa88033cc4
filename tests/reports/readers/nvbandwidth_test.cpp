// SPDX-License-Identifier: Apache-2.0
// Matrices of nvbandwidth, printed and as JSON: cells without a value, tests that were cut off or failed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/readers/readers.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kText =
    "nvbandwidth Version: v0.6\nRunning device_to_device_memcpy_read_ce.\n"
    "memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)\n           0         1\n 0       N/A    300.50\n";

TEST(Nvbandwidth, CellsWithAValueAreMetrics) {
  ASSERT_TRUE(is_nvbandwidth(kText));
  const ForeignResults results = read_nvbandwidth(kText + "\nSUM device_to_device_memcpy_read_ce 300.50\n", "a.log");
  EXPECT_EQ(results.version, "v0.6");
  EXPECT_THAT(results.incidents, IsEmpty());
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.name, "nvbandwidth/device_to_device_memcpy_read_ce/0/1");
  EXPECT_EQ(results.readings[0].item.better, Better::higher);
}

TEST(Nvbandwidth, ATestWithoutItsSumIsAnIncident) {
  EXPECT_THAT(read_nvbandwidth(kText, "a.log").incidents, SizeIs(1));
}

TEST(Nvbandwidth, ACellThatNoRunHoldsIsAnIncident) {
  const std::string text =
      R"({"nvbandwidth": {"testcases": [{"name": "a_ce", "status": "Passed", "bandwidth_matrix": [["7e60"]]}]}})";
  const ForeignResults results = read_nvbandwidth(text, "a.json");
  EXPECT_THAT(results.readings, IsEmpty());
  EXPECT_THAT(results.incidents, SizeIs(1));
}

TEST(Nvbandwidth, JsonGivesTheSameCells) {
  const std::string text =
      R"({"nvbandwidth": {"Version": "v0.8", "testcases": [
          {"name": "a_ce", "status": "Passed", "bandwidth_matrix": [["N/A", "300.50"]]},
          {"name": "b_ce", "status": "Waived"}, {"name": "c_ce", "status": "Error"}]}})";
  ASSERT_TRUE(is_nvbandwidth(text));
  const ForeignResults results = read_nvbandwidth(text, "a.json");
  ASSERT_THAT(results.readings, SizeIs(1));
  EXPECT_EQ(results.readings[0].item.name, "nvbandwidth/a_ce/0/1");
  EXPECT_THAT(results.incidents, SizeIs(1));
  EXPECT_THROW(read_nvbandwidth(R"({"nvbandwidth": 3})", "a.json"), Error);
}

}  // namespace
}  // namespace muster
