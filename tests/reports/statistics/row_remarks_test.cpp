// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "reports/rows.hpp"

namespace muster {
namespace {

Row row_of(const std::vector<double>& seconds) {
  Case item;
  item.family = Family::memory;
  item.id = case_id(item);
  const Plan plan;  // of one rank
  Record record;
  record.case_id = item.id;
  record.ranks = 1;
  record.agreed_samples = static_cast<int>(seconds.size());
  record.bytes = Bytes{1024};
  record.seconds = seconds;
  return make_row(plan, item, {&record}, {});
}

// The last digit alternates, so that the series has a level but no two neighbours alike.
std::vector<double> seconds_with_slope(double slope) {
  std::vector<double> seconds;
  for (int i = 0; i < 40; ++i) seconds.push_back(1e-3 * (1 + slope * i + (i % 2 == 0 ? 0.001 : -0.001)));
  return seconds;
}

TEST(RowRemarks, A_drifting_series_says_so_and_its_interval_reaches_over_the_drift) {
  const Row row = row_of(seconds_with_slope(0.002));
  ASSERT_TRUE(row.time);
  EXPECT_THAT(row.remarks, testing::Contains(testing::HasSubstr("drifts by")));
  EXPECT_LT(row.time->low, 0.97 * row.time->median);
  EXPECT_GT(row.time->high, 1.03 * row.time->median);
}

TEST(RowRemarks, A_level_series_has_none) {
  const Row row = row_of(seconds_with_slope(0));
  EXPECT_EQ(row.verdict, Verdict::pass) << row.reason;
  EXPECT_TRUE(row.remarks.empty());
}

}  // namespace
}  // namespace muster
