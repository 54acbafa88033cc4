// SPDX-License-Identifier: Apache-2.0
// The two 8-bit floating types of the OCP specification (OFP8, revision 1.0) as bit patterns: exact widening to float,
// narrowing by rounding to nearest even. What is too large, infinities included, becomes the largest finite value, as
// CUDA's conversions do by default (__NV_SATFINITE), so that sums on a GPU and on the host agree bit for bit.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernels/float16.hpp"

namespace muster {

/// E4M3: 4 bits of exponent (bias 7), 3 of mantissa, no infinities, one NaN per sign; largest 448.
constexpr float float_from_float8_e4m3(std::uint8_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x80) << 24, magnitude = bits & 0x7f;
  // Multiplying by 2^(127 - 7) moves the exponent to float's bias and makes denormals normal, both without rounding.
  const auto finite = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 20) * 0x1p120F);
  return std::bit_cast<float>(sign | select(magnitude == 0x7f, 0x7fc00000, finite));
}

/// E5M2: 5 bits of exponent (bias 15), 2 of mantissa, with infinities and NaN as in IEEE 754; largest finite 57344.
constexpr float float_from_float8_e5m2(std::uint8_t bits) {
  return float_from_float16(static_cast<std::uint16_t>(bits << 8));  // binary16 with eight bits less of mantissa
}

namespace float8 {

/// Of a format with these parameters; `largest` is its largest finite pattern, 0x7f a NaN in both.
template <int kMantissaBits, int kBias, std::uint32_t kLargest>
constexpr std::uint8_t from_float(float value) {
  constexpr int kLost = 23 - kMantissaBits;
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kSmallestNormal = static_cast<std::uint32_t>(128 - kBias) << 23;
  // A float whose last bit weighs as much as that of a denormal result: the addition itself rounds to even.
  constexpr auto kAligned = std::bit_cast<float>(static_cast<std::uint32_t>(128 - kBias + kLost) << 23);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 24) & 0x80, magnitude = bits & 0x7fffffff;
  const std::uint32_t to_even = (1U << (kLost - 1)) - 1 + ((magnitude >> kLost) & 1);
  const std::uint32_t normal = (magnitude - (static_cast<std::uint32_t>(127 - kBias) << 23) + to_even) >> kLost;
  const std::uint32_t denormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + kAligned) - std::bit_cast<std::uint32_t>(kAligned);
  const std::uint32_t finite = std::min(select(magnitude < kSmallestNormal, denormal, normal), kLargest);
  return static_cast<std::uint8_t>(sign | select(magnitude > kInfinity, 0x7f, finite));
}

}  // namespace float8

constexpr std::uint8_t float8_e4m3_from_float(float value) { return float8::from_float<3, 7, 0x7e>(value); }
constexpr std::uint8_t float8_e5m2_from_float(float value) { return float8::from_float<2, 15, 0x7b>(value); }

}  // namespace muster
