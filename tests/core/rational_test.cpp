// SPDX-License-Identifier: Apache-2.0
// Exact fractions: lowest terms, order without overflow, an error instead of a wrong digit.
#include "core/rational.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numbers>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr WideInt kHuge = (WideInt{1} << 126) - 1;

TEST(Rational, is_kept_in_lowest_terms_with_a_positive_denominator) {
  EXPECT_EQ(Rational::of(-6, -8).text(), "3/4");
  EXPECT_EQ(Rational::of(6, -8).text(), "-3/4");
  EXPECT_EQ(Rational::of(0, -8).text(), "0");
  EXPECT_EQ(Rational(7).text(), "7");
}

TEST(Rational, calculates_as_at_school) {
  const Rational third = Rational::of(1, 3);
  const Rational quarter = Rational::of(1, 4);
  EXPECT_EQ(third + quarter, Rational::of(7, 12));
  EXPECT_EQ(third - quarter, Rational::of(1, 12));
  EXPECT_EQ(third * quarter, Rational::of(1, 12));
  EXPECT_EQ(third / quarter, Rational::of(4, 3));
  EXPECT_DOUBLE_EQ(third.value(), 1.0 / 3);
}

TEST(Rational, orders_all_small_fractions_as_their_cross_products_do) {
  for (int a = -4; a <= 4; ++a) {
    for (int b = 1; b <= 4; ++b) {
      for (int c = -4; c <= 4; ++c) {
        for (int d = 1; d <= 4; ++d) {
          EXPECT_EQ(Rational::of(a, b) <=> Rational::of(c, d), a * d <=> c * b)
              << a << "/" << b << " " << c << "/" << d;
        }
      }
    }
  }
}

TEST(Rational, orders_fractions_whose_cross_products_do_not_fit) {
  EXPECT_LT(Rational::of(kHuge - 1, kHuge), Rational::of(kHuge, kHuge - 1));
  EXPECT_GT(Rational::of(-kHuge, kHuge - 1), Rational::of(-kHuge, kHuge - 2));
}

TEST(Rational, refuses_what_does_not_fit_instead_of_wrapping) {
  EXPECT_THROW(Rational::of(kHuge, 1) * Rational(5), Error);
  EXPECT_THROW(Rational::of(kHuge, 1) + Rational::of(kHuge, 1) + Rational::of(kHuge, 1), Error);
  EXPECT_THROW(Rational::of(1, kHuge) + Rational::of(1, kHuge - 1), Error);
}

TEST(Rational, refuses_division_by_zero) {
  EXPECT_THROW(Rational::of(1, 0), Error);
  EXPECT_THROW(Rational(1) / Rational(0), Error);
}

TEST(Rational, survives_the_ends_of_its_range) {
  constexpr WideInt kLeast = -kHuge - 1 - kHuge - 1;  // -2^127
  EXPECT_EQ(text_of(kLeast), "-170141183460469231731687303715884105728");
  EXPECT_EQ(text_of(kHuge), "85070591730234615865843651857942052863");
  EXPECT_THROW(Rational::of(kLeast, -1), Error);
  EXPECT_THROW(Rational::of(1, kLeast), Error);
}

TEST(NearestRational, finds_the_fraction_that_a_decimal_came_from) {
  EXPECT_EQ(nearest_rational(800.0 / 7, 1000).text(), "800/7");
  EXPECT_EQ(nearest_rational(-2.0 / 3, 1000).text(), "-2/3");
  EXPECT_EQ(nearest_rational(0, 1000).text(), "0");
  EXPECT_EQ(nearest_rational(12345, 1).text(), "12345");
}

TEST(NearestRational, holds_large_numbers_with_large_denominators) {
  EXPECT_DOUBLE_EQ(nearest_rational(4503599627370495.5, std::int64_t{1} << 50).value(), 4503599627370495.5);
}

TEST(NearestRational, is_the_best_of_all_with_so_small_a_denominator) {
  EXPECT_EQ(nearest_rational(std::numbers::pi, 7).text(), "22/7");
  EXPECT_EQ(nearest_rational(std::numbers::pi, 100).text(), "311/99");
  EXPECT_EQ(nearest_rational(std::numbers::pi, 113).text(), "355/113");
}

TEST(GreatestCommonDivisor, is_never_negative) {
  EXPECT_EQ(gcd_of(-12, 18), 6);
  EXPECT_EQ(gcd_of(0, -5), 5);
  EXPECT_EQ(gcd_of(0, 0), 0);
}

}  // namespace
}  // namespace muster
