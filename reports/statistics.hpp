// SPDX-License-Identifier: Apache-2.0
// Summaries of timed samples that do not assume a shape of their distribution. Formulas and sources: docs/metrics.md.
#pragma once

#include <span>

namespace muster {

struct Summary {
  int count = 0;
  double min = 0, max = 0, mean = 0;
  double median = 0;
  double low = 0, high = 0;  ///< interval of the median by order statistics, coverage >= `confidence`
  double confidence = 0;     ///< what the interval really covers; below 0.95 when there are fewer than 6 samples
  double p50 = 0, p90 = 0, p99 = 0;  ///< nearest rank
};

/// Summary of at least one finite sample (asserted). Same unit in and out.
Summary summarise(std::span<const double> samples);

/// The same with an interval as wide as `effective` independent samples would give it, in [1, size] (asserted):
/// neighbouring samples that resemble each other tell less than their number says (statistics/series.hpp).
Summary summarise(std::span<const double> samples, int effective);

/// (high - low) / median: what `precision` of a plan bounds.
double relative_width(const Summary& summary);

/// Samples needed so that the interval of the median has at most this relative width, from a pilot of the same kind:
/// the width shrinks with 1/sqrt(n). At least the pilot's size; clamped to [at_least, at_most].
int samples_for_precision(std::span<const double> pilot, double precision, int at_least, int at_most);

}  // namespace muster
