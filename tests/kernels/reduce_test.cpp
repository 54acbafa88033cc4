// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/element_format.hpp"
#include "kernels/fill.hpp"

namespace muster {
namespace {

using Data = std::vector<std::byte>;

/// Raw random bits: for floats with every exponent, denormals, infinities and NaN.
Data random_bits(std::size_t bytes, std::uint64_t seed) {
  Data data(bytes);
  fill(data, {.pattern = Pattern::entropy, .seed = seed, .type = ElementType::uint8}, 0, 0);
  return data;
}

/// The bits of element i, all NaN made one, because which NaN a sum gives is not promised.
std::uint64_t canonical(std::span<const std::byte> data, ElementType type, std::size_t i) {
  return with_format(type, [&](auto format) -> std::uint64_t {
    typename decltype(format)::Bits bits;
    std::memcpy(&bits, data.data() + i * sizeof(bits), sizeof(bits));
    return std::isnan(format.value_of(bits)) ? ~std::uint64_t{0} : bits;
  });
}

void expect_same(std::span<const std::byte> found, std::span<const std::byte> expected, ElementType type,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size() / size_of(type); ++i) {
    ASSERT_EQ(canonical(found, type, i), canonical(expected, type, i)) << what << ", element " << i;
  }
}

Data portable_sum(std::span<const std::byte> left, std::span<const std::byte> right, ElementType type) {
  Data sum(left.size());
  reduce_host_with(ReduceBody::portable, sum, left, right, type);
  return sum;
}

std::string described(ReduceBody body, ElementType type, std::size_t count) {
  return std::string(name_of(body)) + " " + std::string(name_of(type)) + " " + std::to_string(count);
}

TEST(Reduce, The_portable_body_comes_last_and_runs_anywhere) {
  ASSERT_FALSE(reduce_bodies_here().empty());
  EXPECT_EQ(reduce_bodies_here().back(), ReduceBody::portable);
  EXPECT_EQ(name_of(ReduceBody::avx512), "avx512");
  EXPECT_EQ(name_of(ReduceBody::portable), "portable");
}

TEST(Reduce, The_portable_body_rounds_each_sum_of_16_bit_floats_once) {
  for (const ElementType type : {ElementType::float16, ElementType::bfloat16}) {
    const Data left = random_bits(2 << 16, 1), right = random_bits(2 << 16, 2);
    const Data sum = portable_sum(left, right, type);
    with_format(type, [&](auto format) {
      for (std::size_t i = 0; i < left.size() / 2; ++i) {
        std::uint16_t a = 0, b = 0, found = 0;
        std::memcpy(&a, &left[2 * i], 2);
        std::memcpy(&b, &right[2 * i], 2);
        std::memcpy(&found, &sum[2 * i], 2);
        // The double sum of two 16-bit floats is exact, or so unequal that its rounding cannot reach the 16 bits.
        const double exact = format.value_of(static_cast<decltype(format)::Bits>(a)) +
                             format.value_of(static_cast<decltype(format)::Bits>(b));
        const double back = format.value_of(static_cast<decltype(format)::Bits>(found));
        if (std::isnan(exact)) {
          ASSERT_TRUE(std::isnan(back)) << a << " + " << b;
        } else if (!std::isinf(back)) {
          const auto neighbour = [&](int step) {
            return format.value_of(static_cast<decltype(format)::Bits>(found + step));
          };
          ASSERT_LE(std::abs(back - exact), std::abs(neighbour(1) - exact)) << a << " + " << b;
          if ((found & 0x7fff) != 0) {
            ASSERT_LE(std::abs(back - exact), std::abs(neighbour(-1) - exact)) << a << " + " << b;
          }
        }
      }
    });
  }
}

TEST(Reduce, Integers_that_overflow_wrap_around) {
  const std::uint8_t left[] = {255, 128, 127}, right[] = {1, 128, 1};
  for (const ReduceBody body : reduce_bodies_here()) {
    std::uint8_t sum[3] = {};
    reduce_host_with(body, std::as_writable_bytes(std::span(sum)), std::as_bytes(std::span(left)),
                     std::as_bytes(std::span(right)), ElementType::int8);
    EXPECT_EQ(sum[0], 0);
    EXPECT_EQ(sum[1], 0);
    EXPECT_EQ(sum[2], 128);
  }
}

TEST(Reduce, Every_body_gives_the_portable_sums_for_every_type_and_length) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const Data left = random_bits(258 * type.size, 3), right = random_bits(258 * type.size, 4);
    for (std::size_t count = 0; count <= 257; ++count) {
      const auto a = std::span(left).first(count * type.size), b = std::span(right).first(count * type.size);
      const Data expected = portable_sum(a, b, type.type);
      for (const ReduceBody body : reduce_bodies_here()) {
        Data sum(count * type.size + 1, std::byte{0x5a});
        reduce_host_with(body, std::span(sum).first(count * type.size), a, b, type.type);
        EXPECT_EQ(sum.back(), std::byte{0x5a}) << "wrote beyond the end";
        expect_same(std::span(sum).first(count * type.size), expected, type.type, described(body, type.type, count));
      }
    }
  }
}

TEST(Reduce, Every_body_reads_and_writes_unaligned_spans) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const std::size_t bytes = 100 * type.size;
    const Data left = random_bits(bytes + 64, 5), right = random_bits(bytes + 64, 6);
    const auto a = std::span(left).subspan(1, bytes), b = std::span(right).subspan(7, bytes);
    for (const ReduceBody body : reduce_bodies_here()) {
      Data sum(bytes + 64);
      reduce_host_with(body, std::span(sum).subspan(13, bytes), a, b, type.type);
      expect_same(std::span(sum).subspan(13, bytes), portable_sum(a, b, type.type), type.type,
                  described(body, type.type, 100));
    }
  }
}

TEST(Reduce, Every_body_gives_the_same_sums_when_they_go_past_the_caches) {
  // Longer than kStreamFromBytes, not a whole number of vectors, and not aligned.
  const std::size_t bytes = (std::size_t{2} << 20) + 24;
  const Data left = random_bits(bytes + 64, 9), right = random_bits(bytes + 64, 10);
  for (const ElementTypeInfo& type : kElementTypes) {
    const auto a = std::span(left).subspan(type.size, bytes), b = std::span(right).subspan(2 * type.size, bytes);
    const Data expected = portable_sum(a, b, type.type);
    for (const ReduceBody body : reduce_bodies_here()) {
      Data sum(bytes + 64);
      const auto target = std::span(sum).subspan(3 * type.size, bytes);
      reduce_host_with(body, target, a, b, type.type);
      expect_same(target, expected, type.type, described(body, type.type, bytes / type.size));
    }
  }
}

TEST(Reduce, Every_body_works_in_place_on_either_side) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const Data left = random_bits(233 * type.size, 7), right = random_bits(233 * type.size, 8);
    const Data expected = portable_sum(left, right, type.type);
    for (const ReduceBody body : reduce_bodies_here()) {
      Data target = left;
      reduce_host_with(body, target, target, right, type.type);
      expect_same(target, expected, type.type, described(body, type.type, 233) + " in place of the left");
      target = right;
      reduce_host_with(body, target, left, target, type.type);
      expect_same(target, expected, type.type, described(body, type.type, 233) + " in place of the right");
    }
  }
}

TEST(Reduce, Every_body_keeps_denormals_infinities_and_ties_of_every_16_bit_pattern) {
  for (const ElementType type : {ElementType::float16, ElementType::bfloat16}) {
    Data left(2 << 16);
    for (std::uint32_t i = 0; i < 0x10000; ++i) std::memcpy(&left[2 * i], &i, 2);  // little-endian low half
    for (const std::uint32_t other : {0x0000, 0x8000, 0x0001, 0x8001, 0x3c00, 0x1000, 0x7c00, 0x7f80, 0xfbff, 0x7f7f}) {
      Data right(2 << 16);
      for (std::uint32_t i = 0; i < 0x10000; ++i) std::memcpy(&right[2 * i], &other, 2);
      const Data expected = portable_sum(left, right, type);
      for (const ReduceBody body : reduce_bodies_here()) {
        Data sum(left.size());
        reduce_host_with(body, sum, left, right, type);
        expect_same(sum, expected, type, described(body, type, other));
      }
    }
  }
}

TEST(Reduce, The_body_chosen_for_this_CPU_gives_the_portable_sums) {
  const Data left = random_bits(4096, 9), right = random_bits(4096, 10);
  Data chosen(4096);
  reduce_host(chosen, left, right, ElementType::float32);
  expect_same(chosen, portable_sum(left, right, ElementType::float32), ElementType::float32, "chosen");
}

TEST(ReduceDeathTest, Spans_of_different_sizes_are_a_bug) {
  Data four(4), eight(8);
  EXPECT_DEATH(reduce_host(four, four, eight, ElementType::int32), "size");
}

}  // namespace
}  // namespace muster
