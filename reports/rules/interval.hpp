// SPDX-License-Identifier: Apache-2.0
// Where the median of a row lies for sure, and a demand held against such an interval. Under every rule and guideline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// Of a median, in SI or in the unit of a metric.
struct Interval {
  double median = 0;
  double low = 0;
  double high = 0;
};

/// True when the samples are means of many operations or a number of another tool, and too few for an interval.
bool is_mean_without_spread(const Row& row);

/// Of the row's time (a metric: of its value), which must be there. A mean without spread gets `margin` either way.
/// Nothing when there are too few samples to tell.
std::optional<Interval> interval_of(const Row& row, double margin);

/// What to say of a row without an interval, after its number.
std::string too_few_samples(const Row& row);

/// The demand of `rule` on a value that lies in `found`. `settle` says what would tell where that is ambiguous.
Judgement judge_interval(const Rule& rule, const Interval& found, const std::string& settle);

/// What would tell, for a row whose median is wanted to be `wanted`.
std::string how_to_settle(const Row& row, double wanted);

/// The worst over the middle one: {"slowest" over "median"}. At least one.
Interval spread_of(const std::vector<Interval>& all);

}  // namespace muster
