// SPDX-License-Identifier: Apache-2.0
// What timing on a GPU decides without one, beside graph_repeats() of device_kernel.hpp.
#pragma once

#include <vector>

namespace muster {

/// `count` runs as at most `most` stretches of nearly equal length, in order: one event ends each.
std::vector<int> stretches_of(int count, int most);

}  // namespace muster
