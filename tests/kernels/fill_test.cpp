// SPDX-License-Identifier: Apache-2.0
#include "kernels/fill.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "kernels/element_format.hpp"
#include "kernels/element_function.hpp"
#include "kernels/host_bodies.hpp"

namespace muster {
namespace {

std::vector<std::byte> filled(const DataSpec& spec, int rank, std::uint64_t first_index, std::size_t count) {
  std::vector<std::byte> data(count * size_of(spec.type));
  fill(data, spec, rank, first_index);
  return data;
}

double value_at(std::span<const std::byte> data, ElementType type, std::size_t i) {
  return with_format(type, [&](auto format) {
    typename decltype(format)::Bits bits;
    std::memcpy(&bits, data.data() + i * sizeof(bits), sizeof(bits));
    return format.value_of(bits);
  });
}

std::vector<double> values(const DataSpec& spec, int rank, std::size_t count) {
  const std::vector<std::byte> data = filled(spec, rank, 0, count);
  std::vector<double> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(value_at(data, spec.type, i));
  return result;
}

TEST(Fill, An_element_depends_on_its_index_and_not_on_the_span_that_it_is_filled_in) {
  for (const Pattern pattern : {Pattern::exact, Pattern::entropy}) {
    for (const ElementTypeInfo& type : kElementTypes) {
      const DataSpec spec{.pattern = pattern, .seed = 3, .ranks = 4, .type = type.type};
      const std::vector<std::byte> whole = filled(spec, 2, 1000, 3000);
      for (const std::size_t from : {1U, 23U, 24U, 25U, 1024U, 2999U}) {
        const std::vector<std::byte> part = filled(spec, 2, 1000 + from, 3000 - from);
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<long>(from * type.size)))
            << type.name << " from " << from;
      }
    }
  }
}

TEST(Fill, Writes_unaligned_spans_and_nothing_beside_them) {
  const DataSpec spec{.pattern = Pattern::exact, .seed = 1, .ranks = 1, .type = ElementType::float64};
  const std::vector<std::byte> expected = filled(spec, 0, 0, 5);
  std::vector<std::byte> data(50, std::byte{0xee});
  fill(std::span(data).subspan(3, 40), spec, 0, 0);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), data.begin() + 3));
  EXPECT_EQ(std::count(data.begin(), data.begin() + 3, std::byte{0xee}), 3);
  EXPECT_EQ(std::count(data.begin() + 43, data.end(), std::byte{0xee}), 7);
}

TEST(Fill, Seeds_ranks_and_stretches_of_4_Gi_elements_differ) {
  const DataSpec spec{.pattern = Pattern::entropy, .seed = 1, .ranks = 3, .type = ElementType::uint64};
  DataSpec other_seed = spec;
  other_seed.seed = 2;
  constexpr std::uint64_t kStretch = element_function::kStretch;
  const std::vector<std::byte> data = filled(spec, 0, 0, 64);
  EXPECT_NE(data, filled(other_seed, 0, 0, 64));
  EXPECT_NE(data, filled(spec, 1, 0, 64));
  EXPECT_NE(data, filled(spec, 0, kStretch, 64));
  const std::vector<std::byte> across = filled(spec, 0, kStretch - 32, 64);
  const std::vector<std::byte> behind = filled(spec, 0, kStretch, 32);
  EXPECT_TRUE(std::equal(behind.begin(), behind.end(), across.begin() + 32 * 8));
}

TEST(Fill, Exact_values_are_small_whole_numbers_of_both_signs_and_never_zero) {
  for (const ElementTypeInfo& type : kElementTypes) {
    if (type.significand_bits == 0) continue;
    const std::vector<double> data = values({.seed = 9, .ranks = 2, .type = type.type}, 1, 2000);
    const std::set<double> kinds(data.begin(), data.end());
    // Two ranks share the whole numbers that a type holds: 8 of the 16 of f8e4m3, 4 of the 8 of f8e5m2.
    const double largest = std::min(15.0, std::ldexp(0.5, type.significand_bits));
    EXPECT_EQ(*kinds.begin(), -largest) << type.name;
    EXPECT_EQ(*kinds.rbegin(), largest) << type.name;
    EXPECT_EQ(static_cast<double>(kinds.size()), 2 * largest) << type.name;
    EXPECT_EQ(kinds.count(0), 0U) << type.name;
  }
}

TEST(Fill, Exact_values_of_all_ranks_add_up_within_the_whole_numbers_of_the_type) {
  for (const ElementType type : {ElementType::bfloat16, ElementType::float16, ElementType::float32}) {
    const double limit = std::ldexp(1.0, info(type).significand_bits);
    for (const int ranks : {1, 2, 3, 17, 100, 128, 255, 256, 257, 300, 511, 512, 1000, 2048, 2049, 4096}) {
      const DataSpec spec{.seed = 5, .ranks = ranks, .type = type};
      std::vector<double> magnitude(16);
      int contributing = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const std::vector<double> data = values(spec, rank, magnitude.size());
        for (std::size_t i = 0; i < data.size(); ++i) magnitude[i] += std::abs(data[i]);
        contributing += std::any_of(data.begin(), data.end(), [](double value) { return value != 0; }) ? 1 : 0;
      }
      EXPECT_LE(*std::max_element(magnitude.begin(), magnitude.end()), limit) << name_of(type) << " " << ranks;
      EXPECT_GT(*std::min_element(magnitude.begin(), magnitude.end()), 0) << name_of(type) << " " << ranks;
      EXPECT_EQ(contributing, ranks) << name_of(type);
    }
  }
}

TEST(Fill, Entropy_floats_lie_within_one_and_every_mantissa_and_sign_bit_is_set_half_of_the_time) {
  constexpr std::size_t kCount = 20000;
  for (const ElementType type :
       {ElementType::float16, ElementType::float32, ElementType::float64, ElementType::bfloat16}) {
    const DataSpec spec{.pattern = Pattern::entropy, .seed = 11, .ranks = 1, .type = type};
    const std::vector<double> data = values(spec, 0, kCount);
    const int bits = info(type).significand_bits - 1;
    std::vector<std::size_t> set(static_cast<std::size_t>(bits));
    std::size_t negative = 0;
    for (const double value : data) {
      ASSERT_TRUE(std::abs(value) < 1 && std::abs(value) >= 1.0 / 256) << value;
      negative += value < 0 ? 1 : 0;
      int exponent = 0;
      const auto mantissa = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::abs(value), &exponent), bits + 1));
      for (int bit = 0; bit < bits; ++bit) set[static_cast<std::size_t>(bit)] += (mantissa >> bit) & 1;
    }
    // Six standard deviations of 20,000 coin throws are 424.
    EXPECT_NEAR(static_cast<double>(negative), kCount / 2, 424) << name_of(type);
    for (const std::size_t count : set) EXPECT_NEAR(static_cast<double>(count), kCount / 2, 424) << name_of(type);
  }
}

TEST(Fill, Every_bit_of_entropy_integers_is_set_half_of_the_time) {
  for (const ElementType type : {ElementType::uint8, ElementType::int32, ElementType::uint64}) {
    const std::vector<std::byte> data =
        filled({.pattern = Pattern::entropy, .seed = 7, .ranks = 1, .type = type}, 0, 0, 20000);
    std::vector<double> set(8 * size_of(type));
    for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
      set[bit % set.size()] += std::to_integer<int>(data[bit / 8] >> (bit % 8)) & 1;
    }
    for (const double count : set) EXPECT_NEAR(count, 10000, 424) << name_of(type);
  }
}

TEST(Fill, Zeros_are_all_bits_zero) {
  for (const std::byte byte : filled({.pattern = Pattern::zeros, .type = ElementType::float32}, 0, 7, 100)) {
    EXPECT_EQ(byte, std::byte{0});
  }
}

TEST(Fill, Every_body_computes_the_same_terms) {
  const TermRequest request{.key = element_function::stream_key(1, 2, 3),
                            .range = {.cap = 15, .mask = 3},
                            .rank = 2,
                            .index = 0xffffff00,
                            .count = 255};
  const ElementLoops& portable = *element_loops_here().back();
  EXPECT_STREQ(portable.name, "portable");
  std::vector<std::int32_t> exact(256, 100);
  std::vector<std::uint32_t> random32(256, 100);
  std::vector<std::uint64_t> random64(256, 100);
  portable.add_exact(exact.data(), request);
  portable.add_random32(random32.data(), request);
  portable.add_random64(random64.data(), request);
  EXPECT_EQ(exact[255], 100);
  for (const ElementLoops* loops : element_loops_here()) {
    std::vector<std::int32_t> sums(256, 100);
    loops->add_exact(sums.data(), request);
    EXPECT_EQ(sums, exact) << loops->name;
    std::vector<std::uint32_t> sums32(256, 100);
    loops->add_random32(sums32.data(), request);
    EXPECT_EQ(sums32, random32) << loops->name;
    std::vector<std::uint64_t> sums64(256, 100);
    loops->add_random64(sums64.data(), request);
    EXPECT_EQ(sums64, random64) << loops->name;
  }
}

TEST(Fill, Stored_plans_can_rely_on_the_values_of_one_seed_forever) {
  const std::vector<double> data = values({.seed = 42, .ranks = 8, .type = ElementType::float32}, 3, 6);
  EXPECT_EQ(data, (std::vector<double>{-2, 15, -8, -15, -9, 12}));
}

TEST(FillDeathTest, A_rank_outside_the_ranks_is_a_bug) {
  std::vector<std::byte> data(4);
  EXPECT_DEATH(fill(data, {.ranks = 2}, 2, 0), "rank");
}

}  // namespace
}  // namespace muster
