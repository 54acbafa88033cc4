// SPDX-License-Identifier: Apache-2.0
// Cumulated sums of ranks over seeded intervals (Kovacs, Li, Buehlmann & Munk 2023, Seeded binary segmentation) find
// the changes; the logarithms of the values on both sides date them. Nothing is drawn at random.
#include "reports/statistics/change_point.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "reports/statistics/change_date.hpp"
#include "reports/statistics/median.hpp"
#include "reports/statistics/prefix_sums.hpp"
#include "reports/statistics/shift.hpp"

namespace muster {

namespace {

using Values = std::span<const double>;

/// A place where the level may have changed.
struct Candidate {
  std::size_t index = 0;
  double p_value = 1;
};

// Rank of each value among all, less the mean rank, mean rank of equal ones: bounded, so that one bad night moves
// little.
std::vector<double> scores_of(Values values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  std::vector<double> scores;
  for (const double value : values) {
    const auto [first, last] = std::ranges::equal_range(sorted, value);
    const auto ahead = static_cast<double>((first - sorted.begin()) - (sorted.end() - last));
    scores.push_back(ahead / 2);
  }
  return scores;
}

// Mean square of value[i + lag] - value[i] without the largest twentieth, in which changes of level and bad nights
// fall: one change is in `lag` of them.
double trimmed_square(Values values, std::size_t lag) {
  std::vector<double> squares;
  for (std::size_t i = lag; i < values.size(); ++i) {
    squares.push_back((values[i] - values[i - lag]) * (values[i] - values[i - lag]));
  }
  std::ranges::sort(squares);
  squares.resize(squares.size() - std::max(squares.size() / 20, lag));
  return std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(squares.size());
}

// Variance of sums over that of independent nights. In a first-order autoregression the squares of differences of lag 2
// and 1 are as (1 - r^2) to (1 - r), so their ratio tells r whatever the level does.
double inflation_of(Values logs) {
  const double first = trimmed_square(logs, 1);
  if (first == 0) return 1;
  constexpr double kMost = 0.9;
  const double correlation = std::clamp(trimmed_square(logs, 2) / first - 1, 0.0, kMost);
  return (1 + correlation) / (1 - correlation);
}

// P(the largest of the standardised sums exceeds `height`) where the change lies between `share` and 1 - `share` of the
// stretch (Vostrikova 1981; Csoergoe & Horvath 1997, Limit Theorems in Change-Point Analysis, A.3). It is of a
// continuous path and so a bound for nights.
double exceedance(double height, double share) {
  const double square = height * height;
  const double length = 2 * std::log((1 - share) / share);
  const double density = height * std::exp(-square / 2) / std::sqrt(2 * std::numbers::pi);
  return height < 1 ? 1 : std::clamp(density * (length * (1 - 1 / square) + 4 / square), 0.0, 1.0);
}

/// The search for changes of level; the series and what is known of all of it.
class Search {
 public:
  Search(Values values, const ChangePointOptions& options);

  void find(Stretch all, std::vector<Candidate>& found) const;

 private:
  Candidate best_of(Stretch stretch) const;
  Candidate best_within(Stretch all) const;

  std::vector<double> scores_;
  PrefixSums sums_;
  PrefixSums squares_;
  double inflation_;
  ChangePointOptions options_;
};

Search::Search(Values logs, const ChangePointOptions& options)
    : scores_(scores_of(logs)),
      sums_(scores_),
      squares_(squares_of(scores_)),
      inflation_(inflation_of(logs)),
      options_(options) {}

// The place that divides the stretch best.
Candidate Search::best_of(Stretch stretch) const {
  const auto count = static_cast<double>(stretch.size());
  const double mean = sums_.over(stretch) / count;
  const double variance = (squares_.over(stretch) / count - mean * mean) * count / (count - 1) * inflation_;
  if (!(variance > 0)) return {};
  Candidate best;
  double highest = 0;
  const std::size_t least = options_.least_nights;
  for (std::size_t index = stretch.begin + least; index + least <= stretch.end; ++index) {
    const auto before = static_cast<double>(index - stretch.begin);
    const double sum = sums_.over({stretch.begin, index}) - mean * before;
    const double height = std::abs(sum) / std::sqrt(before * (count - before) / count * variance);
    if (height <= highest) continue;
    highest = height;
    best.index = index;
  }
  best.p_value = exceedance(highest, static_cast<double>(least) / count);
  return best;
}

// Half of the budget is for the whole stretch, the other half for the shorter ones in it, which see a level that came
// back. Their lengths fall by the square root of 2 and each overlaps its neighbour by half.
Candidate Search::best_within(Stretch all) const {
  Candidate whole = best_of(all);
  std::optional<Candidate> shorter;
  double tried = 0;
  const auto size = static_cast<double>(all.size());
  const auto least = static_cast<double>(4 * options_.least_nights);
  for (double length = size / std::numbers::sqrt2; length >= least; length /= std::numbers::sqrt2) {
    const auto stretches = static_cast<std::size_t>(2 * std::ceil(size / length) - 1);
    const double step = (size - length) / static_cast<double>(stretches - 1);
    for (std::size_t i = 0; i < stretches; ++i, ++tried) {
      const auto begin = all.begin + static_cast<std::size_t>(std::floor(static_cast<double>(i) * step));
      const auto end = std::min(all.end, begin + static_cast<std::size_t>(std::ceil(length)));
      const Candidate candidate = best_of({begin, end});
      if (!shorter || candidate.p_value < shorter->p_value) shorter = candidate;
    }
  }
  whole.p_value = std::min(1.0, 2 * whole.p_value);
  if (!shorter) return whole;
  shorter->p_value = std::min(1.0, 2 * tried * shorter->p_value);
  return shorter->p_value < whole.p_value ? *shorter : whole;
}

void Search::find(Stretch all, std::vector<Candidate>& found) const {
  if (all.size() < 2 * options_.least_nights) return;
  const Candidate best = best_within(all);
  if (best.p_value > options_.false_alarms) return;
  find({all.begin, best.index}, found);
  found.push_back(best);
  find({best.index, all.end}, found);
}

// From the change before, or the beginning, to the change after, or the end.
Stretch around(const std::vector<ChangePoint>& points, std::size_t place, std::size_t count) {
  return {place > 0 ? points[place - 1].index : 0, place + 1 < points.size() ? points[place + 1].index : count};
}

// Dates a change and measures it on what lies between its neighbours.
void refine(std::vector<ChangePoint>& points, std::size_t place, Values values, Values logs, std::size_t least) {
  ChangePoint& point = points[place];
  const Stretch stretch = around(points, place, values.size());
  const double inflation = inflation_of(logs);
  const ChangeDate date = date_change({.logs = logs.subspan(stretch.begin, stretch.size()),
                                       .guess = point.index - stretch.begin,
                                       .least_nights = least,
                                       .inflation = inflation});
  point.index = stretch.begin + date.index;
  point.earliest = stretch.begin + date.earliest;
  point.latest = stretch.begin + date.latest;
  const LogSample before(values.subspan(stretch.begin, point.index - stretch.begin));
  const LogSample after(values.subspan(point.index, stretch.end - point.index));
  const RatioEstimate estimate = estimate_ratio({before, after, inflation});
  point.ratio = estimate.ratio;
  point.low = estimate.low;
  point.high = estimate.high;
}

double size_of(const ChangePoint& point) { return std::abs(std::log(point.ratio)); }

std::vector<double> centred_logs(Values values) {
  std::vector<double> logs;
  for (const double value : values) logs.push_back(std::log(value));
  const double level = median_of(logs);  // sums of squares about it lose no digits
  for (double& value : logs) value -= level;
  return logs;
}

}  // namespace

std::vector<ChangePoint> change_points(Values values, const ChangePointOptions& options) {
  MUSTER_ASSERT(options.least_nights >= 2);
  MUSTER_ASSERT(std::ranges::all_of(values, [](double value) { return std::isfinite(value) && value > 0; }));
  if (values.size() < 2 * options.least_nights) return {};
  const std::vector<double> logs = centred_logs(values);
  std::vector<Candidate> found;
  Search(logs, options).find({0, values.size()}, found);
  std::vector<ChangePoint> points;
  for (const Candidate& candidate : found) points.push_back({.index = candidate.index, .p_value = candidate.p_value});
  // The smallest goes first, so that its neighbours are measured against what is left.
  while (!points.empty()) {
    for (std::size_t i = 0; i < points.size(); ++i) refine(points, i, values, logs, options.least_nights);
    const auto smallest = std::ranges::min_element(points, {}, size_of);
    if (size_of(*smallest) >= std::log1p(options.smallest_change)) break;
    points.erase(smallest);
  }
  return points;
}

}  // namespace muster
