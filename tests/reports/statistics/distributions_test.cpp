// SPDX-License-Identifier: Apache-2.0
#include "reports/statistics/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muster {
namespace {

// SciPy 1.17: scipy.stats.norm.sf(z).
TEST(Distributions, The_normal_tail_agrees_with_scipy_far_out) {
  EXPECT_DOUBLE_EQ(normal_tail(0), 0.5);
  EXPECT_NEAR(normal_tail(1) / 0.15865525393145707, 1, 1e-14);
  EXPECT_NEAR(normal_tail(4.15) / 1.6623763729652213e-05, 1, 1e-13);
  EXPECT_NEAR(normal_tail(8) / 6.22096057427174e-16, 1, 1e-13);
  EXPECT_NEAR(normal_tail(20) / 2.7536241186061556e-89, 1, 1e-12);
}

// SciPy 1.17: scipy.stats.norm.isf(p).
TEST(Distributions, The_normal_quantile_agrees_with_scipy) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.025), 1.9599639845400545, 1e-13);
  EXPECT_NEAR(normal_quantile(0.975), -1.9599639845400545, 1e-13);
  EXPECT_NEAR(normal_quantile(1e-5), 4.264890793922825, 1e-13);
  EXPECT_NEAR(normal_quantile(1e-12), 7.034483825301131, 1e-13);
}

// SciPy 1.17: scipy.stats.t.sf(t, 4).
TEST(Distributions, The_tail_of_Students_t_agrees_with_scipy) {
  EXPECT_DOUBLE_EQ(student_tail(0), 0.5);
  EXPECT_NEAR(student_tail(0.5) / 0.32166498159093165, 1, 1e-12);
  EXPECT_NEAR(student_tail(3) / 0.019970984035859413, 1, 1e-12);
  EXPECT_NEAR(student_tail(20) / 1.8441552901498655e-05, 1, 1e-12);
  EXPECT_NEAR(student_tail(1000) / 2.999980000104999e-12, 1, 1e-12);
  EXPECT_DOUBLE_EQ(student_tail(-3), 1 - student_tail(3));
}

struct BinomialReference {
  Binomial binomial;
  int count;
  double below;
};

// SciPy 1.17: scipy.stats.binom.cdf(count, n, share).
TEST(Distributions, Binomial_sums_agree_with_scipy) {
  constexpr BinomialReference kReference[] = {
      {{10, 0.5}, 2, 0.0546875},
      {{100, 0.9}, 95, 0.9762889173365232},
      {{100, 0.99}, 98, 0.2642380210770439},
      {{1000, 0.99}, 980, 0.003288359787727489},
      {{30, 0.1}, 0, 0.042391158275216195},
      {{100000, 0.999}, 99920, 0.9825923230144143},
  };
  for (const auto& [binomial, count, below] : kReference) {
    EXPECT_NEAR(binomial_below(binomial, count) / below, 1, 1e-9) << binomial.trials << " " << count;
  }
  EXPECT_EQ(binomial_below({10, 0.3}, -1), 0);
  EXPECT_EQ(binomial_below({10, 0.3}, 10), 1);
}

// By the recurrence f(m, n, u) = f(m - 1, n, u - n) + f(m, n - 1, u) in Python's whole numbers, summed and divided by
// math.comb(m + n, m).
TEST(Distributions, Mann_Whitney_counts_agree_with_the_recurrence) {
  EXPECT_NEAR(mann_whitney_below({3, 4})[1], 0.05714285714285714, 1e-15);
  EXPECT_NEAR(mann_whitney_below({6, 6})[5], 0.020562770562770564, 1e-15);
  EXPECT_NEAR(mann_whitney_below({10, 12})[29], 0.02128521633165596, 1e-15);
  EXPECT_NEAR(mann_whitney_below({12, 10})[29], 0.02128521633165596, 1e-15);
  EXPECT_NEAR(mann_whitney_below({25, 25})[192], 0.00947417258712186, 1e-15);
}

TEST(Distributions, Half_of_all_orders_lie_on_either_side_of_the_middle) {
  const std::vector<double> below = mann_whitney_below({7, 9});  // 63 pairs: no order lies in the middle
  EXPECT_NEAR(below.back(), 0.5, 1e-15);
}

}  // namespace
}  // namespace muster
