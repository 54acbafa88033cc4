// SPDX-License-Identifier: Apache-2.0
// Normal, binomial and Mann-Whitney distributions, each by the shortest way that keeps its small tails.
#include "reports/statistics/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.hpp"

namespace muster {

namespace {

// P(B <= count) for a count below the mean: the terms fall from here on, so the sum ends soon.
double lower_tail(const Binomial& binomial, int count) {
  if (count < 0) return 0;
  const double n = binomial.trials, k = count;
  const double odds = (1 - binomial.share) / binomial.share;
  double term = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                         k * std::log(binomial.share) + (n - k) * std::log1p(-binomial.share));
  double sum = 0;
  for (int i = count; i >= 0 && term > sum * 1e-17; --i) {
    sum += term;
    term *= i * odds / (n - i + 1);
  }
  return sum;
}

}  // namespace

double normal_tail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

// With c = t / sqrt(t^2 + 4) the tail is 1/2 - 3/4 (c - c^3 / 3) = (1 - c)^2 (2 + c) / 4, and 1 - c = 4 / (s (s + t))
// with s = sqrt(t^2 + 4) loses no digits.
double student_tail(double t) {
  if (t < 0) return 1 - student_tail(-t);
  const double root = std::sqrt(t * t + 4);
  const double missing = 4 / (root * (root + t));
  return missing * missing * (3 - missing) / 4;
}

// The tail falls with z, so halving finds it; 38 is where a double's tail ends.
double normal_quantile(double tail) {
  MUSTER_ASSERT(tail > 0 && tail < 1);
  double low = -38, high = 38;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    (normal_tail(middle) > tail ? low : high) = middle;
  }
}

double binomial_below(const Binomial& binomial, int count) {
  if (count >= binomial.trials) return 1;
  if (count <= binomial.trials * binomial.share) return lower_tail(binomial, count);
  return 1 - lower_tail({binomial.trials, 1 - binomial.share}, binomial.trials - count - 1);
}

// The number of orders with U = u is the coefficient of q^u in the Gaussian binomial, the product over i of
// (1 - q^(n+i)) / (1 - q^i) (Andrews 1976, The Theory of Partitions, 3.2); whole numbers, exact in a double.
std::vector<double> mann_whitney_below(const SampleSizes& sizes) {
  const auto [first, second] = std::minmax(sizes.first, sizes.second);
  MUSTER_ASSERT(first >= 1 && second <= kExactRanking);
  const int half = first * second / 2;
  std::vector<double> below(static_cast<std::size_t>(half) + 1);
  const auto at = [&](int u) -> double& { return below[static_cast<std::size_t>(u)]; };
  at(0) = 1;
  double orders = 1;
  for (int i = 1; i <= first; ++i) {
    for (int u = half; u >= second + i; --u) at(u) -= at(u - second - i);
    for (int u = i; u <= half; ++u) at(u) += at(u - i);
    orders = orders * (second + i) / i;
  }
  for (int u = 1; u <= half; ++u) at(u) += at(u - 1);
  for (double& count : below) count /= orders;
  return below;
}

}  // namespace muster
