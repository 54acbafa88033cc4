// SPDX-License-Identifier: Apache-2.0
// Hodges & Lehmann 1963: the shift is the median of all differences, here of logarithms, so that it is a ratio.
#include "reports/statistics/shift.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "reports/statistics/distributions.hpp"
#include "reports/statistics/rank_test.hpp"

namespace muster {

namespace {

SortedPair sorted_of(const LogPair& pair) {
  MUSTER_ASSERT(pair.inflation >= 1);
  return {pair.baseline.sorted(), pair.candidate.sorted(), pair.inflation};
}

double median_difference(const SortedPair& pair) {
  const auto pairs = static_cast<std::int64_t>(pair.first.size()) * static_cast<std::int64_t>(pair.second.size());
  const double low = difference_of_rank(pair, (pairs + 1) / 2);
  return pairs % 2 == 1 ? low : std::midpoint(low, difference_of_rank(pair, pairs / 2 + 1));
}

// Nothing that is measured lies outside, and the ratio of two values inside is finite.
constexpr double kSmallest = 1e-30, kLargest = 1e30;
// Of a logarithm: anything is possible.
constexpr double kUnknownError = 100;

double two_sided(double above, double below) { return std::min(1.0, 2 * std::min(above, below)); }

}  // namespace

LogSample::LogSample(std::span<const double> samples) {
  MUSTER_ASSERT(!samples.empty());
  MUSTER_ASSERT(std::ranges::all_of(samples, [](double sample) { return std::isfinite(sample) && sample > 0; }));
  sorted_.reserve(samples.size());
  for (const double sample : samples) sorted_.push_back(std::log(std::clamp(sample, kSmallest, kLargest)));
  std::ranges::sort(sorted_);
}

RatioEstimate estimate_ratio(const LogPair& pair, double confidence) {
  const SortedPair sorted = sorted_of(pair);
  const auto pairs = static_cast<std::int64_t>(pair.baseline.size() * pair.candidate.size());
  const auto [rank, reached] = enclose_shift(sorted, confidence);
  const double low = difference_of_rank(sorted, rank);
  const double high = difference_of_rank(sorted, pairs + 1 - rank);
  RatioEstimate estimate{.ratio = std::exp(median_difference(sorted)),
                         .low = std::exp(low),
                         .high = std::exp(high),
                         .confidence = confidence,
                         .reached = reached,
                         .p_value = two_sided(p_value_above(sorted, 0), p_value_below(sorted, 0))};
  estimate.standard_error = reached > 0 ? (high - low) / 2 / normal_quantile((1 - reached) / 2) : kUnknownError;
  estimate.least_effect = least_effect(estimate.standard_error, 1 - confidence);
  return estimate;
}

double least_effect(double standard_error, double level) {
  constexpr double kMissed = 0.2;  // power 80 %
  return std::expm1(std::min(kUnknownError, (normal_quantile(level / 2) + normal_quantile(kMissed)) * standard_error));
}

double p_value_beyond(const LogPair& pair, double margin) {
  const SortedPair sorted = sorted_of(pair);
  const double shift = std::log1p(margin);
  return two_sided(p_value_above(sorted, shift), p_value_below(sorted, -shift));
}

// Of C(2n, n) orders two are completely separated.
int samples_to_reach(double level) {
  double orders = 2;
  int count = 1;
  for (; 2 / orders > level; ++count) orders *= 2.0 * (2 * count + 1) / (count + 1);
  return count;
}

}  // namespace muster
