// SPDX-License-Identifier: Apache-2.0
// Step-up (Benjamini & Hochberg 1995) and step-down (Holm 1979) adjustment of p-values.
#include "reports/statistics/multiplicity.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "core/error.hpp"

namespace muster {

namespace {

// Indices of the p-values, smallest first; equal ones in their order, so that the result never depends on sorting.
std::vector<std::size_t> ascending(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  return order;
}

}  // namespace

std::vector<double> adjust_p_values(std::span<const double> p_values, Multiplicity method) {
  MUSTER_ASSERT(std::ranges::all_of(p_values, [](double p) { return p >= 0 && p <= 1; }));
  const std::vector<std::size_t> order = ascending(p_values);
  const std::size_t count = p_values.size();
  std::vector<double> adjusted(count);
  if (method == Multiplicity::holm) {
    double so_far = 0;
    for (std::size_t i = 0; i < count; ++i) {
      so_far = std::max(so_far, std::min(1.0, p_values[order[i]] * static_cast<double>(count - i)));
      adjusted[order[i]] = so_far;
    }
    return adjusted;
  }
  double so_far = 1;
  for (std::size_t i = count; i > 0; --i) {
    so_far = std::min(so_far, p_values[order[i - 1]] * static_cast<double>(count) / static_cast<double>(i));
    adjusted[order[i - 1]] = so_far;
  }
  return adjusted;
}

}  // namespace muster
