// SPDX-License-Identifier: Apache-2.0
// Quantities with their units as types, their parsers (what users type) and their printers (what users read).
// Everything inside is SI; microseconds, GB/s and MiB appear only in the format_ functions and in writers.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

struct Bytes {
  std::uint64_t value = 0;
  auto operator<=>(const Bytes&) const = default;
};

struct Seconds {
  double value = 0;
  auto operator<=>(const Seconds&) const = default;
};

struct BytesPerSecond {
  double value = 0;
  auto operator<=>(const BytesPerSecond&) const = default;
};

/// Floating-point operations; a fused multiply-add counts as two. Integer multiply-adds count the same way.
struct Flops {
  double value = 0;
  auto operator<=>(const Flops&) const = default;
};

struct FlopsPerSecond {
  double value = 0;
  auto operator<=>(const FlopsPerSecond&) const = default;
};

constexpr Seconds operator+(Seconds a, Seconds b) { return {a.value + b.value}; }
constexpr Seconds operator-(Seconds a, Seconds b) { return {a.value - b.value}; }
constexpr Seconds operator*(Seconds a, double factor) { return {a.value * factor}; }
constexpr double operator/(Seconds a, Seconds b) { return a.value / b.value; }
constexpr Bytes operator+(Bytes a, Bytes b) { return {a.value + b.value}; }
constexpr Bytes operator*(Bytes a, std::uint64_t factor) { return {a.value * factor}; }
constexpr Seconds operator/(Bytes a, BytesPerSecond b) { return {static_cast<double>(a.value) / b.value}; }
constexpr BytesPerSecond operator/(Bytes a, Seconds b) { return {static_cast<double>(a.value) / b.value}; }
constexpr Seconds operator/(Flops a, FlopsPerSecond b) { return {a.value / b.value}; }
constexpr FlopsPerSecond operator/(Flops a, Seconds b) { return {a.value / b.value}; }

/// "8", "64K", "38.3M", "8G", "8MB": powers of 1024 in either case, as nccl-tests reads them (`1T` is refused there
/// and here). Fractions are cut to whole bytes. Throws Error when the text is anything else.
Bytes parse_size(std::string_view text);

/// "90s", "500ms", "10us", "250ns", "2m", "1h". A number without a unit is an error, because it is always misread.
Seconds parse_duration(std::string_view text);

/// "8", "64K", "1M": exact multiples of a power of 1024 only, otherwise plain bytes. parse_size() reads it back.
std::string format_size(Bytes size);

/// Four significant digits with the unit that keeps them readable: "812.0 ns", "13.45 us", "2.100 ms", "1.500 s".
std::string format_duration(Seconds time);

}  // namespace muster
