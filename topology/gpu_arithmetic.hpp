// SPDX-License-Identifier: Apache-2.0
// What a GPU's multiprocessors can multiply: per clock by generation (a bound that nothing beats at the highest clock),
// and as data sheets print it for a model at its nominal clock. Dense products only; sparsity doubles nothing here.
#pragma once

#include <optional>
#include <string_view>

#include "core/element_type.hpp"
#include "core/matmul_options.hpp"

namespace muster {

/// Flops (2 per multiply-add) per clock of one multiprocessor, on the fastest unit that it has for the type. Empty
/// where the generation has none or its rate is not known here. `compute_capability` times ten: 90 for Hopper.
std::optional<double> flops_per_clock(int compute_capability, ElementType type, FloatMath math);

/// Flop/s of a data sheet for a product string or name ("NVIDIA H100 80GB HBM3"); empty where the table lacks it.
std::optional<double> data_sheet_flops(std::string_view model, ElementType type, FloatMath math);

}  // namespace muster
