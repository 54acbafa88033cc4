// SPDX-License-Identifier: Apache-2.0
#include "kernels/float8.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace muster {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Format {
  float (*widen)(std::uint8_t);
  std::uint8_t (*narrow)(float);
  int bias, mantissa_bits;
  std::uint8_t largest;  ///< finite

  /// The definition of OFP8, in double.
  double value_of(std::uint8_t bits) const {
    const int exponent = (bits & 0x7f) >> mantissa_bits, mantissa = bits & ((1 << mantissa_bits) - 1);
    const double sign = (bits & 0x80) != 0 ? -1 : 1;
    if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
    return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  }
};

constexpr Format kE4m3{float_from_float8_e4m3, float8_e4m3_from_float, 7, 3, 0x7e};
constexpr Format kE5m2{float_from_float8_e5m2, float8_e5m2_from_float, 15, 2, 0x7b};

TEST(Float8, Largest_values_are_those_of_the_specification) {
  EXPECT_EQ(float_from_float8_e4m3(0x7e), 448);
  EXPECT_EQ(float_from_float8_e5m2(0x7b), 57344);
  EXPECT_EQ(float_from_float8_e4m3(0x01), 0x1p-9F);
  EXPECT_EQ(float_from_float8_e5m2(0x01), 0x1p-16F);
}

TEST(Float8, Widening_gives_the_value_of_every_finite_pattern_and_narrowing_gives_it_back) {
  for (const Format& format : {kE4m3, kE5m2}) {
    for (int i = 0; i < 256; ++i) {
      const auto bits = static_cast<std::uint8_t>(i);
      if ((bits & 0x7f) > format.largest) continue;
      EXPECT_EQ(static_cast<double>(format.widen(bits)), format.value_of(bits)) << i;
      EXPECT_EQ(format.narrow(format.widen(bits)), bits) << i;
    }
  }
}

TEST(Float8, A_value_between_two_neighbours_goes_to_the_nearer_and_a_tie_to_the_even_one) {
  for (const Format& format : {kE4m3, kE5m2}) {
    for (int i = 0; i < format.largest; ++i) {
      const auto below = static_cast<std::uint8_t>(i), above = static_cast<std::uint8_t>(i + 1);
      const auto middle = static_cast<float>((format.value_of(below) + format.value_of(above)) / 2);
      const auto even = (below & 1) == 0 ? below : above;
      EXPECT_EQ(format.narrow(middle), even) << i;
      EXPECT_EQ(format.narrow(std::nextafter(middle, 0.0F)), below) << i;
      EXPECT_EQ(format.narrow(std::nextafter(middle, kInfinity)), above) << i;
      EXPECT_EQ(format.narrow(-middle), even | 0x80) << i;
    }
  }
}

TEST(Float8, What_is_too_large_becomes_the_largest_finite_value) {
  for (const Format& format : {kE4m3, kE5m2}) {
    for (const float value : {1e6F, std::numeric_limits<float>::max(), kInfinity}) {
      EXPECT_EQ(format.narrow(value), format.largest);
      EXPECT_EQ(format.narrow(-value), format.largest | 0x80);
    }
  }
}

TEST(Float8, A_NaN_stays_one_and_E5M2_has_infinities) {
  for (const Format& format : {kE4m3, kE5m2}) {
    EXPECT_TRUE(std::isnan(format.widen(format.narrow(std::numeric_limits<float>::quiet_NaN()))));
    EXPECT_TRUE(std::isnan(format.widen(0xff)));
  }
  EXPECT_EQ(float_from_float8_e5m2(0x7c), kInfinity);
  EXPECT_EQ(float_from_float8_e5m2(0xfc), -kInfinity);
}

}  // namespace
}  // namespace muster
