// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/percentile.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace muster {
namespace {

struct PercentileReference {
  int count;
  double share;
  std::optional<double> low, high;
  double coverage;
};

// SciPy 1.17: scipy.stats.quantile_test(numpy.arange(1, n + 1), q=numpy.quantile(x, share), p=share)
// .confidence_interval(0.95), where nan is "no bound"; coverage from scipy.stats.binom.cdf.
TEST(Percentile, Intervals_agree_with_scipy) {
  const PercentileReference references[] = {{100, 0.9, 84, 96, 0.955690107191223},
                                            {100, 0.99, 97, std::nullopt, 0.9816259635553503},
                                            {1000, 0.99, 983, 997, 0.976094763497977},
                                            {30, 0.5, 10, 21, 0.9572260547429323},
                                            {12, 0.1, std::nullopt, 5, 0.99567065673}};
  for (const auto& [count, share, low, high, coverage] : references) {
    std::vector<double> samples(static_cast<std::size_t>(count));
    std::iota(samples.begin(), samples.end(), 1.0);
    const PercentileInterval interval = percentile_interval(samples, share);
    EXPECT_EQ(interval.low, low) << count << " " << share;
    EXPECT_EQ(interval.high, high) << count << " " << share;
    EXPECT_NEAR(interval.coverage, coverage, 1e-10) << count << " " << share;
  }
}

TEST(Percentile, The_value_is_the_nearest_rank_and_does_not_round_up_by_an_error_of_the_last_bit) {
  std::vector<double> samples(20);
  std::iota(samples.begin(), samples.end(), 1.0);
  EXPECT_EQ(percentile_interval(samples, 0.95).value, 19);
  EXPECT_EQ(percentile_interval(samples, 0.96).value, 20);
  EXPECT_EQ(percentile_interval(samples, 0.01).value, 1);
}

TEST(Percentile, One_sample_bounds_nothing) {
  const PercentileInterval interval = percentile_interval(std::vector<double>{3}, 0.5);
  EXPECT_EQ(interval.value, 3);
  EXPECT_FALSE(interval.low || interval.high);
}

}  // namespace
}  // namespace muster
