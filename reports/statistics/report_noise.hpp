// SPDX-License-Identifier: Apache-2.0
// What the cases of a report tell about each other: they ran on one machine, so what its noise does in many of them it
// may do in any. Under differences.hpp.
#pragma once

#include <span>
#include <vector>

#include "reports/statistics/series.hpp"

namespace muster {

/// What the two series of one case show.
struct CheckedPair {
  SeriesCheck baseline, candidate;
};

struct PairNoise {
  double inflation = 1;  ///< >= 1: variance of the shift over that of independent samples
  double allowance = 0;  ///< of the logarithm of the ratio: what the series do by themselves
};

/// In the order of `pairs`. The inflation is that of both series together, and no smaller than that of half of all
/// cases: a short series may hide its autocorrelation, three hundred do not. Where several series are of two kinds, one
/// that shows a single kind may have met the other one in its twin.
std::vector<PairNoise> noise_of(std::span<const CheckedPair> pairs);

/// The shift of one case with its error, both of logarithms.
struct ShiftError {
  double shift = 0;
  double error = 0;
};

/// Spread of shifts from run to run beyond their errors, from all cases of a report; 0 with fewer than 12, or where it
/// is less than 3/4 of an error. What makes the median of |shift - median| / sqrt(error^2 + spread^2) that of normal
/// noise, over the more precise half of the cases: imprecise ones hide it. Cases that really changed are few and move
/// no median, and if all changed alike the median shift takes it up.
double run_spread_of(std::span<const ShiftError> shifts);

}  // namespace muster
