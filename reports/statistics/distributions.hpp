// SPDX-License-Identifier: Apache-2.0
// The distributions behind intervals and p-values. Pure functions; the tests compare them with SciPy.
#pragma once

#include <vector>

namespace muster {

/// P(Z > z) of the standard normal distribution, good far into the tail.
double normal_tail(double z);

/// z with P(Z > z) = tail, for tail in (0, 1) (asserted).
double normal_quantile(double tail);

/// P(T > t) of Student's t with 4 degrees of freedom.
double student_tail(double t);

struct Binomial {
  int trials = 0;
  double share = 0.5;  ///< in (0, 1)
};

/// P(B <= count).
double binomial_below(const Binomial& binomial, int count);

/// Sizes of two samples that are ranked together.
struct SampleSizes {
  int first = 0;
  int second = 0;
};

/// Largest size of either sample for which mann_whitney_below() counts exactly: all numbers of orders stay below 2^53.
inline constexpr int kExactRanking = 25;

/// [u] = P(U <= u) for u = 0 ... first * second / 2, U the Mann-Whitney statistic of two untied samples of one
/// distribution. Both sizes in [1, kExactRanking] (asserted).
std::vector<double> mann_whitney_below(const SampleSizes& sizes);

}  // namespace muster
