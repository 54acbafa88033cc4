// SPDX-License-Identifier: Apache-2.0
// Spread: Qn (Rousseeuw & Croux 1993, Alternatives to the Median Absolute Deviation), which a bad night in four does
// not move much. Student's t from the normal: Wallace 1959, Bounds on Normal Approximations to Student's.
#include "reports/history/series_check.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "reports/statistics/distributions.hpp"
#include "reports/statistics/median.hpp"
#include "reports/statistics/shift.hpp"

namespace muster {

namespace {

constexpr double kQnNormal = 2.2219;    // makes Qn the standard deviation of normal values
constexpr double kQnEfficiency = 0.82;  // it is as sure as the usual one of 0.82 n values
constexpr double kLeastSpread = 1e-9;   // nights that agree to nine digits are one number
constexpr double kSurelyAway = 0.0005;  // of the nights of a level lie so far away on one side
constexpr double kConfidenceTail = 0.025;
constexpr double kPowerSigmas = 0.8416;  // normal quantile of 80 %

// Robust standard deviation of at least two values.
double qn_of(const std::vector<double>& values) {
  std::vector<double> distances;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) distances.push_back(std::abs(values[i] - values[j]));
  }
  const std::size_t half = values.size() / 2 + 1;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(half * (half - 1) / 2 - 1);
  std::ranges::nth_element(distances, middle);
  const auto count = static_cast<double>(values.size());
  const double small_samples = count / (count + (values.size() % 2 == 1 ? 1.4 : 3.8));
  return kQnNormal * small_samples * *middle;
}

double wallace_factor(double degrees) { return (8 * degrees + 3) / (8 * degrees + 1); }

// P(T > t) of Student's distribution, t >= 0.
double student_tail(double t, double degrees) {
  return normal_tail(std::sqrt(degrees * std::log1p(t * t / degrees)) / wallace_factor(degrees));
}

double student_quantile(double tail, double degrees) {
  const double z = normal_quantile(tail) * wallace_factor(degrees);
  return std::sqrt(degrees * std::expm1(z * z / degrees));
}

// Of the logarithm of a night's median, from its own interval of 95 %.
double error_of(const NightValue& value) {
  if (!(value.low > 0 && value.high >= value.low)) return 0;
  return std::log(value.high / value.low) / (2 * normal_quantile(kConfidenceTail));
}

std::vector<double> medians_of(const std::vector<NightValue>& values) {
  std::vector<double> medians;
  for (const NightValue& value : values) medians.push_back(value.median);
  return medians;
}

std::vector<double> logs_of(const std::vector<NightValue>& values) {
  std::vector<double> logs;
  for (const NightValue& value : values) logs.push_back(std::log(value.median));
  return logs;
}

NightShift shift_of(const std::vector<NightValue>& level, const NightValue& tonight, double smallest_effect) {
  const std::vector<double> logs = logs_of(level);
  std::vector<double> errors;
  for (const NightValue& value : level) errors.push_back(error_of(value));
  const auto count = static_cast<double>(logs.size());
  NightShift shift;
  shift.spread = std::max({qn_of(logs), median_of(errors), kLeastSpread});
  shift.night_error = error_of(tonight);
  shift.degrees = kQnEfficiency * (count - 1);
  // The median of n normal values has pi / 2 times the variance of their mean.
  shift.deviation =
      std::hypot(std::max(shift.spread, shift.night_error), shift.spread * std::sqrt(std::numbers::pi / 2 / count));
  const double distance = std::log(tonight.median) - median_of(logs);
  const double excess = std::abs(distance) - std::log1p(smallest_effect);
  if (excess > 0) {
    shift.p_value = std::min(1.0, 2 * student_tail(excess / shift.deviation, shift.degrees));
  }
  const double width = student_quantile(kConfidenceTail, shift.degrees) * shift.deviation;
  shift.ratio = std::exp(distance);
  shift.low = std::exp(distance - width);
  shift.high = std::exp(distance + width);
  return shift;
}

/// A series with what is known of its changes, by places in `values`.
class Assessor {
 public:
  Assessor(const NightSeries& series, BaselineKind kind, const AssessmentOptions& options)
      : values_(series.values),
        medians_(medians_of(values_)),
        points_(change_points(medians_, options.changes)),
        smallest_effect_(options.smallest_effect) {
    std::size_t baseline_end = 0;
    for (std::size_t i = 0; i + 1 < values_.size(); ++i) {
      if (!values_[i].is_baseline) continue;
      if (baseline_.empty()) begin_ = i;
      baseline_.push_back(values_[i]);
      baseline_end = i + 1;
    }
    MUSTER_ASSERT(!baseline_.empty());
    if (kind == BaselineKind::window) baseline_end = divide();
    while (after_ < points_.size() && points_[after_].index < baseline_end) ++after_;
  }

  SeriesAssessment assess() const;

 private:
  std::size_t divide();
  NightChange change_of(const ChangePoint& point) const;
  std::size_t first_cause(double ratio) const;
  NightChange level_since(std::size_t index) const;
  std::optional<NightExcursion> excursion() const;
  std::size_t run_up_to(std::size_t last, double log_level) const;
  void assess_tonight(const std::vector<NightValue>& level, SeriesAssessment& assessment) const;

  const std::vector<NightValue>& values_;
  std::vector<double> medians_;
  std::vector<ChangePoint> points_;
  double smallest_effect_;
  std::vector<NightValue> baseline_;
  std::size_t begin_ = 0;  // of the baseline
  std::size_t after_ = 0;  // first of the points after the baseline
};

// A change within the window ends the baseline there. It keeps its number of nights by reaching further back, as far as
// the level it began with.
std::size_t Assessor::divide() {
  std::size_t level_begin = 0;
  for (const ChangePoint& point : points_) {
    if (point.index > begin_) {
      const std::size_t wanted = std::min(baseline_.size(), point.index - level_begin);
      const auto end = values_.begin() + static_cast<std::ptrdiff_t>(point.index);
      baseline_.assign(end - static_cast<std::ptrdiff_t>(wanted), end);
      return point.index;
    }
    level_begin = point.index;
  }
  return begin_ + 1;
}

NightChange Assessor::change_of(const ChangePoint& point) const {
  return {.before = values_[point.index - 1].night,
          .after = values_[point.index].night,
          .earliest = values_[point.earliest].night,
          .latest = values_[point.latest].night,
          .ratio = point.ratio,
          .low = point.low,
          .high = point.high};
}

// Since when: the first of the last changes that all went the way the level has gone.
std::size_t Assessor::first_cause(double ratio) const {
  const auto goes_along = [&](std::size_t place) { return (points_[place].ratio > 1) == (ratio > 1); };
  std::size_t place = points_.size() - 1;
  while (place > after_ && !goes_along(place)) --place;
  while (place > after_ && goes_along(place - 1)) --place;
  return place;
}

NightChange Assessor::level_since(std::size_t index) const {
  const LogSample before(medians_of(baseline_));
  const LogSample now(std::span<const double>(medians_).subspan(index));
  const RatioEstimate estimate = estimate_ratio({before, now});
  NightChange level = change_of(points_[first_cause(estimate.ratio)]);
  level.ratio = estimate.ratio;
  level.low = estimate.low;
  level.high = estimate.high;
  return level;
}

// The latest level before an earlier change that the level of today is like.
std::optional<NightExcursion> Assessor::excursion() const {
  const auto level_of = [&](std::size_t begin, std::size_t end) {
    return median_of(
        {medians_.begin() + static_cast<std::ptrdiff_t>(begin), medians_.begin() + static_cast<std::ptrdiff_t>(end)});
  };
  const std::size_t since = points_.back().index;
  const double today = level_of(since, medians_.size());
  for (std::size_t place = points_.size() - 1; place-- > 0;) {
    const double then = level_of(place > 0 ? points_[place - 1].index : 0, points_[place].index);
    if (std::abs(std::log(today / then)) > std::log1p(smallest_effect_)) continue;
    const double between = level_of(points_[place].index, since);
    return NightExcursion{values_[points_[place].index].night, values_[since - 1].night, between / then};
  }
  return std::nullopt;
}

// First of the values in a row up to `last` that lie more than half as far from the level as that one.
std::size_t Assessor::run_up_to(std::size_t last, double log_level) const {
  const auto distance = [&](std::size_t place) { return std::log(medians_[place]) - log_level; };
  std::size_t first = last;
  while (first > 1 && distance(first - 1) / distance(last) > 0.5) --first;
  return first;
}

// What only a few nights tell, too few for a change of level.
void Assessor::assess_tonight(const std::vector<NightValue>& level, SeriesAssessment& assessment) const {
  NightShift shift = shift_of(level, values_.back(), smallest_effect_);
  const std::size_t last = values_.size() - 1;
  const double log_level = std::log(medians_[last] / shift.ratio);
  const std::size_t first = run_up_to(last, log_level);
  shift.before = values_[first - 1].night;
  shift.since = values_[first].night;
  const double away = std::log(medians_[last - 1]) - log_level;
  const double far = std::log1p(smallest_effect_) + student_quantile(kSurelyAway, shift.degrees) * shift.deviation;
  if (!assessment.excursion && std::abs(away) > far) {
    assessment.excursion =
        NightExcursion{values_[run_up_to(last - 1, log_level)].night, values_[last - 1].night, std::exp(away)};
  }
  assessment.tonight = shift;
}

SeriesAssessment Assessor::assess() const {
  SeriesAssessment assessment;
  assessment.baseline_nights = baseline_.size();
  assessment.baseline = median_of(medians_of(baseline_));
  for (const ChangePoint& point : points_) assessment.changes.push_back(change_of(point));
  std::vector<NightValue> expected = baseline_;
  if (after_ < points_.size()) {
    const std::size_t since = points_.back().index;
    assessment.level = level_since(since);
    assessment.excursion = excursion();
    const std::vector<NightValue> level(values_.begin() + static_cast<std::ptrdiff_t>(since), values_.end() - 1);
    if (level.size() >= kLeastNights) expected = level;
  }
  if (expected.size() >= kLeastNights) assess_tonight(expected, assessment);
  return assessment;
}

}  // namespace

SeriesAssessment assess(const NightSeries& series, BaselineKind kind, const AssessmentOptions& options) {
  return Assessor(series, kind, options).assess();
}

double least_effect(const NightShift& shift, double smallest_effect, double level) {
  const double sigmas = student_quantile(level / 2, shift.degrees) + kPowerSigmas;
  return std::expm1(std::log1p(smallest_effect) + sigmas * shift.deviation);
}

}  // namespace muster
