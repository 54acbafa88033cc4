// SPDX-License-Identifier: Apache-2.0
// Order statistics: medians, their distribution-free interval (David & Nagaraja, Order Statistics, section 7.1) and
// nearest-rank percentiles. Nothing here knows what a sample means.
#include "reports/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.hpp"

namespace muster {

namespace {

constexpr double kWantedCoverage = 0.95;

// The k-th smallest and the k-th largest sample enclose the median with this probability.
struct Enclosure {
  int rank;  // k, from 1
  double coverage;
};

// C(n, i) / C(n, n / 2) for i = n / 2, n / 2 - 1, ...: falls by a factor per step, so nothing overflows and the sums
// are good to 13 digits for any n. Ends where the rest is below the last bit of a double.
std::vector<double> relative_binomials(int count) {
  std::vector<double> weights = {1};
  for (int i = count / 2; i > 0 && weights.back() > 1e-20; --i) {
    weights.push_back(weights.back() * i / (count - i + 1));
  }
  return weights;
}

// The narrowest symmetric pair of order statistics that still covers the median with 95 %: the largest k with
// 1 - 2 P(B < k) >= 0.95, B ~ Binomial(n, 1/2). Fewer than 6 samples have none; their whole range is taken (k = 1).
Enclosure enclose_median(int count) {
  const std::vector<double> weights = relative_binomials(count);
  const double half = std::accumulate(weights.rbegin(), weights.rend(), 0.0);
  const double total = count % 2 == 0 ? 2 * half - weights.front() : 2 * half;
  Enclosure best = {1, 1 - std::ldexp(2, -count)};
  double tail = 0;  // P(B < k) x total, from the far end so that small terms are not lost
  for (int at = static_cast<int>(weights.size()) - 1; at >= 0; --at) {
    tail += weights[static_cast<std::size_t>(at)];
    const double coverage = 1 - 2 * tail / total;
    if (coverage < kWantedCoverage) break;
    best = {count / 2 - at + 1, coverage};
  }
  return best;
}

// The rank that lies as far from the middle, as a share of all samples, as it would among `effective` ones.
Enclosure enclose_median(int count, int effective) {
  const Enclosure among = enclose_median(effective);
  const auto wide = [](int value) { return static_cast<std::int64_t>(value); };
  const std::int64_t twice =
      (wide(count) + 1) * effective - (wide(effective) + 1 - 2 * wide(among.rank)) * count;  // the rank times 2 n_e
  return {static_cast<int>(std::max<std::int64_t>(1, twice / (2 * wide(effective)))), among.coverage};
}

double nearest_rank(const std::vector<double>& sorted, std::size_t percent) {
  return sorted[(percent * sorted.size() + 99) / 100 - 1];
}

}  // namespace

Summary summarise(std::span<const double> samples) { return summarise(samples, static_cast<int>(samples.size())); }

Summary summarise(std::span<const double> samples, int effective) {
  MUSTER_ASSERT(!samples.empty());
  MUSTER_ASSERT(1 <= effective && static_cast<std::size_t>(effective) <= samples.size());
  MUSTER_ASSERT(std::ranges::all_of(samples, [](double sample) { return std::isfinite(sample); }));
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  const std::size_t size = sorted.size();
  const Enclosure enclosure = enclose_median(static_cast<int>(size), effective);
  const auto rank = static_cast<std::size_t>(enclosure.rank);
  return {.count = static_cast<int>(size),
          .min = sorted.front(),
          .max = sorted.back(),
          .mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(size),
          .median = std::midpoint(sorted[(size - 1) / 2], sorted[size / 2]),
          .low = sorted[rank - 1],
          .high = sorted[size - rank],
          .confidence = enclosure.coverage,
          .p50 = nearest_rank(sorted, 50),
          .p90 = nearest_rank(sorted, 90),
          .p99 = nearest_rank(sorted, 99)};
}

double relative_width(const Summary& summary) {
  const double width = summary.high - summary.low;
  if (width == 0) return 0;
  return summary.median > 0 ? width / summary.median : std::numeric_limits<double>::infinity();
}

int samples_for_precision(std::span<const double> pilot, double precision, int at_least, int at_most) {
  MUSTER_ASSERT(precision > 0);
  MUSTER_ASSERT(at_least <= at_most);
  const Summary summary = summarise(pilot);
  const double shrink = std::max(1.0, relative_width(summary) / precision);
  const double wanted = std::ceil(summary.count * shrink * shrink);
  return static_cast<int>(std::clamp<double>(wanted, at_least, at_most));
}

}  // namespace muster
