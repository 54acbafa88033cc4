// SPDX-License-Identifier: Apache-2.0
#include "kernels/float16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace muster {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// One 16-bit format: its conversions and its fields.
struct Format {
  float (*widen)(std::uint16_t);
  std::uint16_t (*narrow)(float);
  int exponent_bits, mantissa_bits;

  std::uint16_t infinity() const { return static_cast<std::uint16_t>(((1 << exponent_bits) - 1) << mantissa_bits); }
  bool is_nan(std::uint16_t bits) const { return (bits & 0x7fff) > infinity(); }
  /// The definition of IEEE 754, in double.
  double value_of(std::uint16_t bits) const {
    const int exponent = (bits & 0x7fff) >> mantissa_bits, mantissa = bits & ((1 << mantissa_bits) - 1);
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
    return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  }
};

constexpr Format kFormats[] = {{float_from_float16, float16_from_float, 5, 10},
                               {float_from_bfloat16, bfloat16_from_float, 8, 7}};

TEST(Float16, Widening_gives_the_value_of_every_finite_pattern) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      if ((bits & 0x7fff) >= format.infinity()) continue;
      ASSERT_EQ(static_cast<double>(format.widen(bits)), format.value_of(bits)) << std::hex << bits;
      ASSERT_EQ(std::signbit(format.widen(bits)), (bits & 0x8000) != 0) << std::hex << bits;
    }
  }
}

TEST(Float16, Narrowing_a_widened_pattern_gives_it_back) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      if (format.is_nan(bits)) continue;
      ASSERT_EQ(format.narrow(format.widen(bits)), bits) << std::hex << bits;
    }
  }
}

TEST(Float16, A_value_between_two_neighbours_goes_to_the_nearer_and_a_tie_to_the_even_one) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i + 1 < format.infinity(); ++i) {
      const auto below = static_cast<std::uint16_t>(i), above = static_cast<std::uint16_t>(i + 1);
      const auto middle = static_cast<float>((format.value_of(below) + format.value_of(above)) / 2);
      const auto even = (below & 1) == 0 ? below : above;
      ASSERT_EQ(format.narrow(middle), even) << std::hex << below;
      ASSERT_EQ(format.narrow(std::nextafter(middle, 0.0F)), below) << std::hex << below;
      ASSERT_EQ(format.narrow(std::nextafter(middle, kInfinity)), above) << std::hex << below;
      ASSERT_EQ(format.narrow(-middle), even | 0x8000) << std::hex << below;
    }
  }
}

TEST(Float16, Values_beyond_the_largest_become_infinity_from_half_a_step_on) {
  for (const Format& format : kFormats) {
    const auto largest = static_cast<std::uint16_t>(format.infinity() - 1);
    const double step = format.value_of(largest) - format.value_of(static_cast<std::uint16_t>(largest - 1));
    const auto half_way = static_cast<float>(format.value_of(largest) + step / 2);
    EXPECT_EQ(format.narrow(std::nextafter(half_way, 0.0F)), largest);
    EXPECT_EQ(format.narrow(half_way), format.infinity());
    EXPECT_EQ(format.narrow(kInfinity), format.infinity());
    EXPECT_EQ(format.narrow(-kInfinity), format.infinity() | 0x8000);
    EXPECT_EQ(format.widen(format.infinity()), kInfinity);
  }
}

TEST(Float16, Every_nan_stays_a_quiet_nan) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      if (!format.is_nan(bits)) continue;
      ASSERT_TRUE(std::isnan(format.widen(bits))) << std::hex << bits;
      const std::uint16_t back = format.narrow(format.widen(bits));
      ASSERT_TRUE(format.is_nan(back)) << std::hex << bits;
      ASSERT_TRUE((back >> (format.mantissa_bits - 1)) & 1) << std::hex << bits;
    }
    EXPECT_TRUE(format.is_nan(format.narrow(std::bit_cast<float>(0x7f800001U))));
  }
}

}  // namespace
}  // namespace muster
