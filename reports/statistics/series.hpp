// SPDX-License-Identifier: Apache-2.0
// What a series of samples looks like in the order it was taken: whether its samples are as independent, level and
// of one kind as an interval of the median assumes. Used by rows.cpp and by differences.hpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/statistics.hpp"

namespace muster {

/// A trend that noise alone hardly makes.
struct Drift {
  double change = 0;   ///< relative, over the whole series: 0.04 = the end is 4 % above the beginning
  double p_value = 1;  ///< Mann-Kendall, corrected for autocorrelation
};

/// Two kinds of samples with little between them.
struct Modes {
  double gap = 0;         ///< between the medians of the two kinds, relative to the median of all
  double share_high = 0;  ///< of the samples that belong to the higher one
};

struct SeriesCheck {
  int count = 0;
  double autocorrelation = 0;    ///< lag 1, of ranks, corrected for the bias of short series; 0 when negative
  double effective_samples = 0;  ///< independent samples that would tell as much: in [1, count]
  std::optional<Drift> drift{};
  std::optional<Modes> modes{};
  int warmup_samples = 0;  ///< so many at the beginning are unlike the rest (MSER-5)
};

/// Of any number of finite samples; fewer than 10 show nothing but their count. O(n log n).
SeriesCheck check_series(std::span<const double> samples);

/// One line for people per finding that makes the numbers less certain; empty for plain noise.
std::vector<std::string> remarks_of(const SeriesCheck& check);

/// As summarise(), with the interval of the median widened by what `check` found in these samples: to as few as are
/// effective, and over the whole of a drift. What demands are judged on.
Summary summarise_series(std::span<const double> samples, const SeriesCheck& check);

}  // namespace muster
