// SPDX-License-Identifier: Apache-2.0
// A demand is met for sure when the far end of the interval meets it, missed for sure when the near end misses it, and
// otherwise ambiguous, with what would tell.
#include "reports/rules/interval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/statistics/median.hpp"
#include "reports/targets/quantities.hpp"

namespace muster {

namespace {

constexpr double kWantedConfidence = 0.95;
constexpr int kSamplesForInterval = 6;  // fewer have no interval of the median with that confidence
// Beyond this many more samples nobody waits: the median lies on the demanded value.
constexpr double kSamplesWorthWaiting = 1e6;

const Summary& summary_of(const Row& row) { return row.item.family == Family::metric ? *row.value : *row.time; }

// The interval shrinks with 1/sqrt(n); it must end before it reaches what is wanted.
std::string samples_to_tell(const Summary& found, double wanted) {
  const double distance = std::abs(wanted - found.median);
  const double half_width = wanted > found.median ? found.high - found.median : found.median - found.low;
  const double factor = distance > 0 ? half_width / distance : std::numeric_limits<double>::infinity();
  const double more = std::ceil(found.count * (factor * factor - 1));
  if (!(more < kSamplesWorthWaiting)) return "the median lies on it, so more samples will hardly tell";
  const int count = std::max(1, static_cast<int>(more));
  return "about " + std::to_string(count) + (count == 1 ? " more sample would tell" : " more samples would tell");
}

}  // namespace

bool is_mean_without_spread(const Row& row) {
  const bool is_mean = row.item.family == Family::metric || (row.record && row.record->averaged_over != 1);
  return is_mean && summary_of(row).confidence < kWantedConfidence;
}

std::optional<Interval> interval_of(const Row& row, double margin) {
  const Summary& found = summary_of(row);
  if (is_mean_without_spread(row)) {
    return Interval{found.median, found.min - margin * std::abs(found.min), found.max + margin * std::abs(found.max)};
  }
  if (found.count < kSamplesForInterval) return std::nullopt;
  // Samples that hang together (the row's remark says so) are worth fewer than 6: all of them must meet or miss.
  if (found.confidence < kWantedConfidence) return Interval{found.median, found.min, found.max};
  return Interval{found.median, found.low, found.high};
}

std::string too_few_samples(const Row& row) {
  return " from " + std::to_string(summary_of(row).count) + " samples: " + std::to_string(kSamplesForInterval) +
         " are the least that can tell";
}

Judgement judge_interval(const Rule& rule, const Interval& found, const std::string& settle) {
  const std::string text = quantity_text(rule, found.median) + " (" + quantity_text(rule, found.low) + " to " +
                           quantity_text(rule, found.high) + ")";
  const bool is_least = traits_of(rule.quantity).sense == DemandSense::at_least;
  const double sign = is_least ? 1 : -1;  // turns "at most" into "at least"
  const double worst = sign * (is_least ? found.low : found.high);
  const double best = sign * (is_least ? found.high : found.low);
  const std::string wanted = demanded_text(rule);
  if (worst >= sign * rule.demanded) return {Verdict::pass, text};
  if (best < sign * rule.demanded) {
    return {Verdict::fail, text + " where " + wanted + (is_least ? " is required" : " is the most allowed")};
  }
  return {Verdict::ambiguous, text + " on both sides of " + wanted + ": " + settle};
}

std::string how_to_settle(const Row& row, double wanted) {
  if (is_mean_without_spread(row)) return "means without spread: run with per-iteration times or give more logs";
  return samples_to_tell(summary_of(row), wanted);
}

Interval spread_of(const std::vector<Interval>& all) {
  std::vector<double> medians, lows, highs;
  for (const Interval& each : all) {
    medians.push_back(each.median);
    lows.push_back(each.low);
    highs.push_back(each.high);
  }
  return {std::ranges::max(medians) / median_of(medians), std::ranges::max(lows) / median_of(highs),
          std::ranges::max(highs) / median_of(lows)};
}

}  // namespace muster
