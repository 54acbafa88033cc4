// SPDX-License-Identifier: Apache-2.0
// How often the statistics of reports/ are right: series whose truth is known, judged over and over. Behind the program
// muster_verdict_rates and the test that guards its rates.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "reports/statistics/differences.hpp"

namespace muster {

/// Numbers that look random and are the same on every machine for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  double uniform();  ///< in (0, 1)
  double normal();   ///< mean 0, deviation 1
  /// In [0, count).
  std::size_t below(std::size_t count);

 private:
  std::uint64_t state_;
};

/// A kind of noise around the level 1.
struct NoiseKind {
  std::string_view name;
  std::string_view meaning;
  std::vector<double> (*series)(Dice& dice, std::size_t count);
};

/// What a machine that did not change may look like.
std::span<const NoiseKind> noise_kinds();

/// How many of so many.
struct Rate {
  int hits = 0;
  int tried = 0;

  double value() const { return tried > 0 ? static_cast<double>(hits) / tried : 0; }
};

/// Ends of the 95 % interval of the probability behind a rate (Clopper & Pearson 1934).
struct RateInterval {
  double low = 0, high = 1;
};
RateInterval interval_of(const Rate& rate);

struct ReportShape {
  int reports = 400;
  std::size_t cases = 300;
  std::size_t samples = 30;
  std::uint64_t seed = 1;
};

/// What became of all reports of one kind.
struct ReportRates {
  Rate false_alarms;  ///< reports in which a case that did not change was called slower or faster
  Rate found;         ///< reports in which the case that became slower was called so
  Rate same;          ///< cases that did not change and were called same; the rest but for alarms is ambiguous
};

/// Reports whose cases have these kinds of noise by turns, compared with reports of the same; in each one case takes
/// `slowdown` times as long (1 = none does).
ReportRates rate_reports(const ReportShape& shape, std::span<const NoiseKind> kinds, double slowdown);

struct NightShape {
  int series = 1000;
  std::size_t nights = 365;
  double noise = 0.02;
  std::uint64_t seed = 1;
};

struct NightRates {
  Rate found;         ///< series with a change near the true one, or for no step: with any
  Rate dated;         ///< series whose change is dated within three nights
  Rate other_alarms;  ///< series with a change that is not there
};

/// Whole years with one step of so much on a night with at least 30 on each side; `step` 1 = none.
NightRates rate_change_points(const NightShape& shape, double step);

/// A year of nightly checks of each series: how many of them ever reported a change although there is none.
Rate rate_nightly_checks(const NightShape& shape);

}  // namespace muster
