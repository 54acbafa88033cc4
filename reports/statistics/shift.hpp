// SPDX-License-Identifier: Apache-2.0
// By which ratio one sample of positive values differs from another: the Hodges-Lehmann shift of their logarithms with
// the interval and the p-value of the Mann-Whitney test. Assumes no shape; differences.hpp decides what follows.
#pragma once

#include <span>
#include <vector>

namespace muster {

/// Logarithms of positive samples, sorted: what every question below is asked on.
class LogSample {
 public:
  /// At least one sample, all finite and positive (asserted); taken as 1e-30 or 1e30 where they lie beyond.
  explicit LogSample(std::span<const double> samples);

  std::span<const double> sorted() const { return sorted_; }
  std::size_t size() const { return sorted_.size(); }

 private:
  std::vector<double> sorted_;
};

struct LogPair {
  const LogSample& baseline;
  const LogSample& candidate;
  double inflation = 1;  ///< >= 1: variance of the shift over that of independent samples (series.hpp)
};

/// Ratio candidate / baseline of typical values.
struct RatioEstimate {
  double ratio = 1;
  double low = 1, high = 1;  ///< interval of the ratio
  double confidence = 0;     ///< wanted; `reached` may be less with few samples: the interval is then all there is
  double reached = 0;
  double p_value = 1;         ///< two-sided, of "the ratio is 1"
  double standard_error = 0;  ///< of the logarithm of the ratio, from the interval's width
  double least_effect = 0;    ///< 0.03: a change of 3 % would have been seen with a power of 80 % at this confidence
};

/// Exact null distribution where both samples are small, untied and independent, else normal with correction for ties
/// and continuity. O((n + m) log(n + m)) and no memory for the n x m differences.
RatioEstimate estimate_ratio(const LogPair& pair, double confidence = 0.95);

/// 0.03: a change of 3 % is seen at this level with a power of 80 %.
double least_effect(double standard_error, double level);

/// p-value of "candidate / baseline lies between 1 / (1 + margin) and 1 + margin": what is left of a change when all
/// that does not matter is given away first. `margin` 0 asks for any change.
double p_value_beyond(const LogPair& pair, double margin);

/// Fewest samples on each side (equal numbers, complete separation) whose p-value can reach `level` at all.
int samples_to_reach(double level);

}  // namespace muster
