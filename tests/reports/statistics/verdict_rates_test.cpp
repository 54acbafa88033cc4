// SPDX-License-Identifier: Apache-2.0
// Guards the rates of docs/verdict-rates.md coarsely: few reports, fixed seeds, so that the counts never change by
// chance. The program muster_verdict_rates measures them.
#include "benchmarks/verdict_rates.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr ReportShape kFewReports = {.reports = 3, .seed = 11};

TEST(VerdictRates, A_machine_compared_with_itself_raises_no_alarm_whatever_its_noise) {
  const auto kinds = noise_kinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(rate_reports(kFewReports, kinds.subspan(i, 1), 1).false_alarms.hits, 0) << kinds[i].name;
  }
  EXPECT_EQ(rate_reports(kFewReports, kinds, 1).false_alarms.hits, 0) << "all kinds in one report";
}

TEST(VerdictRates, Five_percent_in_one_case_of_300_are_found_at_one_percent_noise) {
  const ReportRates rates = rate_reports({.reports = 20, .seed = 12}, noise_kinds().first(1), 1.05);
  EXPECT_GE(rates.found.hits, 19);
  EXPECT_EQ(rates.false_alarms.hits, 0);
  EXPECT_GT(rates.same.value(), 0.95);
}

TEST(VerdictRates, A_step_of_three_percent_in_a_year_is_dated_within_three_nights) {
  const NightRates rates = rate_change_points({.series = 200, .seed = 13}, 1.03);
  EXPECT_GE(rates.found.hits, 195);
  EXPECT_GE(rates.dated.hits, 180);
  EXPECT_LE(rates.other_alarms.hits, 1);
}

TEST(VerdictRates, A_year_of_nightly_checks_of_a_level_series_stays_silent) {
  EXPECT_EQ(rate_nightly_checks({.series = 10, .seed = 14}).hits, 0);
}

// SciPy 1.17: scipy.stats.binomtest(hits, tried).proportion_ci(0.95, "exact").
TEST(VerdictRates, The_interval_of_a_rate_agrees_with_scipy) {
  EXPECT_EQ(interval_of({0, 200}).low, 0);
  EXPECT_NEAR(interval_of({0, 200}).high, 0.018275340355148807, 1e-12);
  EXPECT_NEAR(interval_of({2, 200}).low, 0.0012133490137476003, 1e-12);
  EXPECT_NEAR(interval_of({38, 40}).high, 0.9938863534006533, 1e-12);
  EXPECT_EQ(interval_of({40, 40}).high, 1);
}

}  // namespace
}  // namespace muster
