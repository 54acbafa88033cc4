// SPDX-License-Identifier: Apache-2.0
// Host body of combine: one loop for all operations and types, each a few lines of arithmetic.
#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "core/error.hpp"
#include "kernels/combine.hpp"
#include "kernels/float16.hpp"
#include "kernels/float8.hpp"
#include "kernels/reduce.hpp"

namespace muster {
namespace {

/// How a type is stored, what it is computed in, and the way between the two.
template <typename T>
struct Plain {
  using Stored = T;
  using Value = T;
  static Value value_of(Stored stored) { return stored; }
  static Stored stored_of(Value value) { return value; }
};

template <typename B, float (*widen)(B), B (*narrow)(float)>
struct Narrow {
  using Stored = B;
  using Value = float;
  static Value value_of(Stored stored) { return widen(stored); }
  static Stored stored_of(Value value) { return narrow(value); }
};

using Half = Narrow<std::uint16_t, float_from_float16, float16_from_float>;
using Bfloat = Narrow<std::uint16_t, float_from_bfloat16, bfloat16_from_float>;
using E4m3 = Narrow<std::uint8_t, float_from_float8_e4m3, float8_e4m3_from_float>;
using E5m2 = Narrow<std::uint8_t, float_from_float8_e5m2, float8_e5m2_from_float>;

template <typename Body>
void with_arithmetic(ElementType type, Body body) {
  switch (type) {
    case ElementType::int8:
      return body(Plain<std::int8_t>{});
    case ElementType::uint8:
      return body(Plain<std::uint8_t>{});
    case ElementType::int32:
      return body(Plain<std::int32_t>{});
    case ElementType::uint32:
      return body(Plain<std::uint32_t>{});
    case ElementType::int64:
      return body(Plain<std::int64_t>{});
    case ElementType::uint64:
      return body(Plain<std::uint64_t>{});
    case ElementType::float16:
      return body(Half{});
    case ElementType::float32:
      return body(Plain<float>{});
    case ElementType::float64:
      return body(Plain<double>{});
    case ElementType::bfloat16:
      return body(Bfloat{});
    case ElementType::float8_e4m3:
      return body(E4m3{});
    case ElementType::float8_e5m2:
      return body(E5m2{});
  }
}

template <typename T>
T load(const std::byte* data, std::size_t i) {
  T value;
  std::memcpy(&value, data + i * sizeof(T), sizeof(T));
  return value;
}

struct Product {
  template <typename T>
  T operator()(T left, T right) const {
    if constexpr (std::is_integral_v<T>) {
      // Unsigned and wide, because signed overflow is undefined and small types grow to int.
      return static_cast<T>(static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(right));
    } else {
      return left * right;
    }
  }
};
struct Least {
  template <typename T>
  T operator()(T left, T right) const {
    return std::min(left, right);
  }
};
struct Most {
  template <typename T>
  T operator()(T left, T right) const {
    return std::max(left, right);
  }
};

template <typename Operation>
void combine(std::span<std::byte> target, std::span<const std::byte> left, std::span<const std::byte> right,
             ElementType type) {
  MUSTER_ASSERT(target.size() == left.size() && target.size() == right.size());
  with_arithmetic(type, [&](auto arithmetic) {
    using Arithmetic = decltype(arithmetic);
    using Stored = typename Arithmetic::Stored;
    for (std::size_t i = 0; i < target.size() / sizeof(Stored); ++i) {
      const auto value = Operation()(Arithmetic::value_of(load<Stored>(left.data(), i)),
                                     Arithmetic::value_of(load<Stored>(right.data(), i)));
      const Stored stored = Arithmetic::stored_of(value);
      std::memcpy(target.data() + i * sizeof(Stored), &stored, sizeof(Stored));
    }
  });
}

template <typename T>
T scaled(T value, Scale scale) {
  if constexpr (std::is_integral_v<T>) {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const T product = Product()(value, static_cast<T>(scale.numerator));
    return static_cast<T>(static_cast<Wide>(product) / static_cast<Wide>(scale.denominator));
  } else {
    return value * static_cast<T>(scale.numerator) / static_cast<T>(scale.denominator);
  }
}

}  // namespace

CombineFunction combine_host(ReduceOperation operation) {
  switch (operation) {
    case ReduceOperation::prod:
      return combine<Product>;
    case ReduceOperation::min:
      return combine<Least>;
    case ReduceOperation::max:
      return combine<Most>;
    case ReduceOperation::sum:
    case ReduceOperation::avg:
    case ReduceOperation::mulsum:
      break;
  }
  return reduce_host;
}

void scale_host(std::span<std::byte> target, std::span<const std::byte> source, Scale scale, ElementType type) {
  MUSTER_ASSERT(target.size() == source.size() && scale.denominator > 0);
  with_arithmetic(type, [&](auto arithmetic) {
    using Arithmetic = decltype(arithmetic);
    using Stored = typename Arithmetic::Stored;
    for (std::size_t i = 0; i < target.size() / sizeof(Stored); ++i) {
      const Stored stored = Arithmetic::stored_of(scaled(Arithmetic::value_of(load<Stored>(source.data(), i)), scale));
      std::memcpy(target.data() + i * sizeof(Stored), &stored, sizeof(Stored));
    }
  });
}

}  // namespace muster
