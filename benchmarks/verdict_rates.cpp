// SPDX-License-Identifier: Apache-2.0
// Series of known truth, and counts of what the statistics say about them.
#include "benchmarks/verdict_rates.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "reports/statistics/change_point.hpp"
#include "reports/statistics/distributions.hpp"

namespace muster {

namespace {

using Series = std::vector<double>;

constexpr double kNoise = 0.01;  // of the kinds that do not say another

template <typename Next>
Series series_of(std::size_t count, Next next) {
  Series series;
  series.reserve(count);
  for (std::size_t i = 0; i < count; ++i) series.push_back(next(i));
  return series;
}

Series normal_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) { return 1 + kNoise * dice.normal(); });
}

Series lognormal_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) { return std::exp(5 * kNoise * dice.normal()); });
}

Series bimodal_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) {
    const double level = dice.uniform() < 0.3 ? 1.06 : 1;
    return level * (1 + kNoise * dice.normal());
  });
}

Series sticky_series(Dice& dice, std::size_t count) {
  bool is_slow = dice.uniform() < 0.5;
  return series_of(count, [&](std::size_t) {
    if (dice.uniform() < 0.1) is_slow = !is_slow;
    return (is_slow ? 1.06 : 1) * (1 + kNoise * dice.normal());
  });
}

Series drifting_series(Dice& dice, std::size_t count) {
  const double change = 0.1 * (dice.uniform() - 0.5);
  return series_of(count, [&](std::size_t i) {
    return (1 + change * static_cast<double>(i) / static_cast<double>(count)) * (1 + kNoise * dice.normal());
  });
}

Series warming_series(Dice& dice, std::size_t count) {
  const double height = 0.2 * dice.uniform();
  return series_of(count, [&](std::size_t i) {
    return (1 + height * std::exp(-static_cast<double>(i) / 5)) * (1 + kNoise * dice.normal());
  });
}

Series correlated_series(Dice& dice, std::size_t count, double correlation) {
  double state = dice.normal();
  return series_of(count, [&](std::size_t) {
    state = correlation * state + std::sqrt(1 - correlation * correlation) * dice.normal();
    return std::exp(2 * kNoise * state);
  });
}

Series half_correlated_series(Dice& dice, std::size_t count) { return correlated_series(dice, count, 0.5); }
Series strongly_correlated_series(Dice& dice, std::size_t count) { return correlated_series(dice, count, 0.9); }

// Student's t with 2 degrees of freedom: its variance is infinite.
Series heavy_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) {
    const double t = dice.normal() / std::sqrt(-std::log(dice.uniform()));
    return std::exp(kNoise * std::clamp(t, -50.0, 50.0));
  });
}

Series spiky_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) {
    const double spike = dice.uniform() < 0.1 ? 1 + 10 * dice.uniform() : 1;
    return spike * (1 + kNoise * dice.normal());
  });
}

// Ticks of a clock as long as the noise, so that most values are equal to others.
Series ticking_series(Dice& dice, std::size_t count) {
  return series_of(count, [&](std::size_t) { return std::round((1 + kNoise * dice.normal()) / kNoise) * kNoise; });
}

// Two runs differ by more than their samples show: other pages, other neighbours.
Series moved_series(Dice& dice, std::size_t count) {
  const double level = std::exp(0.015 * dice.normal());
  return series_of(count, [&](std::size_t) { return level * (1 + kNoise * dice.normal()); });
}

constexpr std::array<NoiseKind, 12> kKinds = {{
    {"normal", "1 % noise", normal_series},
    {"lognormal", "5 % noise, skewed", lognormal_series},
    {"bimodal", "30 % of the samples 6 % slower", bimodal_series},
    {"sticky", "stays 6 % slower for about ten samples, then not", sticky_series},
    {"drifting", "a trend of up to 5 % either way", drifting_series},
    {"warming", "the first samples up to 20 % slower", warming_series},
    {"correlated", "lag-1 autocorrelation 0.5, 2 % noise", half_correlated_series},
    {"sluggish", "lag-1 autocorrelation 0.9, 2 % noise", strongly_correlated_series},
    {"heavy", "Student's t with 2 degrees of freedom", heavy_series},
    {"spiky", "one sample in ten up to 11 times as slow", spiky_series},
    {"ticking", "rounded to ticks of 1 %", ticking_series},
    {"moved", "1.5 % from run to run, 1 % within", moved_series},
}};

struct SeriesPair {
  Series baseline, candidate;
};

// One report against another of the same machine.
std::vector<SeriesPair> make_report(const ReportShape& shape, std::span<const NoiseKind> kinds, Dice& dice) {
  std::vector<SeriesPair> pairs;
  for (std::size_t i = 0; i < shape.cases; ++i) {
    const NoiseKind& kind = kinds[i % kinds.size()];
    // Named, because the order in which the members of a list are made would otherwise be the compiler's.
    Series baseline = kind.series(dice, shape.samples);
    Series candidate = kind.series(dice, shape.samples);
    pairs.push_back({std::move(baseline), std::move(candidate)});
  }
  return pairs;
}

// [0, 2^53) to (0, 1).
double to_unit(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }

Series make_nights(const NightShape& shape, Dice& dice) {
  return series_of(shape.nights, [&](std::size_t) { return std::max(0.01, 1 + shape.noise * dice.normal()); });
}

}  // namespace

// SplitMix64 (Steele, Lea & Flood 2014).
double Dice::uniform() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t bits = state_;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return to_unit(bits ^ (bits >> 31));
}

// Box & Muller 1958.
double Dice::normal() {
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::size_t Dice::below(std::size_t count) { return static_cast<std::size_t>(uniform() * static_cast<double>(count)); }

std::span<const NoiseKind> noise_kinds() { return kKinds; }

RateInterval interval_of(const Rate& rate) {
  const auto bisect = [&](auto is_below) {
    double low = 0, high = 1;
    for (int i = 0; i < 50; ++i) {
      const double middle = (low + high) / 2;
      (is_below(middle) ? low : high) = middle;
    }
    return low;
  };
  constexpr double kMissed = 0.025;
  RateInterval interval;
  if (rate.hits > 0) {
    interval.low = bisect([&](double share) {
      return 1 - binomial_below({rate.tried, share}, rate.hits - 1) < kMissed;
    });
  }
  if (rate.hits < rate.tried) {
    interval.high = bisect([&](double share) { return binomial_below({rate.tried, share}, rate.hits) > kMissed; });
  }
  return interval;
}

ReportRates rate_reports(const ReportShape& shape, std::span<const NoiseKind> kinds, double slowdown) {
  Dice dice(shape.seed);
  ReportRates rates;
  for (int report = 0; report < shape.reports; ++report) {
    std::vector<SeriesPair> series = make_report(shape, kinds, dice);
    const std::size_t changed = slowdown == 1 ? shape.cases : dice.below(shape.cases);
    if (slowdown != 1) {
      for (double& value : series[changed].candidate) value *= slowdown;
    }
    std::vector<SamplePair> pairs;
    for (const auto& [baseline, candidate] : series) pairs.push_back({.baseline = baseline, .candidate = candidate});
    const std::vector<Difference> found = differences(pairs);
    bool has_alarm = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Outcome outcome = found[i].outcome;
      if (i == changed) {
        rates.found.hits += outcome == Outcome::slower;
        continue;
      }
      has_alarm = has_alarm || outcome == Outcome::slower || outcome == Outcome::faster;
      rates.same.hits += outcome == Outcome::same;
      ++rates.same.tried;
    }
    rates.false_alarms.hits += has_alarm;
    ++rates.false_alarms.tried;
    rates.found.tried += slowdown != 1;
  }
  return rates;
}

NightRates rate_change_points(const NightShape& shape, double step) {
  constexpr std::size_t kMargin = 30, kNear = 30, kDated = 3;
  Dice dice(shape.seed);
  NightRates rates;
  for (int i = 0; i < shape.series; ++i) {
    Series values = make_nights(shape, dice);
    const std::size_t truth = kMargin + dice.below(shape.nights - 2 * kMargin);
    for (std::size_t night = truth; night < values.size(); ++night) values[night] *= step;
    const auto distance = [&](const ChangePoint& point) {
      return std::max(point.index, truth) - std::min(point.index, truth);
    };
    const std::vector<ChangePoint> points = change_points(values);
    const auto within = [&](std::size_t nights) {
      return step != 1 && std::ranges::any_of(points, [&](const ChangePoint& p) { return distance(p) <= nights; });
    };
    rates.found.hits += within(kNear);
    rates.dated.hits += within(kDated);
    rates.other_alarms.hits += points.size() > (within(kNear) ? 1U : 0U);
  }
  rates.found.tried = rates.dated.tried = rates.other_alarms.tried = shape.series;
  return rates;
}

Rate rate_nightly_checks(const NightShape& shape) {
  Dice dice(shape.seed);
  Rate rate{.hits = 0, .tried = shape.series};
  for (int i = 0; i < shape.series; ++i) {
    const Series values = make_nights(shape, dice);
    bool has_alarm = false;
    for (std::size_t nights = 1; nights <= values.size() && !has_alarm; ++nights) {
      has_alarm = !change_points(std::span(values).first(nights)).empty();
    }
    rate.hits += has_alarm;
  }
  return rate;
}

}  // namespace muster
