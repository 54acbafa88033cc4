// SPDX-License-Identifier: Apache-2.0
// Autocorrelation, drift, warm-up and modes of a series, all by ranks and medians: a single slow sample, of which there
// are many, says nothing about any of them. Sources: docs/metrics.md, section 3.
#include "reports/statistics/series.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "reports/statistics/distributions.hpp"
#include "reports/statistics/median.hpp"
#include "reports/statistics/prefix_sums.hpp"
#include "reports/statistics/rank_test.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

using Samples = std::span<const double>;

constexpr std::size_t kLeastSamples = 10;     // fewer show no pattern that noise does not make as well
constexpr double kSmallestChange = 0.01;      // relative; smaller drifts, steps and gaps move no verdict
constexpr double kSignificance = 0.01;        // of drift: one row in a hundred is remarked on for nothing
constexpr double kStrictSignificance = 1e-4;  // of warm-up, whose place was searched for

// A level of 0 makes no relative change finite, so none is found.
bool matters(double change) { return std::isfinite(change) && std::abs(change) >= kSmallestChange; }

std::vector<double> sorted_copy(Samples samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  return sorted;
}

// Mean rank of equal values, from 1.
std::vector<double> ranks_of(Samples samples) {
  const std::vector<double> sorted = sorted_copy(samples);
  std::vector<double> ranks;
  ranks.reserve(samples.size());
  for (const double sample : samples) {
    const auto [first, last] = std::ranges::equal_range(sorted, sample);
    ranks.push_back((static_cast<double>(first - sorted.begin()) + static_cast<double>(last - sorted.begin()) + 1) / 2);
  }
  return ranks;
}

// Of the ranks. A short series underestimates by (1 + 4 rho) / n (Marriott & Pope 1954, Kendall 1954), given back here.
double lag_one(Samples samples) {
  const std::vector<double> ranks = ranks_of(samples);
  const auto count = static_cast<double>(ranks.size());
  const double mean = (count + 1) / 2;
  double squares = 0, products = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    squares += (ranks[i] - mean) * (ranks[i] - mean);
    if (i > 0) products += (ranks[i] - mean) * (ranks[i - 1] - mean);
  }
  if (squares == 0) return 0;
  constexpr double kMost = 0.99;
  return std::clamp((products / squares + 1 / count) / (1 - 4 / count), 0.0, kMost);
}

// Medians of at most so many equal stretches: a trend survives, and pairs of stretches stay few however long the
// series.
std::vector<double> stretches_of(Samples samples) {
  constexpr std::size_t kMostStretches = 64;
  const std::size_t count = std::min(samples.size(), kMostStretches);
  std::vector<double> medians;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * samples.size() / count, end = (i + 1) * samples.size() / count;
    const Samples stretch = samples.subspan(begin, end - begin);
    medians.push_back(median_of({stretch.begin(), stretch.end()}));
  }
  return medians;
}

// Theil 1950, Sen 1968: the median of the slopes of all pairs.
double slope_of(Samples values) {
  std::vector<double> slopes;
  slopes.reserve(values.size() * (values.size() - 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
  }
  return median_of(std::move(slopes));
}

std::vector<double> without_trend(Samples values, double slope) {
  std::vector<double> rest(values.begin(), values.end());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= slope * static_cast<double>(i);
  return rest;
}

// By how much a rising autocorrelation r, r^2, r^3, ... widens the variance of a sum of n (Yue & Wang 2004, eq. 7).
double variance_factor(double lag_one, double count) {
  double sum = 0, power = lag_one;
  for (double lag = 1; lag < count && power > 1e-12; ++lag, power *= lag_one) sum += (1 - lag / count) * power;
  return 1 + 2 * sum;
}

// Mann 1945, Kendall 1975: rises less falls over all pairs, against its deviation without a trend.
double trend_p_value(Samples values, double inflation) {
  double score = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) score += (values[j] > values[i]) - (values[j] < values[i]);
  }
  const auto count = static_cast<double>(values.size());
  const double variance = count * (count - 1) * (2 * count + 5) / 18 * inflation;
  return std::min(1.0, 2 * normal_tail(std::max(0.0, std::abs(score) - 1) / std::sqrt(variance)));
}

std::optional<Drift> drift_of(Samples samples, double level) {
  const std::vector<double> stretches = stretches_of(samples);
  const auto count = static_cast<double>(stretches.size());
  const double slope = slope_of(stretches);
  const double change = slope * (count - 1) / std::abs(level);
  if (!matters(change)) return std::nullopt;
  const double inflation = variance_factor(lag_one(without_trend(stretches, slope)), count);
  const double p_value = trend_p_value(stretches, inflation);
  if (p_value > kSignificance) return std::nullopt;
  return Drift{.change = change, .p_value = p_value};
}

// Where the sorted samples split best in two (Otsu 1979), and how far apart the parts lie in units of their own
// deviations (Ashman, Bird & Zepf 1994, eq. 4).
struct Split {
  std::size_t lower = 0;  // samples in the lower part
  double distance = 0;
};

double variance_of(const PrefixSums& sums, const PrefixSums& squares, Stretch part) {
  const auto count = static_cast<double>(part.size());
  const double mean = sums.over(part) / count;
  return std::max(0.0, squares.over(part) / count - mean * mean);
}

Split split_of(Samples sorted, double level) {
  std::vector<double> centred(sorted.begin(), sorted.end());  // sums of squares about the level lose no digits
  for (double& value : centred) value -= level;
  const PrefixSums sums(centred), squares(squares_of(centred));
  const auto apart = [&](std::size_t border) {
    return sums.over({border, sorted.size()}) / static_cast<double>(sorted.size() - border) -
           sums.over({0, border}) / static_cast<double>(border);
  };
  Split best;
  double most = 0;
  for (std::size_t border = 1; border < sorted.size(); ++border) {
    const double between = static_cast<double>(border * (sorted.size() - border)) * apart(border) * apart(border);
    if (between <= most) continue;
    most = between;
    best.lower = border;
  }
  if (most == 0) return best;
  const double within =
      variance_of(sums, squares, {0, best.lower}) + variance_of(sums, squares, {best.lower, sorted.size()});
  best.distance = within > 0 ? apart(best.lower) / std::sqrt(within / 2) : INFINITY;
  return best;
}

std::optional<Modes> modes_of(Samples samples, double level) {
  // The best split of normal noise lies 2.6 deviations apart, that of flat noise 3.5; few samples scatter about that.
  const double apart = 4 + 30 / static_cast<double>(samples.size());
  constexpr double kLeastShare = 0.15;  // fewer are outliers, no kind of their own
  if (samples.size() < 2 * kLeastSamples) return std::nullopt;
  const std::vector<double> sorted = sorted_copy(samples);
  const auto [lower, distance] = split_of(sorted, level);
  const double share_high = 1 - static_cast<double>(lower) / static_cast<double>(sorted.size());
  if (distance < apart || std::min(share_high, 1 - share_high) < kLeastShare) return std::nullopt;
  const auto border = sorted.begin() + static_cast<std::ptrdiff_t>(lower);
  const double gap = (median_of({border, sorted.end()}) - median_of({sorted.begin(), border})) / std::abs(level);
  if (!matters(gap)) return std::nullopt;
  return Modes{.gap = gap, .share_high = share_high};
}

constexpr std::size_t kBatch = 5;

std::vector<double> batch_medians(Samples samples) {
  std::vector<double> medians;
  for (std::size_t end = kBatch; end <= samples.size(); end += kBatch) {
    const Samples batch = samples.subspan(end - kBatch, kBatch);
    medians.push_back(median_of({batch.begin(), batch.end()}));
  }
  return medians;
}

// MSER-5 (White 1997), on medians of five: where to cut, so that the rest has the smallest squared error of its mean.
// Of few batches that error is itself uncertain, so the earliest cut within twice the smallest is taken. A cut in the
// middle means that no level was reached.
std::size_t steady_from(Samples batches, double level) {
  const std::size_t half = batches.size() / 2;
  std::vector<double> errors(half + 1);
  double sum = 0, squares = 0;
  for (std::size_t i = batches.size(); i-- > 0;) {
    sum += batches[i] - level;
    squares += (batches[i] - level) * (batches[i] - level);
    const auto rest = static_cast<double>(batches.size() - i);
    if (i <= half) errors[i] = (squares - sum * sum / rest) / (rest * rest);
  }
  const double enough = 2 * *std::ranges::min_element(errors);
  const auto earliest = std::ranges::find_if(errors, [&](double error) { return error <= enough; });
  const auto cut = static_cast<std::size_t>(earliest - errors.begin());
  return cut < half ? cut : 0;
}

// Only what differs from the rest for sure and by enough.
int warmup_of(Samples samples, double level) {
  if (samples.size() < 2 * kLeastSamples) return 0;
  const std::size_t cut = kBatch * steady_from(batch_medians(samples), level);
  if (cut == 0) return 0;
  const std::vector<double> head = sorted_copy(samples.first(cut)), tail = sorted_copy(samples.subspan(cut));
  const SortedPair pair{tail, head};
  if (std::min(p_value_above(pair, 0), p_value_below(pair, 0)) > kStrictSignificance) return 0;
  return matters((median_of(head) - median_of(tail)) / std::abs(level)) ? static_cast<int>(cut) : 0;
}

}  // namespace

SeriesCheck check_series(Samples samples) {
  const auto count = static_cast<double>(samples.size());
  SeriesCheck check{.count = static_cast<int>(samples.size()), .effective_samples = count};
  if (samples.size() < kLeastSamples) return check;
  const double level = median_of({samples.begin(), samples.end()});
  check.drift = drift_of(samples, level);
  const double slope = check.drift ? check.drift->change * std::abs(level) / (count - 1) : 0;
  check.autocorrelation = lag_one(without_trend(samples, slope));
  check.effective_samples = std::max(1.0, count / variance_factor(check.autocorrelation, count));
  check.modes = modes_of(samples, level);
  check.warmup_samples = warmup_of(samples, level);
  return check;
}

std::vector<std::string> remarks_of(const SeriesCheck& check) {
  std::vector<std::string> remarks;
  if (check.drift) {
    remarks.push_back("drifts by " + percent(check.drift->change) + " % from its first to its last sample");
  }
  if (check.warmup_samples > 0) {
    remarks.push_back("its first " + std::to_string(check.warmup_samples) +
                      " samples are unlike the rest: a longer warm-up would help");
  }
  if (check.modes) {
    remarks.push_back("has two kinds of samples, " + percent(check.modes->share_high) + " % of them " +
                      percent(check.modes->gap) + " % above the others");
  }
  // Below a third of the samples the interval is 1.7 times as wide as it looks.
  if (check.effective_samples < check.count / 3.0) {
    remarks.push_back("neighbouring samples resemble each other: " + std::to_string(check.count) + " tell as much as " +
                      std::to_string(static_cast<int>(check.effective_samples)) + " independent ones");
  }
  return remarks;
}

Summary summarise_series(Samples samples, const SeriesCheck& check) {
  // Of fewer samples the autocorrelation is known to half its range only: correcting by it would be noise on noise.
  constexpr std::size_t kLeastForCorrection = 20;
  const bool is_corrected = samples.size() >= kLeastForCorrection;
  Summary summary = is_corrected ? summarise(samples, static_cast<int>(check.effective_samples)) : summarise(samples);
  if (!check.drift) return summary;
  const double half = std::abs(check.drift->change * summary.median) / 2;
  summary.low = std::max(summary.min, std::min(summary.low, summary.median - half));
  summary.high = std::min(summary.max, std::max(summary.high, summary.median + half));
  return summary;
}

}  // namespace muster
