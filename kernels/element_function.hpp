// SPDX-License-Identifier: Apache-2.0
// The element function behind fill and verify: from (seed, rank, index) to random bits or a small whole number.
// Everything is constexpr and free of state, so that host loops vectorise and CUDA twins can share it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/element_type.hpp"
#include "kernels/fill.hpp"

namespace muster {
namespace element_function {

/// Indices share a key in stretches of 2^32, so that the inner loops compute in 32 bits (twice the lanes).
inline constexpr std::uint64_t kStretch = std::uint64_t{1} << 32;

struct StreamKey {
  std::uint32_t first = 0, second = 0;
};

/// Finaliser of SplitMix64 (Steele, Lea, Flood 2014, figure 16): a bijection in which each input bit moves all others.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr StreamKey stream_key(std::uint64_t seed, int rank, std::uint64_t stretch) {
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;  // 2^64 / phi: keeps small seeds and ranks apart
  const std::uint64_t rank_key = mix(mix(seed + kGoldenRatio) + static_cast<std::uint64_t>(rank) * kGoldenRatio);
  const std::uint64_t key = mix(rank_key + stretch * kGoldenRatio);
  return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

/// 32 random bits of the element whose index ends in `index`. Shifts and multipliers: C. Wellons, "Prospecting for
/// hash functions" (2018), the two-round mixer of least bias; the second half of the key enters between the rounds.
[[gnu::always_inline]] constexpr std::uint32_t random_bits(StreamKey key, std::uint32_t index) {
  std::uint32_t x = index + key.first;
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x ^= key.second;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

[[gnu::always_inline]] constexpr std::uint64_t random_bits64(StreamKey key, std::uint32_t index) {
  const std::uint64_t high = random_bits(key, index);
  return (high << 32) | random_bits({key.second, ~key.first}, index);
}

/// How large exact values may be, so that no sum over the ranks leaves the whole numbers that the type holds. 8-bit
/// sums do not wrap either: Open MPI 4.1's vectorised sums of 8-bit integers stop at the largest value.
struct ExactRange {
  /// Values are -cap .. -1 and 1 .. cap: never 0, so that a missing or doubled term always shows.
  std::uint32_t cap = 0;
  /// Rank r contributes where ((index + r) & mask) == 0; not 0 only for more than 2^bits ranks.
  std::uint32_t mask = 0;
  /// -1: both signs; 0: unsigned types, whose values are 1 .. cap.
  std::int32_t signs = -1;
};

/// Whole numbers up to 2^bits can be summed; 0 = any number of terms fits.
constexpr int exact_bits(ElementType type) {
  constexpr int kBitsOf8BitIntegers = 6;  // 2^6 < 127, the largest int8
  const int significand_bits = info(type).significand_bits;
  return size_of(type) == 1 && significand_bits == 0 ? kBitsOf8BitIntegers : significand_bits;
}

constexpr bool is_unsigned(ElementType type) {
  return type == ElementType::uint8 || type == ElementType::uint32 || type == ElementType::uint64;
}

constexpr ExactRange exact_range(const DataSpec& spec) {
  constexpr std::uint64_t kLargestValue =
      15;  // small enough for products: 15 x 15 x k is exact in f32 up to k = 74,000
  const int bits = exact_bits(spec.type);
  const std::int32_t signs = is_unsigned(spec.type) ? 0 : -1;
  if (bits == 0) return {kLargestValue, 0, signs};
  const std::uint64_t limit = std::uint64_t{1} << bits, ranks = static_cast<std::uint64_t>(spec.ranks);
  // Ones alone would look the same at every index; with both signs they do not.
  const std::uint64_t least_cap = signs == 0 ? 3 : 1;
  const std::uint64_t stride = std::bit_ceil((ranks * least_cap + limit - 1) / limit);
  const std::uint64_t contributing = (ranks + stride - 1) / stride;
  return {static_cast<std::uint32_t>(std::min(kLargestValue, limit / contributing)),
          static_cast<std::uint32_t>(stride - 1), signs};
}

/// The whole number that rank `rank` holds at the index that ends in `index`.
[[gnu::always_inline]] constexpr std::int32_t exact_value(ExactRange range, StreamKey key, std::uint32_t rank,
                                                          std::uint32_t index) {
  const std::uint32_t random = random_bits(key, index);
  const auto magnitude = static_cast<std::int32_t>(1 + (((random & 0xffff) * range.cap) >> 16));
  const std::int32_t sign = (static_cast<std::int32_t>(random) >> 31) & range.signs;  // 0 or -1
  const std::int32_t value = (magnitude ^ sign) - sign;
  return ((index + rank) & range.mask) == 0 ? value : 0;
}

}  // namespace element_function

/// The terms of one rank for `count` elements from the one whose index ends in `index`, all of one stretch.
struct TermRequest {
  element_function::StreamKey key;
  element_function::ExactRange range;
  std::uint32_t rank = 0, index = 0;
  std::size_t count = 0;
};

}  // namespace muster
