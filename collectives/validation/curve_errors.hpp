// SPDX-License-Identifier: Apache-2.0
// What tells two curves of one collective apart: their plateaus, half-bandwidth sizes and small-message latencies.
#pragma once

#include <span>

#include "collectives/validation/validation.hpp"

namespace muster {

/// Of points in the order of their sizes, at least one.
CurveErrors errors_of(std::span<const PredictedPoint> points);

/// 0 of none; the mean of the middle two of an even number.
double median_of(std::vector<double> values);

}  // namespace muster
