// SPDX-License-Identifier: Apache-2.0
#include "core/rational.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

/// -2^127, the one number that has no opposite of its own width.
constexpr WideInt kLeast = WideInt{1} << 127;

Error too_large() { return Error("an exact fraction grew beyond 127 bits: capacities with fewer digits are needed"); }

WideInt times(WideInt a, WideInt b) {
  WideInt product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw too_large();
  return product;
}

WideInt plus(WideInt a, WideInt b) {
  WideInt sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw too_large();
  return sum;
}

/// Largest whole number that is not above a/b, for b > 0.
WideInt floor_of(WideInt a, WideInt b) {
  const WideInt quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

}  // namespace

std::string text_of(WideInt value) {
  if (value == 0) return "0";
  std::string digits;
  const bool negative = value < 0;
  for (; value != 0; value /= 10) {
    const int digit = static_cast<int>(value % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  if (negative) digits.push_back('-');
  std::ranges::reverse(digits);
  return digits;
}

WideInt gcd_of(WideInt a, WideInt b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a < 0 ? -a : a;
}

Rational Rational::of(WideInt numerator, WideInt denominator) {
  if (denominator == 0) throw Error("division by zero in an exact fraction");
  if (numerator == kLeast || denominator == kLeast) throw too_large();
  const WideInt common = gcd_of(numerator, denominator) * (denominator < 0 ? -1 : 1);
  Rational result;
  result.numerator_ = numerator / common;
  result.denominator_ = denominator / common;
  return result;
}

std::string Rational::text() const {
  return denominator_ == 1 ? text_of(numerator_) : text_of(numerator_) + "/" + text_of(denominator_);
}

Rational operator+(const Rational& a, const Rational& b) {
  const WideInt common = gcd_of(a.denominator_, b.denominator_);
  const WideInt left = times(a.numerator_, b.denominator_ / common);
  const WideInt right = times(b.numerator_, a.denominator_ / common);
  return Rational::of(plus(left, right), times(a.denominator_, b.denominator_ / common));
}

Rational operator-(const Rational& a, const Rational& b) { return a + Rational(-1) * b; }

Rational operator*(const Rational& a, const Rational& b) {
  const WideInt down = std::max<WideInt>(gcd_of(a.numerator_, b.denominator_), 1);
  const WideInt up = std::max<WideInt>(gcd_of(b.numerator_, a.denominator_), 1);
  return Rational::of(times(a.numerator_ / down, b.numerator_ / up), times(a.denominator_ / up, b.denominator_ / down));
}

Rational operator/(const Rational& a, const Rational& b) { return a * Rational::of(b.denominator_, b.numerator_); }

// Compares by continued fractions, so that it never overflows.
std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  WideInt an = a.numerator_, ad = a.denominator_, bn = b.numerator_, bd = b.denominator_;
  for (bool flipped = false;; flipped = !flipped) {
    const WideInt a_whole = floor_of(an, ad);
    const WideInt b_whole = floor_of(bn, bd);
    if (a_whole != b_whole)
      return (a_whole < b_whole) != flipped ? std::strong_ordering::less : std::strong_ordering::greater;
    an -= a_whole * ad;
    bn -= b_whole * bd;
    if (an == 0 && bn == 0) return std::strong_ordering::equal;
    if (an == 0 || bn == 0) return (an == 0) != flipped ? std::strong_ordering::less : std::strong_ordering::greater;
    std::swap(an, ad);
    std::swap(bn, bd);
  }
}

// Convergents of the continued fraction, then the best of the last two candidates.
Rational nearest_rational(double value, std::int64_t most) {
  MUSTER_ASSERT(std::isfinite(value) && std::fabs(value) < 9007199254740992.0 && most >= 1);
  WideInt before_n = 0, n = 1;
  std::int64_t before_d = 1, d = 0;
  double rest = value;
  for (int step = 0; step < 64; ++step) {
    const double whole = std::floor(rest);
    const auto digit = static_cast<std::int64_t>(whole);
    if (d != 0 && digit > (most - before_d) / d) {
      const std::int64_t part = (most - before_d) / d;
      const Rational shorter = Rational::of(before_n + part * n, before_d + part * d);
      const Rational convergent = Rational::of(n, d);
      return std::fabs(shorter.value() - value) < std::fabs(convergent.value() - value) ? shorter : convergent;
    }
    before_n = std::exchange(n, digit * n + before_n);
    before_d = std::exchange(d, digit * d + before_d);
    const double fraction = rest - whole;
    if (fraction < 1e-15 || d > most) break;
    rest = 1 / fraction;
    if (rest > 9e15) break;
  }
  return Rational::of(n, d);
}

}  // namespace muster
