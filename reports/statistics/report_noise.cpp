// SPDX-License-Identifier: Apache-2.0
// Medians over the cases of a report, which a few cases that really changed do not move.
#include "reports/statistics/report_noise.hpp"

#include <algorithm>
#include <cmath>

#include "reports/statistics/median.hpp"

namespace muster {

namespace {

// Of a logarithm; a series that changes a thousandfold by itself tells nothing more when it changes more.
constexpr double kLargestAllowance = 7;

// The variance of the shift over that of as many independent samples.
double inflation_of(const CheckedPair& pair) {
  const auto& [baseline, candidate] = pair;
  const double independent = 1.0 / baseline.count + 1.0 / candidate.count;
  return std::max(1.0, (1 / baseline.effective_samples + 1 / candidate.effective_samples) / independent);
}

// A drift moves the level by half of itself either way.
double drift_of(const SeriesCheck& check) { return check.drift ? std::log1p(std::abs(check.drift->change)) / 2 : 0; }

// Of two kinds of samples another run may show only one.
double gap_of(const SeriesCheck& check) { return check.modes ? std::log1p(check.modes->gap) : 0; }

// The gap that a series of a single kind may have to its twin. Noise of one kind alone is taken for two in less than
// one series of two hundred (docs/verdict-rates.md).
double common_gap(std::span<const CheckedPair> pairs) {
  constexpr std::size_t kLeast = 4;
  constexpr double kLeastShare = 0.05;
  std::vector<double> gaps;
  for (const auto& [baseline, candidate] : pairs) {
    for (const SeriesCheck* check : {&baseline, &candidate}) {
      if (check->modes) gaps.push_back(gap_of(*check));
    }
  }
  const double share = static_cast<double>(gaps.size()) / (2 * static_cast<double>(pairs.size()));
  return gaps.size() < kLeast || share < kLeastShare ? 0 : median_of(std::move(gaps));
}

constexpr double kNormalMedian = 0.6745;  // of |Z|

// Median of |shift - median shift| in units of the error and the spread together.
double typical_deviation(std::span<const ShiftError> shifts, double spread) {
  std::vector<double> values, scaled;
  for (const ShiftError& each : shifts) values.push_back(each.shift);
  const double centre = median_of(std::move(values));
  for (const auto& [shift, error] : shifts) {
    const double deviation = std::hypot(error, spread);
    scaled.push_back(deviation > 0 ? std::abs(shift - centre) / deviation : 0);
  }
  return median_of(std::move(scaled));
}

}  // namespace

std::vector<PairNoise> noise_of(std::span<const CheckedPair> pairs) {
  if (pairs.empty()) return {};
  std::vector<double> inflations;
  for (const CheckedPair& pair : pairs) inflations.push_back(inflation_of(pair));
  const double common_inflation = median_of(inflations);
  const double gap = common_gap(pairs);
  std::vector<PairNoise> noise;
  for (const auto& pair : pairs) {
    const double modes = std::max({gap, gap_of(pair.baseline), gap_of(pair.candidate)});
    const double allowance = drift_of(pair.baseline) + drift_of(pair.candidate) + modes;
    noise.push_back({.inflation = std::max(common_inflation, inflation_of(pair)),
                     .allowance = std::min(kLargestAllowance, allowance)});
  }
  return noise;
}

double run_spread_of(std::span<const ShiftError> shifts) {
  constexpr std::size_t kLeastCases = 12;
  constexpr double kLargest = 0.1;  // more is no noise between runs of a machine that is worth comparing
  if (shifts.size() < kLeastCases) return 0;
  std::vector<ShiftError> precise(shifts.begin(), shifts.end());
  std::ranges::stable_sort(precise, {}, &ShiftError::error);
  precise.resize(precise.size() / 2);
  double low = 0, high = kLargest;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (typical_deviation(precise, middle) > kNormalMedian ? low : high) = middle;
  }
  // Where the errors explain nearly all, what is left is their own uncertainty.
  return low < precise[precise.size() / 2].error * 3 / 4 ? 0 : low;
}

}  // namespace muster
