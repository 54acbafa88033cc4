// SPDX-License-Identifier: Apache-2.0
#include "kernels/device_timing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/device_kernel.hpp"

namespace muster {

int graph_repeats(Seconds one_run) {
  constexpr double kWanted = 50e-6;  // seconds
  constexpr double kMost = 64;
  if (!(one_run.value > 0)) return static_cast<int>(kMost);
  return static_cast<int>(std::clamp(std::ceil(kWanted / one_run.value), 1.0, kMost));
}

std::vector<int> stretches_of(int count, int most) {
  const int parts = std::min(count, most);
  const auto begin_of = [&](int part) { return static_cast<int>(std::int64_t{count} * part / parts); };
  std::vector<int> stretches;
  for (int part = 0; part < parts; ++part) stretches.push_back(begin_of(part + 1) - begin_of(part));
  return stretches;
}

}  // namespace muster
