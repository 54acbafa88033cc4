// SPDX-License-Identifier: Apache-2.0
// What collectives do with elements besides summing them: the other operations of NCCL on host memory, for transports
// that combine themselves and for the check of what a library made. Plain loops; sums have kernels/reduce.hpp.
#pragma once

#include <span>

#include "core/collective.hpp"
#include "core/element_type.hpp"

namespace muster {

/// target[i] = left[i] op right[i]. Shapes and aliasing as for reduce_host(). Integers wrap; floats of 16 and 8 bits
/// are multiplied in f32 and rounded once.
using CombineFunction = void (*)(std::span<std::byte> target, std::span<const std::byte> left,
                                 std::span<const std::byte> right, ElementType type);

/// avg and mulsum combine as sum does: what makes them differ happens before or after, by scale_host().
CombineFunction combine_host(ReduceOperation operation);

/// target[i] = source[i] x numerator / denominator, rounded once; integers are divided towards zero. Both spans have
/// the same size; `target` may be exactly `source`.
struct Scale {
  int numerator = 1;
  int denominator = 1;
};
void scale_host(std::span<std::byte> target, std::span<const std::byte> source, Scale scale, ElementType type);

}  // namespace muster
