// SPDX-License-Identifier: Apache-2.0
// Sums over stretches of a series in constant time. Under change_point.hpp and change_date.hpp.
#pragma once

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace muster {

/// Positions [begin, end) of a series.
struct Stretch {
  std::size_t begin = 0, end = 0;

  std::size_t size() const { return end - begin; }
};

class PrefixSums {
 public:
  explicit PrefixSums(std::span<const double> values) : sums_(values.size() + 1) {
    std::partial_sum(values.begin(), values.end(), sums_.begin() + 1);
  }

  double over(Stretch stretch) const { return sums_[stretch.end] - sums_[stretch.begin]; }

 private:
  std::vector<double> sums_;  // of the first i values
};

inline std::vector<double> squares_of(std::span<const double> values) {
  std::vector<double> squares(values.begin(), values.end());
  for (double& value : squares) value *= value;
  return squares;
}

}  // namespace muster
