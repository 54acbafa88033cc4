// SPDX-License-Identifier: Apache-2.0
// The decision over a whole report. A case has changed only where the change is beyond what does not matter, what its
// series does by itself (drift, modes) and what two runs of one machine differ by; the rest is same or ambiguous.
#include "reports/statistics/differences.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/statistics/distributions.hpp"
#include "reports/statistics/report_noise.hpp"
#include "reports/statistics/series.hpp"
#include "reports/statistics/shift.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 5> kOutcomes = {"same", "slower", "faster", "ambiguous", "no_data"};

// Fewer have no interval of the median with 95 %; as in rows.cpp.
constexpr std::size_t kLeastSamples = 6;
// Beyond this many more samples nobody waits.
constexpr double kSamplesWorthWaiting = 1e5;

/// What one pair of series shows by itself.
struct Comparison {
  std::size_t samples = 0;  // of the shorter series
  RatioEstimate estimate{};
  double allowance = 0;  // of the logarithm: what the series do by themselves
  double p_value = 1;    // of "within the smallest effect and the allowance", from the samples alone
};

bool is_usable(double value) { return std::isfinite(value) && value > 0; }

std::string obstacle_of(const SamplePair& pair) {
  for (const auto& [name, samples] : {std::pair{"baseline", pair.baseline}, {"candidate", pair.candidate}}) {
    if (samples.empty()) return std::string("the ") + name + " has no samples";
    if (!std::ranges::all_of(samples, is_usable)) return std::string("a value of the ") + name + " is not positive";
  }
  return "";
}

Comparison compare(const SamplePair& pair, const PairNoise& noise, const DifferenceOptions& options) {
  const LogSample baseline(pair.baseline), candidate(pair.candidate);
  const LogPair logs{baseline, candidate, noise.inflation};
  const double margin = (1 + options.smallest_effect) * std::exp(noise.allowance) - 1;
  return {.samples = std::min(pair.baseline.size(), pair.candidate.size()),
          .estimate = estimate_ratio(logs, options.confidence),
          .allowance = noise.allowance,
          .p_value = p_value_beyond(logs, margin)};
}

double shift_of(const Comparison& comparison) { return std::log(comparison.estimate.ratio); }

/// What holds for all cases of the report.
struct Setting {
  DifferenceOptions options;
  double run_spread = 0;
  double level = 0;  // of one case, when all are counted: what the number of samples is worked out for
};

Setting setting_of(const std::vector<Comparison>& comparisons, const DifferenceOptions& options) {
  std::vector<ShiftError> shifts;
  for (const Comparison& comparison : comparisons) {
    if (comparison.samples < kLeastSamples) continue;
    shifts.push_back({shift_of(comparison), comparison.estimate.standard_error});
  }
  return {.options = options,
          .run_spread = options.run_spread == RunSpread::estimated ? run_spread_of(shifts) : 0,
          .level = options.false_alarms / static_cast<double>(std::max<std::size_t>(1, comparisons.size()))};
}

// Both must speak: the ranks of these samples, and the size of the shift against the spread between runs, when the
// error of the samples is given away first. What disturbs a run has heavier tails than noise: Student's t, 4 degrees.
double p_value_of(const Comparison& comparison, const Setting& setting) {
  if (setting.run_spread == 0) return comparison.p_value;
  const double error = normal_quantile(setting.level / 2) * comparison.estimate.standard_error;
  const double beyond =
      std::abs(shift_of(comparison)) - std::log1p(setting.options.smallest_effect) - comparison.allowance - error;
  return std::max(comparison.p_value, std::min(1.0, 2 * student_tail(beyond / setting.run_spread)));
}

std::string change_of(double ratio) {
  if (std::abs(ratio - 1) < 5e-4) return "no change";
  return percent(std::abs(ratio - 1)) + " % " + (ratio > 1 ? "higher" : "lower");
}

std::string interval_of(const Difference& difference) {
  return change_of(difference.ratio) + " (ratio " + significant(difference.low) + " to " +
         significant(difference.high) + ")";
}

std::string more_samples(const Comparison& comparison, const Difference& difference, const Setting& setting) {
  const auto samples = static_cast<double>(comparison.samples);
  const double margin = std::log1p(setting.options.smallest_effect);
  const double distance = std::abs(std::abs(std::log(difference.ratio)) - margin);
  const bool is_beyond = std::abs(std::log(difference.ratio)) > margin;
  const double level = is_beyond ? setting.level : 1 - setting.options.confidence;
  const double width = normal_quantile(level / 2) * comparison.estimate.standard_error;
  const double least = std::max<double>(kLeastSamples, samples_to_reach(level));
  const double wanted = std::max(least, std::ceil(samples * (width / distance) * (width / distance)));
  if (!(wanted < kSamplesWorthWaiting)) return "it lies on the smallest change that matters, more samples hardly tell";
  return "about " + std::to_string(std::max(1, static_cast<int>(wanted - samples))) +
         " more samples of each would tell";
}

// What stands in the way most is what is said.
std::string settle(const Comparison& comparison, const Difference& difference, const Setting& setting) {
  const double error = comparison.estimate.standard_error;
  if (comparison.allowance > std::max(error, setting.run_spread)) {
    return "the samples drift or are of two kinds by " + percent(std::expm1(comparison.allowance)) +
           " %: a longer warm-up or a quieter machine would tell";
  }
  if (setting.run_spread > error) {
    return "runs of this report differ by " + percent(setting.run_spread) + " % from each other: more runs would tell";
  }
  return more_samples(comparison, difference, setting);
}

Outcome outcome_of(const Comparison& comparison, const Difference& difference, const Setting& setting, Better better) {
  const double limit = 1 + setting.options.smallest_effect;
  if (comparison.samples < kLeastSamples) return Outcome::ambiguous;
  if (difference.adjusted <= setting.options.false_alarms) {
    if (better == Better::unknown) return Outcome::ambiguous;
    return (difference.ratio > 1) == (better == Better::lower) ? Outcome::slower : Outcome::faster;
  }
  const bool is_enclosed = difference.high <= limit && difference.low >= 1 / limit;
  return is_enclosed && comparison.estimate.reached >= setting.options.confidence ? Outcome::same : Outcome::ambiguous;
}

// The interval of the samples, widened by the spread between runs and by what the series do by themselves.
Difference numbers_of(const Comparison& comparison, const Setting& setting) {
  const RatioEstimate& estimate = comparison.estimate;
  const double wanted = normal_quantile((1 - setting.options.confidence) / 2);
  const auto widened = [&](double end) {
    const double half = std::log(end / estimate.ratio);
    return std::copysign(std::hypot(half, wanted * setting.run_spread) + comparison.allowance, half);
  };
  const double error = std::hypot(estimate.standard_error, setting.run_spread);
  const double margin = (1 + setting.options.smallest_effect) * std::exp(comparison.allowance);
  return {.ratio = estimate.ratio,
          .low = estimate.ratio * std::exp(-std::abs(widened(estimate.low))),
          .high = estimate.ratio * std::exp(std::abs(widened(estimate.high))),
          .least_effect = margin * (1 + least_effect(error, setting.level)) - 1};
}

std::string reason_of(const Comparison& comparison, const Difference& difference, const Setting& setting,
                      Better better) {
  const std::string found = interval_of(difference);
  if (difference.outcome != Outcome::ambiguous) return found;
  if (comparison.samples < kLeastSamples) {
    return found + ": " + std::to_string(comparison.samples) + " samples, " + std::to_string(kLeastSamples) +
           " are the least that can tell";
  }
  if (better == Better::unknown && difference.adjusted <= setting.options.false_alarms) {
    return found + ": it changed, but nothing says which way is better";
  }
  return found + ": " + settle(comparison, difference, setting);
}

}  // namespace

std::string_view name_of(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

std::vector<Difference> differences(std::span<const SamplePair> pairs, const DifferenceOptions& options) {
  std::vector<Difference> found(pairs.size());
  std::vector<std::size_t> usable;
  std::vector<CheckedPair> checks;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    found[i].reason = obstacle_of(pairs[i]);
    if (!found[i].reason.empty()) continue;
    usable.push_back(i);
    checks.push_back({check_series(pairs[i].baseline), check_series(pairs[i].candidate)});
  }
  const std::vector<PairNoise> noise = noise_of(checks);
  std::vector<Comparison> comparisons;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    comparisons.push_back(compare(pairs[usable[i]], noise[i], options));
  }
  const Setting setting = setting_of(comparisons, options);
  std::vector<double> p_values;
  for (const Comparison& comparison : comparisons) p_values.push_back(p_value_of(comparison, setting));
  const std::vector<double> adjusted = adjust_p_values(p_values, options.multiplicity);
  for (std::size_t i = 0; i < usable.size(); ++i) {
    Difference& difference = found[usable[i]];
    difference = numbers_of(comparisons[i], setting);
    difference.p_value = p_values[i];
    difference.adjusted = adjusted[i];
    difference.outcome = outcome_of(comparisons[i], difference, setting, pairs[usable[i]].better);
    difference.reason = reason_of(comparisons[i], difference, setting, pairs[usable[i]].better);
  }
  return found;
}

}  // namespace muster
