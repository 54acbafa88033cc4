// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/report_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace muster {
namespace {

SeriesCheck check(double effective) { return {.count = 30, .effective_samples = effective}; }

TEST(ReportNoise, A_case_is_at_least_as_dependent_as_half_of_all_cases) {
  const std::vector<CheckedPair> pairs = {{check(6), check(6)}, {check(6), check(6)}, {check(30), check(30)}};
  for (const PairNoise& noise : noise_of(pairs)) EXPECT_DOUBLE_EQ(noise.inflation, 5);
}

TEST(ReportNoise, A_case_may_be_more_dependent_than_the_others) {
  const std::vector<CheckedPair> pairs = {{check(30), check(30)}, {check(30), check(30)}, {check(10), check(30)}};
  const std::vector<PairNoise> noise = noise_of(pairs);
  EXPECT_DOUBLE_EQ(noise[0].inflation, 1);
  EXPECT_DOUBLE_EQ(noise[2].inflation, 2);  // the mean of 3 and 1
}

TEST(ReportNoise, Half_of_each_drift_and_the_larger_gap_are_allowed) {
  CheckedPair pair = {check(30), check(30)};
  pair.baseline.drift = Drift{.change = -0.04};
  pair.candidate.drift = Drift{.change = 0.02};
  pair.baseline.modes = Modes{.gap = 0.05};
  pair.candidate.modes = Modes{.gap = 0.08};
  EXPECT_NEAR(noise_of({&pair, 1}).front().allowance, std::log(1.04) / 2 + std::log(1.02) / 2 + std::log(1.08), 1e-12);
}

TEST(ReportNoise, A_gap_that_many_series_have_is_allowed_to_all) {
  std::vector<CheckedPair> pairs(20, {check(30), check(30)});
  EXPECT_EQ(noise_of(pairs).back().allowance, 0);
  for (std::size_t i = 0; i < 4; ++i) pairs[i].candidate.modes = Modes{.gap = 0.06};
  EXPECT_NEAR(noise_of(pairs).back().allowance, std::log(1.06), 1e-12);
}

TEST(ReportNoise, The_spread_between_runs_is_what_the_errors_of_the_more_precise_half_do_not_explain) {
  std::vector<ShiftError> shifts;
  for (int i = -50; i <= 50; ++i) shifts.push_back({.shift = 0.2 + 0.001 * i, .error = 0.01});
  for (int i = 0; i < 101; ++i) shifts.push_back({.shift = 0, .error = 1});  // tell nothing
  // The median of |shift - 0.2| is 0.025; of a normal distribution that is 0.6745 deviations.
  EXPECT_NEAR(run_spread_of(shifts), std::sqrt(std::pow(0.025 / 0.6745, 2) - 1e-4), 1e-6);
  for (ShiftError& each : shifts) each.error = std::max(each.error, 0.036);
  EXPECT_EQ(run_spread_of(shifts), 0);
  EXPECT_EQ(run_spread_of(std::span(shifts).first(11)), 0);
}

}  // namespace
}  // namespace muster
