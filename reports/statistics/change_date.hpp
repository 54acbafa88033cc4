// SPDX-License-Identifier: Apache-2.0
// On which night a level changed, once it is known that it did. Under change_point.hpp.
#pragma once

#include <cstddef>
#include <span>

namespace muster {

/// A series with one change of level.
struct OneChange {
  std::span<const double> logs;
  std::size_t guess = 0;         ///< first value of the new level, by any rough way
  std::size_t least_nights = 5;  ///< on each side
  double inflation = 1;          ///< variance of sums over that of independent values
};

struct ChangeDate {
  std::size_t index = 0;                 ///< middle of the week that most probably holds the change
  std::size_t earliest = 0, latest = 0;  ///< 95 % of the probability
};

ChangeDate date_change(const OneChange& change);

}  // namespace muster
