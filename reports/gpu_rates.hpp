// SPDX-License-Identifier: Apache-2.0
// What a matrix product on GPUs reached of the arithmetic that its GPU has: at the clock that was seen while it ran,
// and by the data sheet at the nominal clock. Part of judge().
#pragma once

#include "reports/report.hpp"

namespace muster {

/// Sets fraction_at_clock and fraction_of_data_sheet where the run tells the GPUs (and, for the first, their clocks).
/// With several ranks the slowest by median counts. Other rows are left alone.
void add_gpu_rates(Row& row, const Run& run);

}  // namespace muster
