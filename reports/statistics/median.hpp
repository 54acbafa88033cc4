// SPDX-License-Identifier: Apache-2.0
// The median of values in any order. Under everything in this folder that must not mind a few wild values.
#pragma once

#include <vector>

namespace muster {

/// Of at least one value; of an even number of them the mean of the two in the middle. O(n).
double median_of(std::vector<double> values);

}  // namespace muster
