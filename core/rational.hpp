// SPDX-License-Identifier: Apache-2.0
// Exact fractions: limits are compared, and the search for a smallest cut ends, only where no digit is rounded away.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace muster {

/// Wide enough for a sum of 2^26 capacities in bytes/s times a number of ranks.
__extension__ using WideInt = __int128;

std::string text_of(WideInt value);

/// Always in lowest terms with a positive denominator. Every operation throws Error when the result would not fit in
/// 127 bits over 127 bits; nothing wraps.
class Rational {
 public:
  Rational(std::int64_t whole = 0) : numerator_(whole) {}  // NOLINT: a whole number is a fraction
  /// Throws Error when `denominator` is 0.
  static Rational of(WideInt numerator, WideInt denominator);

  WideInt numerator() const { return numerator_; }
  WideInt denominator() const { return denominator_; }
  double value() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }
  /// "800/7", "384".
  std::string text() const;

  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  /// Throws Error when b is 0.
  friend Rational operator/(const Rational& a, const Rational& b);
  friend bool operator==(const Rational&, const Rational&) = default;
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

 private:
  WideInt numerator_ = 0;
  WideInt denominator_ = 1;
};

/// The fraction nearest to `value` with a denominator of at most `most`: how a number found in floating point is turned
/// into one that can be checked exactly. `value` must be finite and below 2^53 in size.
Rational nearest_rational(double value, std::int64_t most);

/// Greatest common divisor, never negative; of 0 and x it is |x|.
WideInt gcd_of(WideInt a, WideInt b);

}  // namespace muster
