// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace muster {
namespace {

// 1, 2, ..., count: the k-th smallest sample is k, so an interval shows its ranks.
std::vector<double> ranks_up_to(int count) {
  std::vector<double> samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), 1.0);
  return samples;
}

struct ReferenceInterval {
  int count;
  int low_rank;
  double coverage;
};

// SciPy 1.17: k = largest with 2 * scipy.stats.binom.cdf(k - 1, n, 0.5) <= 0.05, coverage = 1 - 2 * cdf(k - 1). In R:
// k = qbinom(0.025, n, 0.5), coverage = 1 - 2 * pbinom(k - 1, n, 0.5). Below 6 samples k = 1 and the coverage falls.
constexpr ReferenceInterval kReference[] = {{1, 1, 0.0},
                                            {2, 1, 0.5},
                                            {5, 1, 0.9375},
                                            {6, 1, 0.96875},
                                            {8, 1, 0.9921875},
                                            {9, 2, 0.9609375},
                                            {10, 2, 0.978515625},
                                            {17, 5, 0.950958251953125},
                                            {20, 6, 0.9586105346679688},
                                            {23, 7, 0.9653103351593018},
                                            {24, 7, 0.9773441553115845},
                                            {50, 18, 0.9671608624357315},
                                            {71, 27, 0.9680728379167877},
                                            {100, 40, 0.9647997997822951},
                                            {101, 41, 0.9539559330706572},
                                            {1000, 469, 0.9537088026395019},
                                            {4097, 1986, 0.9510038147189663},
                                            {100000, 49690, 0.9504442853304776},
                                            {1000003, 499022, 0.9500039203186278}};

TEST(Statistics, The_interval_of_the_median_has_the_ranks_and_the_coverage_that_scipy_gives) {
  for (const ReferenceInterval& reference : kReference) {
    const Summary summary = summarise(ranks_up_to(reference.count));
    EXPECT_EQ(summary.low, reference.low_rank) << reference.count;
    EXPECT_EQ(summary.high, reference.count + 1 - reference.low_rank) << reference.count;
    EXPECT_NEAR(summary.confidence, reference.coverage, 1e-12) << reference.count;
  }
}

// SciPy: numpy.median, numpy.mean, numpy.percentile(method="inverted_cdf"), scipy.stats.quantile_test(q=median, p=0.5).
TEST(Statistics, A_summary_of_stored_samples_agrees_with_scipy) {
  const std::vector<double> samples = {13.1, 12.9, 13.0, 14.2, 12.8, 13.3, 13.2, 12.7, 19.9, 13.05, 13.15, 12.95};
  const Summary summary = summarise(samples);
  EXPECT_EQ(summary.count, 12);
  EXPECT_EQ(summary.min, 12.7);
  EXPECT_EQ(summary.max, 19.9);
  EXPECT_NEAR(summary.mean, 13.6875, 1e-12);
  EXPECT_NEAR(summary.median, 13.075, 1e-12);
  EXPECT_EQ(summary.low, 12.9);
  EXPECT_EQ(summary.high, 13.3);
  EXPECT_EQ(summary.p50, 13.05);
  EXPECT_EQ(summary.p90, 14.2);
  EXPECT_EQ(summary.p99, 19.9);
}

TEST(Statistics, Percentiles_are_samples_that_were_really_taken) {
  const Summary hundred = summarise(ranks_up_to(100));
  EXPECT_EQ(hundred.p50, 50);
  EXPECT_EQ(hundred.p90, 90);
  EXPECT_EQ(hundred.p99, 99);
  const Summary ten = summarise(ranks_up_to(10));
  EXPECT_EQ(ten.p90, 9);
  EXPECT_EQ(ten.p99, 10);
  const Summary one = summarise(std::vector<double>{4});
  EXPECT_EQ(one.p50, 4);
  EXPECT_EQ(one.p99, 4);
}

TEST(Statistics, The_order_of_samples_does_not_matter_not_even_in_the_last_bit) {
  std::vector<double> samples;
  for (int i = 0; i < 500; ++i) samples.push_back(1.0 / (1 + (i * 37) % 500));
  const Summary forward = summarise(samples);
  std::ranges::reverse(samples);
  const Summary backward = summarise(samples);
  EXPECT_EQ(forward.mean, backward.mean);
  EXPECT_EQ(forward.median, backward.median);
  EXPECT_EQ(forward.low, backward.low);
}

TEST(Statistics, One_outlier_among_many_moves_neither_median_nor_interval) {
  std::vector<double> samples = ranks_up_to(101);
  const Summary before = summarise(samples);
  samples.back() = 1e9;
  const Summary after = summarise(samples);
  EXPECT_EQ(before.median, after.median);
  EXPECT_EQ(before.high, after.high);
  EXPECT_NE(before.mean, after.mean);
}

TEST(Statistics, Samples_for_a_precision_grow_with_the_square_of_the_wanted_narrowing) {
  // 20 samples: ranks 6 and 15, median 10.5; as 1000 + k the relative width is 9 / 1010.5.
  std::vector<double> pilot = ranks_up_to(20);
  for (double& sample : pilot) sample += 1000;
  const double width = 9 / 1010.5;
  EXPECT_NEAR(relative_width(summarise(pilot)), width, 1e-12);
  EXPECT_EQ(samples_for_precision(pilot, width / 2, 5, 1000), 80);
  EXPECT_EQ(samples_for_precision(pilot, width / 3, 5, 1000), 180);
}

TEST(Statistics, Samples_for_a_precision_are_no_fewer_than_the_pilot_and_stay_between_the_bounds) {
  const std::vector<double> steady(20, 1.0);
  EXPECT_EQ(samples_for_precision(steady, 0.02, 5, 1000), 20);
  EXPECT_EQ(samples_for_precision(steady, 0.02, 50, 1000), 50);
  EXPECT_EQ(samples_for_precision(steady, 0.02, 5, 10), 10);
  const std::vector<double> wild = {1e-6, 1, 1e-6, 1, 1e-6, 1, 1e-6, 1};
  EXPECT_EQ(samples_for_precision(wild, 1e-6, 5, 1000), 1000);
}

TEST(StatisticsDeathTest, No_samples_and_samples_that_are_no_numbers_are_bugs_of_the_caller) {
  EXPECT_DEATH(summarise({}), "empty");
  EXPECT_DEATH(summarise(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}), "isfinite");
}

}  // namespace
}  // namespace muster
