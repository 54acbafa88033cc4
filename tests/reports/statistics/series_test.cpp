// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace muster {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// numpy.round(100 + 0.08 * arange(40) + default_rng(5).standard_normal(40), 2).
const std::vector<double> kRising = {99.2,   98.76,  99.91,  100.66, 101.46, 100.51, 99.93,  99.78, 101.39, 102.35,
                                     101.07, 99.65,  100.0,  102.64, 101.32, 99.47,  101.2,  100.2, 100.81, 101.03,
                                     100.89, 102.23, 101.7,  101.25, 102.33, 102.83, 100.44, 101.9, 101.26, 102.15,
                                     101.11, 102.5,  102.52, 102.34, 101.67, 102.4,  101.79, 101.6, 103.26, 102.01};

// Noise that looks random, the same everywhere: the digits of a Weyl sequence, in (-1, 1).
double noise(int i) {
  double whole = 0;
  return 2 * std::modf(12345.678 * std::sin(i + 1.0) + 20000, &whole) - 1;
}

std::vector<double> level_series(int count) {
  std::vector<double> series;
  for (int i = 0; i < count; ++i) series.push_back(100 + noise(i));
  return series;
}

// SciPy 1.17: theilslopes(x).slope = 0.06373809523809526, median 101.29; the sum of signs over pairs is S = 364, its
// variance 40 x 39 x 85 / 18. Lag-1 autocorrelation of scipy.stats.rankdata(x - slope * arange(40)): r = 0.020684803,
// corrected (r + 1/40) / (1 - 4/40) = 0.0507609, variance factor (Yue & Wang 2004) 1.10424.
TEST(Series, A_drift_has_the_slope_and_p_value_that_scipy_gives) {
  const SeriesCheck check = check_series(kRising);
  ASSERT_TRUE(check.drift);
  EXPECT_NEAR(check.drift->change, 0.06373809523809526 * 39 / 101.29, 1e-9);
  const double rho = (0.02068480300187617 + 1.0 / 40) / (1 - 4.0 / 40);
  double factor = 1;
  for (int lag = 1; lag < 40; ++lag) factor += 2 * (1 - lag / 40.0) * std::pow(rho, lag);
  const double z = (364 - 1) / std::sqrt(40.0 * 39 * 85 / 18 * factor);
  EXPECT_NEAR(check.drift->p_value / std::erfc(z / std::sqrt(2.0)), 1, 1e-9);
  EXPECT_NEAR(check.autocorrelation, rho, 1e-12);
  EXPECT_NEAR(check.effective_samples, 40 / factor, 1e-9);
}

TEST(Series, Neighbours_that_resemble_each_other_count_for_less) {
  std::vector<double> series;
  for (int i = 0; i < 120; ++i) series.push_back(100 + 5 * noise(i / 6) + 0.5 * noise(i + 1000));
  const SeriesCheck check = check_series(series);
  EXPECT_GT(check.autocorrelation, 0.6);
  EXPECT_LT(check.effective_samples, 40);
  EXPECT_THAT(remarks_of(check), testing::Contains(HasSubstr("neighbouring samples resemble each other")));
}

TEST(Series, Plain_noise_gets_no_remark_and_keeps_nearly_all_its_samples) {
  const SeriesCheck check = check_series(level_series(100));
  EXPECT_THAT(remarks_of(check), IsEmpty());
  EXPECT_GT(check.effective_samples, 60);
}

TEST(Series, Two_kinds_of_samples_are_seen_with_their_gap_and_share) {
  std::vector<double> series = level_series(60);
  for (std::size_t i = 0; i < series.size(); i += 3) series[i] *= 1.1;
  const SeriesCheck check = check_series(series);
  ASSERT_TRUE(check.modes);
  EXPECT_NEAR(check.modes->gap, 0.1, 0.02);
  EXPECT_NEAR(check.modes->share_high, 1.0 / 3, 0.01);
  EXPECT_THAT(remarks_of(check), testing::Contains(HasSubstr("two kinds of samples")));
}

TEST(Series, A_few_outliers_are_no_second_kind_and_no_drift) {
  std::vector<double> series = level_series(60);
  series[7] = series[33] = series[58] = 900;
  const SeriesCheck check = check_series(series);
  EXPECT_FALSE(check.modes);
  EXPECT_FALSE(check.drift);
}

TEST(Series, A_slow_beginning_is_a_warm_up) {
  std::vector<double> series = level_series(60);
  for (std::size_t i = 0; i < 10; ++i) series[i] += 20;
  EXPECT_EQ(check_series(series).warmup_samples, 10);
  EXPECT_EQ(check_series(level_series(60)).warmup_samples, 0);
  for (std::size_t i = 10; i < 30; ++i) series[i] += 20;  // half of the series is no beginning
  EXPECT_EQ(check_series(series).warmup_samples, 0);
}

TEST(Series, Nothing_is_found_in_few_equal_or_signed_samples) {
  EXPECT_THAT(remarks_of(check_series({})), IsEmpty());
  EXPECT_EQ(check_series(std::vector<double>{1, 2, 3}).effective_samples, 3);
  const SeriesCheck equal = check_series(std::vector<double>(50, 7.0));
  EXPECT_THAT(remarks_of(equal), IsEmpty());
  std::vector<double> signs;  // a level of 0 makes no relative change
  for (int i = 0; i < 41; ++i) signs.push_back(i - 20);
  EXPECT_THAT(check_series(signs).drift, testing::Eq(std::nullopt));
}

TEST(Series, The_interval_of_dependent_samples_is_that_of_as_many_as_are_effective) {
  std::vector<double> ranks(100);
  for (std::size_t i = 0; i < 100; ++i) ranks[i] = static_cast<double>(i + 1);
  const Summary all = summarise(ranks), few = summarise(ranks, 25);
  EXPECT_EQ(all.low, 40);  // as without the number
  // 25 samples: ranks 8 and 18, five from the middle 13 = a fifth of all, so twenty from 50.5 among a hundred.
  EXPECT_EQ(few.low, 30);
  EXPECT_EQ(few.high, 71);
  EXPECT_EQ(few.median, all.median);
  EXPECT_LT(summarise(ranks, 4).confidence, 0.95);  // too few to tell: no demand is met or missed
}

TEST(Series, The_interval_of_a_drifting_series_reaches_over_its_drift) {
  const SeriesCheck check = check_series(kRising);
  const Summary plain = summarise(kRising), wide = summarise_series(kRising, check);
  EXPECT_LT(wide.low, plain.low);
  EXPECT_GT(wide.high, plain.high);
  EXPECT_NEAR(wide.high - wide.low, check.drift->change * wide.median, 1e-9);
  EXPECT_THAT(remarks_of(check), testing::Contains(HasSubstr("drifts by 2.5 %")));
}

}  // namespace
}  // namespace muster
