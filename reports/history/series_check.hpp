// SPDX-License-Identifier: Apache-2.0
// One case over the nights of a machine: where its level changed, and how tonight's value lies against the spread that
// nights have. Pure; check.hpp puts the cases of a report together. Formulas: docs/history.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reports/history/entry.hpp"
#include "reports/statistics/change_point.hpp"
#include "reports/statistics/differences.hpp"

namespace muster {

/// Fewer nights do not tell how far nights lie apart; two runs are then compared by their samples.
inline constexpr std::size_t kLeastNights = ChangePointOptions{}.least_nights;

/// A night that measured the case: finite, positive, right data.
struct NightValue {
  std::size_t night = 0;  ///< its place among the nights of the check
  double median = 0, low = 0, high = 0;
  bool is_baseline = false;
};

/// The last value is tonight's.
struct NightSeries {
  Better better = Better::lower;
  std::vector<NightValue> values;
};

/// Which nights the baseline is made of.
enum class BaselineKind {
  window,  ///< the nights before tonight: a change among them divides the baseline from what came after
  named,   ///< those of a tag or commit, as they are
};

/// A change of level, by places among the nights of the check.
struct NightChange {
  std::size_t before = 0, after = 0;     ///< last night of the old level, first of the new one
  std::size_t earliest = 0, latest = 0;  ///< 95 %: the first night of the new level
  double ratio = 1, low = 1, high = 1;
};

/// Nights that lay elsewhere before the level came back.
struct NightExcursion {
  std::size_t begin = 0, end = 0;  ///< both belong to it
  double ratio = 1;                ///< of these nights to those before
};

/// Tonight's value against the level it should have.
struct NightShift {
  double degrees = 0;                   ///< of freedom, of that standard deviation
  double p_value = 1;                   ///< two-sided, of "no change beyond the smallest effect"
  double deviation = 0;                 ///< of the logarithm of the ratio
  double night_error = 0;               ///< of the logarithm, from tonight's own samples
  double spread = 0;                    ///< of the logarithm, robust, from night to night
  double ratio = 1, low = 1, high = 1;  ///< 95 %: tonight's value over its level, for the spread of nights
  std::size_t before = 0, since = 0;  ///< last night that lay nearer to the level than to tonight's value, and the next
};

struct AssessmentOptions {
  double smallest_effect = 0.02;  ///< relative; less is not worth a line
  ChangePointOptions changes{};
};

struct SeriesAssessment {
  std::size_t baseline_nights = 0;
  double baseline = 0;               ///< median of the baseline's nights
  std::vector<NightChange> changes;  ///< of the whole series
  std::optional<NightChange> level;  ///< the level since the last change after the baseline, against the baseline
  std::optional<NightExcursion> excursion;  ///< where the last change, or tonight, came back from one
  std::optional<NightShift> tonight;        ///< none with fewer than kLeastNights nights to compare with
};

/// Of a series with at least two values, of which one or more before the last are baseline (asserted).
SeriesAssessment assess(const NightSeries& series, BaselineKind kind, const AssessmentOptions& options);

/// 0.03: a change of one night by 3 % beyond its level is seen at this level with a power of 80 %.
double least_effect(const NightShift& shift, double smallest_effect, double level);

}  // namespace muster
