// SPDX-License-Identifier: Apache-2.0
// Parsers and printers of quantities. Locale-free (std::from_chars): the same text means the same number everywhere.
#include "core/units.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/error.hpp"

namespace muster {

namespace {

struct Unit {
  std::string_view name;
  double factor;  // SI value of one
};

constexpr std::array<Unit, 6> kTimeUnits = {
    {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};

struct Quantity {
  double value;
  std::string_view unit;  // whatever follows the number
};

// Signs, "inf" and "nan" are refused: none of our quantities can be any of them.
Quantity split_quantity(std::string_view text, const std::string& error) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) == 0) throw Error(error);
  Quantity quantity{};
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), quantity.value);
  if (code != std::errc{}) throw Error(error);
  quantity.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  return quantity;
}

// Power of two that `suffix` stands for: "", "K", "kb", "GiB". -1 when it is no size suffix.
int shift_of(std::string_view suffix) {
  std::string lower;
  for (const char letter : suffix) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  constexpr std::array<std::string_view, 4> kPrefixes = {"", "k", "m", "g"};
  for (std::size_t i = 0; i < kPrefixes.size(); ++i) {
    const std::string prefix(kPrefixes[i]);
    if (lower == prefix || lower == prefix + "b" || (i > 0 && lower == prefix + "ib")) return static_cast<int>(10 * i);
  }
  return -1;
}

}  // namespace

Bytes parse_size(std::string_view text) {
  const std::string error =
      "not a size: " + in_quotes(text) + "; write bytes or powers of 1024, such as 8, 64K, 38.3M or 8G";
  const Quantity quantity = split_quantity(text, error);
  const int shift = shift_of(quantity.unit);
  if (shift < 0) throw Error(error);
  const Error too_large("size too large: " + in_quotes(text) + " is 16 exbibytes or more");
  // A double holds 53 bits; whole numbers are read again as such, so that every byte count survives.
  std::uint64_t whole = 0;
  const auto [rest, code] = std::from_chars(text.data(), quantity.unit.data(), whole);
  if (rest == quantity.unit.data()) {
    if (code != std::errc{} || whole > std::numeric_limits<std::uint64_t>::max() >> shift) throw too_large;
    return {whole << shift};
  }
  const double bytes = std::ldexp(quantity.value, shift);
  // 2^64 is the first double that does not fit.
  if (bytes >= std::ldexp(1.0, 64)) throw too_large;
  return {static_cast<std::uint64_t>(bytes)};
}

Seconds parse_duration(std::string_view text) {
  const std::string error =
      "not a duration: " + in_quotes(text) + "; write a number with its unit: 250ns, 10us, 500ms, 90s, 2m or 1h";
  const Quantity quantity = split_quantity(text, error);
  for (const Unit& unit : kTimeUnits) {
    if (unit.name == quantity.unit) return {quantity.value * unit.factor};
  }
  throw Error(error);
}

std::string format_size(Bytes size) {
  constexpr std::string_view kSuffixes = "KMG";
  std::uint64_t value = size.value;
  std::string suffix;
  for (const char letter : kSuffixes) {
    if (value == 0 || value % 1024 != 0) break;
    value /= 1024;
    suffix = letter;
  }
  return std::to_string(value) + suffix;
}

std::string format_duration(Seconds time) {
  constexpr std::size_t kLastUnit = 3;  // minutes and hours are for typing only
  std::size_t unit = 0;
  // 999.95 is the least number that four digits would round to 1000.
  while (unit < kLastUnit && std::abs(time.value) / kTimeUnits[unit].factor >= 999.95) ++unit;
  const double value = time.value / kTimeUnits[unit].factor;
  std::array<char, 400> text{};  // the longest double has 309 digits
  std::snprintf(text.data(), text.size(), std::abs(value) >= 999.95 ? "%.0f %s" : "%#.4g %s", value,
                std::string(kTimeUnits[unit].name).c_str());
  return text.data();
}

}  // namespace muster
