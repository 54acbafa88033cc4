// SPDX-License-Identifier: Apache-2.0
// Mann-Whitney: how two sorted samples are ordered among each other, and the order statistics of their differences.
// Under shift.hpp and series.hpp; works on any finite values.
#pragma once

#include <cstdint>
#include <span>

namespace muster {

/// Both ascend and hold at least one finite value (asserted by the functions below in O(1) where they can).
struct SortedPair {
  std::span<const double> first;
  std::span<const double> second;
  double inflation = 1;  ///< >= 1: variance of the statistic over that of independent samples
};

/// P(second - first tends as far above `shift` as it does | it tends to `shift`): one-sided. Exact where both samples
/// are small, untied and independent, else normal with correction for ties and continuity.
double p_value_above(const SortedPair& pair, double shift);
/// The same of "as far below".
double p_value_below(const SortedPair& pair, double shift);

/// The k-th smallest, k from 1, of all differences second[j] - first[i]; exact, by halving the range of doubles and
/// counting in O(n + m), so that the n x m differences are never stored.
double difference_of_rank(const SortedPair& pair, std::int64_t rank);

/// Ranks k and n m + 1 - k of the differences that enclose the shift.
struct RankInterval {
  std::int64_t rank = 1;  ///< k
  double coverage = 0;    ///< below what was wanted where even k = 1 does not reach it
};

/// By inversion of the two-sided test.
RankInterval enclose_shift(const SortedPair& pair, double confidence);

}  // namespace muster
