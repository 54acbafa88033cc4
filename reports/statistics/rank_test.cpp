// SPDX-License-Identifier: Apache-2.0
// Mann & Whitney 1947; interval by inversion as in Hollander, Wolfe & Chicken 2014, Nonparametric Statistical Methods,
// 4.1 to 4.3; ties as in Lehmann 1975, Nonparametrics, 1.4.
#include "reports/statistics/rank_test.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "reports/statistics/distributions.hpp"

namespace muster {

namespace {

struct DifferenceCounts {
  std::int64_t below = 0;
  std::int64_t equal = 0;
};

// Of all second[j] - first[i] against `shift`: with first[i] both borders in `second` only move up, so one pass does.
DifferenceCounts count_differences(const SortedPair& pair, double shift) {
  DifferenceCounts counts;
  std::size_t below = 0, at_most = 0;
  for (const double base : pair.first) {
    while (below < pair.second.size() && pair.second[below] - base < shift) ++below;
    at_most = std::max(at_most, below);
    while (at_most < pair.second.size() && pair.second[at_most] - base <= shift) ++at_most;
    counts.below += static_cast<std::int64_t>(below);
    counts.equal += static_cast<std::int64_t>(at_most - below);
  }
  return counts;
}

// Sum over groups of t equal values of t^3 - t, when `second` is moved back by `shift` and both are ranked together.
double tie_sum(const SortedPair& pair, double shift) {
  double sum = 0;
  std::size_t i = 0, j = 0;
  while (i < pair.first.size() || j < pair.second.size()) {
    const double first = i < pair.first.size() ? pair.first[i] : std::numeric_limits<double>::infinity();
    const double second = j < pair.second.size() ? pair.second[j] - shift : std::numeric_limits<double>::infinity();
    const double value = std::min(first, second);
    double group = 0;
    for (; i < pair.first.size() && pair.first[i] == value; ++i) ++group;
    for (; j < pair.second.size() && pair.second[j] - shift == value; ++j) ++group;
    sum += group * group * group - group;
  }
  return sum;
}

double pairs_of(const SortedPair& pair) {
  return static_cast<double>(pair.first.size()) * static_cast<double>(pair.second.size());
}

double deviation_of(const SortedPair& pair, double ties) {
  const auto count = static_cast<double>(pair.first.size() + pair.second.size());
  const double variance = pairs_of(pair) / 12 * (count + 1 - ties / (count * (count - 1)));
  return std::sqrt(std::max(0.0, variance) * pair.inflation);
}

bool is_small(const SortedPair& pair) {
  return std::max(pair.first.size(), pair.second.size()) <= kExactRanking && pair.inflation <= 1;
}

SampleSizes sizes_of(const SortedPair& pair) {
  return {static_cast<int>(pair.first.size()), static_cast<int>(pair.second.size())};
}

// P(U >= u) by symmetry of U about half the number of pairs.
double exact_tail(const SortedPair& pair, std::int64_t u) {
  const std::vector<double> below = mann_whitney_below(sizes_of(pair));
  const auto pairs = static_cast<std::int64_t>(pairs_of(pair));
  const std::int64_t mirrored = pairs - u;
  if (mirrored < static_cast<std::int64_t>(below.size())) return below[static_cast<std::size_t>(mirrored)];
  return u == 0 ? 1 : 1 - below[static_cast<std::size_t>(u - 1)];
}

// P(U >= u), where `u` counts equal pairs as halves.
double upper_tail(const SortedPair& pair, double u, double ties) {
  if (is_small(pair) && ties == 0) return exact_tail(pair, static_cast<std::int64_t>(u));
  const double deviation = deviation_of(pair, ties);
  if (deviation == 0) return 1;  // all values are equal
  return normal_tail((u - pairs_of(pair) / 2 - 0.5) / deviation);
}

// Doubles in their order as whole numbers in theirs.
std::int64_t order_of(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);  // -0 becomes 0
  return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
}

double value_of(std::int64_t order) {
  return std::bit_cast<double>(order >= 0 ? order : std::numeric_limits<std::int64_t>::min() - order);
}

}  // namespace

double p_value_above(const SortedPair& pair, double shift) {
  const auto [below, equal] = count_differences(pair, shift);
  const double u = pairs_of(pair) - static_cast<double>(below) - static_cast<double>(equal) / 2;
  return upper_tail(pair, u, tie_sum(pair, shift));
}

double p_value_below(const SortedPair& pair, double shift) {
  const auto [below, equal] = count_differences(pair, shift);
  return upper_tail(pair, static_cast<double>(below) + static_cast<double>(equal) / 2, tie_sum(pair, shift));
}

double difference_of_rank(const SortedPair& pair, std::int64_t rank) {
  MUSTER_ASSERT(rank >= 1 && static_cast<double>(rank) <= pairs_of(pair));
  std::int64_t low = order_of(pair.second.front() - pair.first.back());
  std::int64_t high = order_of(pair.second.back() - pair.first.front());
  while (low < high) {
    const std::int64_t middle = std::midpoint(low, high);  // towards `low`
    const auto [below, equal] = count_differences(pair, value_of(middle));
    if (below + equal >= rank) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return value_of(low);
}

RankInterval enclose_shift(const SortedPair& pair, double confidence) {
  const double miss = (1 - confidence) / 2;
  if (is_small(pair)) {
    const std::vector<double> below = mann_whitney_below(sizes_of(pair));
    const auto wanted = std::ranges::upper_bound(below, miss) - below.begin();
    const std::int64_t rank = std::max<std::int64_t>(1, wanted);
    return {rank, 1 - 2 * std::min(0.5, below[static_cast<std::size_t>(rank - 1)])};
  }
  const double deviation = deviation_of(pair, 0);
  const double wanted = std::floor(pairs_of(pair) / 2 - normal_quantile(miss) * deviation);
  if (wanted >= 1) return {static_cast<std::int64_t>(wanted), confidence};
  return {1, 1 - 2 * normal_tail(std::max(0.0, (pairs_of(pair) / 2 - 1) / deviation))};
}

}  // namespace muster
