// SPDX-License-Identifier: Apache-2.0
// Element-wise sum of two vectors: the arithmetic of every reducing collective. Host body here, device body in
// reduce_cuda.cu behind the same shape of call.
#pragma once

#include <span>
#include <string_view>

#include "core/element_type.hpp"

namespace muster {

/// target[i] = left[i] + right[i]. All three spans have the same size in bytes, whole elements of `type`, any
/// alignment. `target` may be exactly `left` or exactly `right` (in place), never a shifted overlap. Integers wrap; f16
/// and bf16 are added in f32 and rounded to nearest even. Memory: reads 2 x size, writes 1 x size.
void reduce_host(std::span<std::byte> target, std::span<const std::byte> left, std::span<const std::byte> right,
                 ElementType type);

/// Bodies that this CPU can run, best first; the last one ("portable") runs anywhere. Tests and benchmarks force each.
enum class ReduceBody { avx512, avx2, portable };
std::string_view name_of(ReduceBody body);
std::span<const ReduceBody> reduce_bodies_here();
void reduce_host_with(ReduceBody body, std::span<std::byte> target, std::span<const std::byte> left,
                      std::span<const std::byte> right, ElementType type);

}  // namespace muster
