// SPDX-License-Identifier: Apache-2.0
// Demands on a row, and on the best or the middle one of several rows. A rate is work / time, so it is met for sure
// when the slow end of the median's interval meets it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "reports/rules/interval.hpp"
#include "reports/rules/selection.hpp"
#include "reports/statistics/median.hpp"
#include "reports/targets/quantities.hpp"

namespace muster {

namespace {

// What divided by a time gives the demanded quantity; not finite or not positive where the case has no such thing.
double work_of(const Row& row, Quantity quantity) {
  const auto seconds_of = [](const std::optional<Bound>& bound) { return bound ? bound->time.value : 0; };
  switch (quantity) {
    case Quantity::fraction_of_limit:
      return seconds_of(row.expectation.limit);
    case Quantity::fraction_of_prediction:
      return seconds_of(row.expectation.prediction);
    case Quantity::fraction_of_data_sheet:
      return row.fraction_of_data_sheet.value_or(0) * row.time->median;
    case Quantity::fraction_at_clock:
      return row.fraction_at_clock.value_or(0) * row.time->median;
    case Quantity::algbw:
      return row.algbw * row.time->median;
    case Quantity::busbw:
      return row.busbw * row.time->median;
    case Quantity::flops_per_second:
      return row.flops_per_second * row.time->median;
    default:
      return 0;
  }
}

// The demanded quantity of a row: its interval, or why there is none.
struct Measured {
  std::optional<Interval> found;
  double wanted = 0;  // of the row's median, in the unit of its samples
  Judgement otherwise = {};
};

Measured cannot_tell(const Rule& rule, const Row& row, double median) {
  return {.found = {}, .otherwise = {Verdict::ambiguous, quantity_text(rule, median) + too_few_samples(row)}};
}

Measured missing(const Rule& rule, const Row& row) {
  const std::string why = row.expectation.unknown.empty() ? "" : " (" + row.expectation.unknown + ")";
  return {.found = {}, .otherwise = {Verdict::no_data, "has no " + std::string(traits_of(rule.quantity).label) + why}};
}

Measured measured_rate(const Rule& rule, const Row& row) {
  const double work = row.time ? work_of(row, rule.quantity) : 0;
  if (!std::isfinite(work) || work <= 0) return missing(rule, row);
  const std::optional<Interval> time = interval_of(row, rule.margin);
  if (!time) return cannot_tell(rule, row, work / row.time->median);
  return {.found = Interval{work / time->median, work / time->high, work / time->low}, .wanted = work / rule.demanded};
}

Measured measured_time(const Rule& rule, const Row& row) {
  if (!row.time) return missing(rule, row);
  const std::optional<Interval> time = interval_of(row, rule.margin);
  if (!time) return cannot_tell(rule, row, row.time->median);
  return {.found = time, .wanted = rule.demanded};
}

// Better unknown than upside down: a demand of "at least" on what is good when it is low would pass the worst.
Measured measured_value(const Rule& rule, const Row& row) {
  if (!row.value) return missing(rule, row);
  if (row.item.unit != rule.unit) {
    return {.found = {},
            .otherwise = {Verdict::no_data,
                          "is in " + in_quotes(row.item.unit) + " where the rule says " + in_quotes(rule.unit)}};
  }
  const std::optional<Interval> value = interval_of(row, rule.margin);
  MUSTER_ASSERT(value.has_value());  // a metric always gets its margin
  return {.found = value, .wanted = rule.demanded};
}

Measured measured(const Rule& rule, const Row& row) {
  if (row.verdict != Verdict::pass) return {.found = {}, .otherwise = {row.verdict, row.reason}};
  switch (traits_of(rule.quantity).form) {
    case DemandForm::seconds:
      return measured_time(rule, row);
    case DemandForm::value:
      return measured_value(rule, row);
    default:
      return measured_rate(rule, row);
  }
}

Judgement judge(const Rule& rule, const Row& row, const Measured& measure) {
  if (!measure.found) return measure.otherwise;
  return judge_interval(rule, *measure.found, how_to_settle(row, measure.wanted));
}

// A row and what it came to; `merit` grows with how good it is.
struct Candidate {
  const Row* row;
  Judgement judgement;
  double merit;
};

Candidate candidate_of(const Rule& rule, const Row& row) {
  const Measured measure = measured(rule, row);
  const double sign = traits_of(rule.quantity).sense == DemandSense::at_least ? 1 : -1;
  const double merit = measure.found ? sign * measure.found->median : -std::numeric_limits<double>::infinity();
  return {&row, judge(rule, row, measure), merit};
}

}  // namespace

Judgement judge_correct(const Rule&, const RowSet& rows, const JudgingContext&) {
  return {rows.front()->verdict, rows.front()->reason};
}

Judgement judge_demand(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  return judge(rule, *rows.front(), measured(rule, *rows.front()));
}

// Passes with one row that passes, fails when all fail; else one that could not be judged might have passed.
Judgement judge_best(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  std::optional<Verdict> open;  // the worst of those that do not fail
  std::optional<Candidate> best;
  for (const Row* row : rows) {
    const Candidate next = candidate_of(rule, *row);
    const auto passes = [](const Candidate& each) { return each.judgement.verdict == Verdict::pass; };
    if (!best || (passes(next) != passes(*best) ? passes(next) : next.merit > best->merit)) best = next;
    if (next.judgement.verdict == Verdict::fail) continue;
    open = open ? worse(*open, next.judgement.verdict) : next.judgement.verdict;
  }
  const std::string reason =
      "best of " + std::to_string(rows.size()) + " is " + best->row->item.id + ": " + best->judgement.reason;
  if (best->judgement.verdict == Verdict::pass) return {Verdict::pass, reason};
  return {open.value_or(Verdict::fail), reason};
}

// The middle of the ends of all intervals holds the middle value. One row that cannot be trusted spoils it: left out,
// the worst group would flatter the fleet.
Judgement judge_median(const Rule& rule, const RowSet& rows, const JudgingContext&) {
  std::vector<double> medians, lows, highs;
  for (const Row* row : rows) {
    const Measured measure = measured(rule, *row);
    if (!measure.found) return {measure.otherwise.verdict, row->item.id + ": " + measure.otherwise.reason};
    medians.push_back(measure.found->median);
    lows.push_back(measure.found->low);
    highs.push_back(measure.found->high);
  }
  Judgement found = judge_interval(rule, {median_of(medians), median_of(lows), median_of(highs)},
                                   "more samples or more groups would tell");
  found.reason = "median of " + std::to_string(rows.size()) + ": " + found.reason;
  return found;
}

}  // namespace muster
