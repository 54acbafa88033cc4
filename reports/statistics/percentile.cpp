// SPDX-License-Identifier: Apache-2.0
// The number of samples below the percentile is binomial, whatever the distribution (David & Nagaraja 2003, 7.1): two
// order statistics enclose it with a probability that follows from their ranks alone.
#include "reports/statistics/percentile.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "reports/statistics/distributions.hpp"

namespace muster {

namespace {

// Largest count with P(B <= count) <= miss, or -1.
int largest_below(const Binomial& binomial, double miss) {
  int low = -1, high = binomial.trials;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (binomial_below(binomial, middle) <= miss ? low : high) = middle;
  }
  return low;
}

}  // namespace

// x_(l) is too high when fewer than l samples lie below the percentile, x_(u) too low when at least u do.
PercentileInterval percentile_interval(std::span<const double> sorted, double share, double confidence) {
  MUSTER_ASSERT(!sorted.empty() && share > 0 && share < 1 && confidence > 0 && confidence < 1);
  MUSTER_ASSERT(std::ranges::is_sorted(sorted));
  const auto count = static_cast<int>(sorted.size());
  const double miss = (1 - confidence) / 2;
  const Binomial below{count, share};
  const Binomial above{count, 1 - share};
  const int skipped_below = largest_below(below, miss);
  const int skipped_above = largest_below(above, miss);
  // A product such as 0.95 x 20 must not round up to the next rank.
  const int rank = std::clamp(static_cast<int>(std::ceil(share * count - 1e-9)), 1, count);
  PercentileInterval interval{.value = sorted[static_cast<std::size_t>(rank - 1)], .coverage = 1};
  if (skipped_below >= 0) {
    interval.low = sorted[static_cast<std::size_t>(skipped_below)];
    interval.coverage -= binomial_below(below, skipped_below);
  }
  if (skipped_above >= 0) {
    interval.high = sorted[static_cast<std::size_t>(count - 1 - skipped_above)];
    interval.coverage -= binomial_below(above, skipped_above);
  }
  return interval;
}

}  // namespace muster
