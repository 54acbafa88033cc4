// SPDX-License-Identifier: Apache-2.0
// How each element type stores what the element function gives: whole numbers and random bits, and back to double.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "core/element_type.hpp"
#include "kernels/float16.hpp"
#include "kernels/float8.hpp"

namespace muster {

/// An integer type: exact values and random words wrap into it.
template <typename T>
struct WholeFormat {
  using Bits = std::make_unsigned_t<T>;
  static constexpr bool kFloating = false;
  static constexpr Bits from_whole(std::int32_t value) { return static_cast<Bits>(value); }
  static constexpr Bits from_random(Bits random) { return random; }
  static constexpr double value_of(Bits bits) { return static_cast<double>(static_cast<T>(bits)); }
};

/// A binary floating type. `to_double` widens its bits.
template <typename B, int kMantissaBits, int kBias, double (*to_double)(B)>
struct FloatFormat {
  using Bits = B;
  static constexpr bool kFloating = true;
  static constexpr double kEpsilon = 1.0 / static_cast<double>(std::uint64_t{1} << kMantissaBits);

  /// Whole numbers of at most kMantissaBits + 1 bits, by cutting the (then empty) end off float's mantissa.
  static constexpr Bits from_whole(std::int32_t value) {
    if constexpr (sizeof(Bits) == 8) {
      return std::bit_cast<Bits>(static_cast<double>(value));
    } else {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      const std::uint32_t sign = bits >> 31, magnitude = bits & 0x7fffffff;
      const std::uint32_t rebiased =
          (magnitude >> (23 - kMantissaBits)) - (std::uint32_t{127 - kBias} << kMantissaBits);
      return static_cast<Bits>((sign << (8 * sizeof(Bits) - 1)) | (magnitude == 0 ? 0 : rebiased));
    }
  }

  /// Random sign, mantissa and one of eight exponents: +-[2^-8, 1), every bit of the mantissa random. Where the bias
  /// leaves no room for eight below 1 without denormals, four: +-[2^-4, 1).
  static constexpr Bits from_random(Bits random) {
    constexpr int kSignShift = 8 * static_cast<int>(sizeof(Bits)) - 1;
    constexpr Bits kKept = static_cast<Bits>((Bits{1} << kSignShift) | ((Bits{1} << kMantissaBits) - 1));
    constexpr Bits kExponents = kBias > 8 ? 8 : 4;
    const auto exponent = static_cast<Bits>(Bits{kBias - 1} - ((random >> kMantissaBits) & (kExponents - 1)));
    return static_cast<Bits>((random & kKept) | (exponent << kMantissaBits));
  }

  static constexpr double value_of(Bits bits) { return to_double(bits); }
};

constexpr double double_from_float16(std::uint16_t bits) { return static_cast<double>(float_from_float16(bits)); }
constexpr double double_from_bfloat16(std::uint16_t bits) { return static_cast<double>(float_from_bfloat16(bits)); }
constexpr double double_from_float32(std::uint32_t bits) { return static_cast<double>(std::bit_cast<float>(bits)); }
constexpr double double_from_float64(std::uint64_t bits) { return std::bit_cast<double>(bits); }

constexpr double double_from_float8_e4m3(std::uint8_t bits) {
  return static_cast<double>(float_from_float8_e4m3(bits));
}
constexpr double double_from_float8_e5m2(std::uint8_t bits) {
  return static_cast<double>(float_from_float8_e5m2(bits));
}

/// Calls `body(format)` with the format of `type`: one switch instead of one per loop.
template <typename Body>
constexpr auto with_format(ElementType type, Body body) {
  switch (type) {
    case ElementType::int8:
      return body(WholeFormat<std::int8_t>{});
    case ElementType::uint8:
      return body(WholeFormat<std::uint8_t>{});
    case ElementType::int32:
      return body(WholeFormat<std::int32_t>{});
    case ElementType::uint32:
      return body(WholeFormat<std::uint32_t>{});
    case ElementType::int64:
      return body(WholeFormat<std::int64_t>{});
    case ElementType::uint64:
      return body(WholeFormat<std::uint64_t>{});
    case ElementType::float16:
      return body(FloatFormat<std::uint16_t, 10, 15, double_from_float16>{});
    case ElementType::float32:
      return body(FloatFormat<std::uint32_t, 23, 127, double_from_float32>{});
    case ElementType::float64:
      return body(FloatFormat<std::uint64_t, 52, 1023, double_from_float64>{});
    case ElementType::float8_e4m3:
      return body(FloatFormat<std::uint8_t, 3, 7, double_from_float8_e4m3>{});
    case ElementType::float8_e5m2:
      return body(FloatFormat<std::uint8_t, 2, 15, double_from_float8_e5m2>{});
    case ElementType::bfloat16:
      break;
  }
  return body(FloatFormat<std::uint16_t, 7, 127, double_from_bfloat16>{});
}

}  // namespace muster
