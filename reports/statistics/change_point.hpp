// SPDX-License-Identifier: Apache-2.0
// Since when: the nights at which a series of nightly values changed its level. Used by history.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace muster {

struct ChangePointOptions {
  /// Wanted rate of false change points per series and check: the default allows one in a year of nightly checks of 200
  /// series.
  double false_alarms = 1.0 / (200 * 365);
  std::size_t least_nights = 5;   ///< on each side of a change
  double smallest_change = 0.01;  ///< relative; a level that moved by less is not worth a line
};

struct ChangePoint {
  std::size_t index = 0;                 ///< first value of the new level
  std::size_t earliest = 0, latest = 0;  ///< 95 % interval of `index`
  double ratio = 1;                      ///< level after / level before, up to the neighbouring change points
  double low = 1, high = 1;              ///< 95 % interval of the ratio
  double p_value = 1;                    ///< of the whole search, not of this place alone
};

/// Of finite positive values in the order of time (asserted), in that order. Deterministic.
std::vector<ChangePoint> change_points(std::span<const double> values, const ChangePointOptions& options = {});

}  // namespace muster
