// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/shift.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "reports/statistics/rank_test.hpp"

namespace muster {
namespace {

const std::vector<double> kBaseline = {13.1, 12.9, 13.0, 14.2, 12.8, 13.3, 13.2, 12.7, 19.9, 13.05};
const std::vector<double> kCandidate = {13.6, 13.4, 13.9, 13.5, 14.8, 13.25, 13.7, 13.45, 20.5, 13.35, 13.15, 13.8};

RatioEstimate estimate(const std::vector<double>& baseline, const std::vector<double>& candidate) {
  return estimate_ratio({LogSample(baseline), LogSample(candidate)});
}

// SciPy 1.17: mannwhitneyu(log(a), log(b), method="exact").pvalue; numpy: exp(median of all log(b) - log(a)); the ends
// are the 30th smallest and largest of these, 30 = searchsorted(cdf of U, 0.025, "right").
// In R: wilcox.test(log(b), log(a), conf.int = TRUE).
TEST(Shift, A_small_pair_of_samples_has_the_exact_p_value_and_interval) {
  const RatioEstimate found = estimate(kBaseline, kCandidate);
  EXPECT_NEAR(found.p_value, 0.01689950915957108, 1e-14);
  EXPECT_NEAR(found.ratio, 1.0365129647823326, 1e-13);
  EXPECT_NEAR(found.low, 1.0112781954887218, 1e-13);
  EXPECT_NEAR(found.high, 1.0625, 1e-13);
  EXPECT_NEAR(found.reached, 0.957429567336688, 1e-14);
}

// SciPy 1.17: mannwhitneyu(log(t), log(u), method="asymptotic").pvalue, with ties and continuity.
TEST(Shift, Tied_samples_have_the_p_value_of_the_normal_approximation) {
  const std::vector<double> first = {1,  2,  2,  3,  3,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};
  const std::vector<double> second = {3,  3,  5,  9,  9,  12, 15, 16, 18, 20, 21, 22, 24,
                                      25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37};
  EXPECT_NEAR(estimate(first, second).p_value / 0.00015566058980896402, 1, 1e-12);
}

TEST(Shift, Swapping_the_samples_turns_the_ratio_over) {
  const RatioEstimate there = estimate(kBaseline, kCandidate), back = estimate(kCandidate, kBaseline);
  EXPECT_NEAR(there.ratio * back.ratio, 1, 1e-14);
  EXPECT_NEAR(there.low * back.high, 1, 1e-14);
  EXPECT_DOUBLE_EQ(there.p_value, back.p_value);
}

TEST(Shift, Differences_by_rank_are_those_of_the_sorted_list_of_all) {
  const LogSample baseline(kBaseline), candidate(kCandidate);
  std::vector<double> all;
  for (const double base : baseline.sorted()) {
    for (const double other : candidate.sorted()) all.push_back(other - base);
  }
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(difference_of_rank({baseline.sorted(), candidate.sorted()}, static_cast<std::int64_t>(i) + 1), all[i]);
  }
}

TEST(Shift, A_thousand_samples_each_find_a_small_ratio) {
  std::vector<double> baseline(1000), candidate(1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    baseline[i] = 1 + 0.0001 * static_cast<double>(i * 37 % 1000);
    candidate[i] = 1.02 * baseline[i];
  }
  const RatioEstimate found = estimate(baseline, candidate);
  EXPECT_NEAR(found.ratio, 1.02, 1e-4);
  EXPECT_LT(found.p_value, 1e-6);
  EXPECT_GT(found.low, 1.01);
}

TEST(Shift, What_does_not_matter_is_given_away_before_the_test) {
  const LogSample baseline(kBaseline), candidate(kCandidate);
  const LogPair pair{baseline, candidate};
  EXPECT_DOUBLE_EQ(p_value_beyond(pair, 0), estimate_ratio(pair).p_value);
  EXPECT_GT(p_value_beyond(pair, 0.02), p_value_beyond(pair, 0));
  EXPECT_EQ(p_value_beyond(pair, 0.05), 1);  // beyond the ratio found
}

TEST(Shift, Samples_that_are_not_independent_widen_the_interval) {
  const LogSample baseline(kBaseline), candidate(kCandidate);
  const RatioEstimate plain = estimate_ratio({baseline, candidate, 1});
  const RatioEstimate wide = estimate_ratio({baseline, candidate, 4});
  EXPECT_GT(wide.high / wide.low, plain.high / plain.low);
  EXPECT_GT(wide.p_value, plain.p_value);
  EXPECT_GT(wide.least_effect, plain.least_effect);
}

TEST(Shift, Two_samples_each_admit_that_their_interval_covers_little) {
  const RatioEstimate found = estimate({1, 2}, {3, 5});
  EXPECT_NEAR(found.reached, 1 - 2.0 / 6, 1e-15);  // all orders but two of C(4, 2)
  EXPECT_NEAR(found.p_value, 2.0 / 6, 1e-15);
}

TEST(Shift, Equal_samples_differ_by_nothing) {
  const RatioEstimate found = estimate({2, 2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2});
  EXPECT_EQ(found.ratio, 1);
  EXPECT_EQ(found.p_value, 1);
  EXPECT_EQ(found.least_effect, 0);
}

// 2 / C(2n, n): C(18, 9) = 48620, C(20, 10) = 184756.
TEST(Shift, The_least_number_of_samples_for_a_level_follows_from_complete_separation) {
  EXPECT_EQ(samples_to_reach(0.05), 4);
  EXPECT_EQ(samples_to_reach(2.0 / 48620), 9);
  EXPECT_EQ(samples_to_reach(0.01 / 300), 10);
}

}  // namespace
}  // namespace muster
