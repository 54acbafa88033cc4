// SPDX-License-Identifier: Apache-2.0
// The probability of each night, and the week that holds most of it.
#include "reports/statistics/change_date.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/statistics/median.hpp"
#include "reports/statistics/prefix_sums.hpp"

namespace muster {

namespace {

using Values = std::span<const double>;

// Values further than three deviations from the levels on both sides count as three, so that a bad night dates nothing.
std::vector<double> without_outliers(Values logs, std::size_t guess) {
  const double before = median_of({logs.begin(), logs.begin() + static_cast<std::ptrdiff_t>(guess)});
  const double after = median_of({logs.begin() + static_cast<std::ptrdiff_t>(guess), logs.end()});
  std::vector<double> distances;
  for (std::size_t i = 0; i < logs.size(); ++i) distances.push_back(std::abs(logs[i] - (i < guess ? before : after)));
  constexpr double kDeviations = 3 * 1.4826;  // median distance to standard deviation of a normal distribution
  const double reach = kDeviations * median_of(std::move(distances));
  std::vector<double> clipped;
  for (const double value : logs) {
    clipped.push_back(std::clamp(value, std::min(before, after) - reach, std::max(before, after) + reach));
  }
  return clipped;
}

// The probability of each place given the values, for normal noise around two unknown levels (Smith 1975). The most
// probable single night is right within three nights less often than the middle of the most probable week.
std::vector<double> probabilities_of(Values values, std::size_t least, double inflation) {
  const PrefixSums sums(values), squares(squares_of(values));
  const Stretch all{0, values.size()};
  const auto count = static_cast<double>(values.size());
  std::vector<double> residuals(values.size(), INFINITY);
  for (std::size_t i = least; i + least <= values.size(); ++i) {
    const auto before = static_cast<double>(i);
    const double first = sums.over({0, i}), second = sums.over({i, values.size()});
    residuals[i] = squares.over(all) - first * first / before - second * second / (count - before);
  }
  const double smallest = *std::ranges::min_element(residuals);
  const double variance = std::max(smallest, 1e-300) / (count - 2) * inflation;
  std::vector<double> probabilities(values.size());
  for (std::size_t i = least; i + least <= values.size(); ++i) {
    const auto before = static_cast<double>(i);
    probabilities[i] =
        std::exp((smallest - residuals[i]) / 2 / variance) / std::sqrt(before * (count - before) / count);
  }
  return probabilities;
}

}  // namespace

ChangeDate date_change(const OneChange& change) {
  const std::size_t least = change.least_nights, count = change.logs.size();
  const std::vector<double> clipped = without_outliers(change.logs, change.guess);
  const std::vector<double> probabilities = probabilities_of(clipped, least, change.inflation);
  const PrefixSums mass(probabilities);
  constexpr std::size_t kHalfWeek = 3;
  constexpr double kMissed = 0.025;
  const auto week_of = [&](std::size_t i) {
    return mass.over({i - std::min(i, kHalfWeek), std::min(count, i + kHalfWeek + 1)});
  };
  double most = 0;
  for (std::size_t i = least; i + least <= count; ++i) most = std::max(most, week_of(i));
  // Around a clear step seven weeks hold all of it: of equal ones the most probable night is the middle.
  constexpr double kEqual = 1e-3;
  ChangeDate date{.index = change.guess};
  double highest = -1;
  for (std::size_t i = least; i + least <= count; ++i) {
    if (week_of(i) < (1 - kEqual) * most || probabilities[i] <= highest) continue;
    highest = probabilities[i];
    date.index = i;
  }
  const double missed = kMissed * mass.over({0, count});
  date.earliest = date.latest = date.index;
  while (date.earliest > least && mass.over({0, date.earliest}) > missed) --date.earliest;
  while (date.latest + least < count && mass.over({date.latest + 1, count}) > missed) ++date.latest;
  return date;
}

}  // namespace muster
