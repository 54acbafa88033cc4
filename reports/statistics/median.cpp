// SPDX-License-Identifier: Apache-2.0
// By partial sorting: the lower of the two in the middle is the largest of what lies before the upper one.
#include "reports/statistics/median.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "core/error.hpp"

namespace muster {

double median_of(std::vector<double> values) {
  MUSTER_ASSERT(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

}  // namespace muster
