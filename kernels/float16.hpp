// SPDX-License-Identifier: Apache-2.0
// The two 16-bit floating types as bit patterns: exact widening to float, narrowing by rounding to nearest even.
// Infinities, denormals and the sign of zero are kept; a NaN stays a quiet NaN. Plain arithmetic, so that it runs
// anywhere.
#pragma once

#include <bit>
#include <cstdint>

namespace muster {

/// `yes` where `condition` is 1, `no` where it is 0. Both values are computed and one is selected by its bits: without
/// a branch, loops of conversions become vectors.
constexpr std::uint32_t select(std::uint32_t condition, std::uint32_t yes, std::uint32_t no) {
  const std::uint32_t mask = std::uint32_t{0} - condition;
  return (yes & mask) | (no & ~mask);
}

constexpr float float_from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

constexpr std::uint16_t bfloat16_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  constexpr std::uint32_t kInfinity = 0x7f800000, kQuiet = 0x00400000;
  const std::uint32_t to_even =
      0x7fff + ((bits >> 16) & 1);  // carries into the kept half when more than a half is lost
  const bool is_nan = (bits & 0x7fffffff) > kInfinity;
  return static_cast<std::uint16_t>(select(is_nan, bits | kQuiet, bits + to_even) >> 16);
}

/// The binary16 format of IEEE 754: 5 bits of exponent (bias 15), 10 bits of mantissa.
constexpr float float_from_float16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t shifted = static_cast<std::uint32_t>(bits & 0x7fff) << 13;
  // Multiplying by 2^(127 - 15) moves the exponent to float's bias and makes denormals normal, both without rounding.
  const auto rebiased = std::bit_cast<std::uint32_t>(std::bit_cast<float>(shifted) * 0x1p112F);
  constexpr std::uint32_t kLargestExponent = 0x1f << 23, kInfinity = 0x7f800000, kQuiet = 0x00400000;
  const std::uint32_t special = shifted | kInfinity | select(shifted > kLargestExponent, kQuiet, 0);
  return std::bit_cast<float>(sign | select(shifted >= kLargestExponent, special, rebiased));
}

constexpr std::uint16_t float16_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kOverflow = 0x477ff000;        // 65520, half way between the largest finite value and 2^16
  constexpr std::uint32_t kSmallestNormal = 0x38800000;  // 2^-14
  const std::uint32_t to_even = 0xfff + ((magnitude >> 13) & 1);
  const std::uint32_t normal = (magnitude - (112U << 23) + to_even) >> 13;
  // The last bit of 0.5 weighs 2^-24, as that of a denormal result does: the addition itself rounds to even.
  const std::uint32_t denormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t quiet_nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  const std::uint32_t finite = select(magnitude < kSmallestNormal, denormal, normal);
  const std::uint32_t special = select(magnitude > kInfinity, quiet_nan, 0x7c00);
  return static_cast<std::uint16_t>(sign | select(magnitude >= kOverflow, special, finite));
}

}  // namespace muster
