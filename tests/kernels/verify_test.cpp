// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/fill.hpp"
#include "kernels/reduce.hpp"

namespace muster {
namespace {

using Data = std::vector<std::byte>;

Data filled(const DataSpec& spec, int rank, std::size_t count, std::uint64_t first_index = 0) {
  Data data(count * size_of(spec.type));
  fill(data, spec, rank, first_index);
  return data;
}

/// Whether wrong data can be told from rounding: never for zeros, hardly for random 16-bit floats over many ranks.
bool proves_something(const DataSpec& spec) {
  return spec.pattern == Pattern::exact || (spec.pattern == Pattern::entropy && spec.ranks <= 4);
}

/// Sum over ranks [first, first + count), as a collective would form it, one rank after the other.
Data summed(const DataSpec& spec, int first, int ranks, std::size_t count, std::uint64_t first_index = 0) {
  Data sum = filled(spec, first, count, first_index);
  for (int rank = first + 1; rank < first + ranks; ++rank) {
    reduce_host(sum, sum, filled(spec, rank, count, first_index), spec.type);
  }
  return sum;
}

void add(Data& data, const Data& other, ElementType type) { reduce_host(data, data, other, type); }

std::string described(const DataSpec& spec) {
  return std::string(name_of(spec.pattern)) + " " + std::string(name_of(spec.type)) + " " + std::to_string(spec.ranks);
}

std::vector<DataSpec> all_specs(std::initializer_list<int> rank_counts) {
  std::vector<DataSpec> specs;
  for (const Pattern pattern : {Pattern::exact, Pattern::entropy, Pattern::zeros}) {
    for (const ElementTypeInfo& type : kElementTypes) {
      for (const int ranks : rank_counts) {
        specs.push_back({.pattern = pattern, .seed = 17, .ranks = ranks, .type = type.type});
      }
    }
  }
  return specs;
}

TEST(Verify, Accepts_the_sum_of_any_number_of_ranks_in_every_type_and_pattern) {
  for (const DataSpec& spec : all_specs({1, 2, 3, 8, 33, 300})) {
    const DataCheck check = verify(summed(spec, 0, spec.ranks, 1500), spec, 0, spec.ranks, 0);
    EXPECT_EQ(check.elements, 1500U) << described(spec);
    EXPECT_EQ(check.wrong, 0U) << described(spec) << " expected " << check.expected << " found " << check.found;
  }
}

TEST(Verify, Accepts_a_part_of_the_ranks_from_a_later_index_on_in_an_unaligned_span) {
  constexpr std::uint64_t kAcrossStretches = (std::uint64_t{1} << 32) - 700;
  for (const DataSpec& spec : all_specs({9})) {
    const Data sum = summed(spec, 3, 4, 1500, kAcrossStretches);
    Data shifted(sum.size() + 1);
    std::copy(sum.begin(), sum.end(), shifted.begin() + 1);
    EXPECT_EQ(verify(std::span(shifted).subspan(1), spec, 3, 4, kAcrossStretches).wrong, 0U) << described(spec);
  }
}

TEST(Verify, Exact_sums_do_not_depend_on_the_order) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const DataSpec spec{.seed = 4, .ranks = 40, .type = type.type};
    Data backwards = filled(spec, 39, 500);
    for (int rank = 38; rank >= 0; --rank) add(backwards, filled(spec, rank, 500), type.type);
    EXPECT_EQ(backwards, summed(spec, 0, 40, 500)) << type.name;
  }
}

TEST(Verify, A_missing_contribution_shows_in_every_element) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const DataSpec spec{.seed = 5, .ranks = 8, .type = type.type};
    Data sum = summed(spec, 0, 3, 100);
    add(sum, summed(spec, 4, 4, 100), type.type);
    EXPECT_EQ(verify(sum, spec, 0, 8, 0).wrong, 100U) << type.name;
  }
}

TEST(Verify, A_doubled_contribution_shows_in_every_element) {
  for (const ElementTypeInfo& type : kElementTypes) {
    const DataSpec spec{.seed = 5, .ranks = 8, .type = type.type};
    Data sum = summed(spec, 0, 8, 100);
    add(sum, filled(spec, 6, 100), type.type);
    // Where the sum uses all whole numbers of an 8-bit float already, one more may round away.
    const bool may_round = type.type == ElementType::float8_e5m2;
    EXPECT_GE(verify(sum, spec, 0, 8, 0).wrong, may_round ? 95U : 100U) << type.name;
  }
}

TEST(Verify, A_contribution_replaced_by_that_of_another_rank_shows) {
  for (const DataSpec& spec : all_specs({4, 300})) {
    if (!proves_something(spec)) continue;
    Data sum = summed(spec, 0, 2, 600);
    add(sum, filled(spec, 1, 600), spec.type);
    for (int rank = 3; rank < spec.ranks; ++rank) add(sum, filled(spec, rank, 600), spec.type);
    // With 300 ranks in an 8-bit float each rank contributes to few elements.
    const bool is_sparse = size_of(spec.type) == 1 && info(spec.type).significand_bits > 0 && spec.ranks == 300;
    EXPECT_GT(verify(sum, spec, 0, spec.ranks, 0).wrong, is_sparse ? 15U : 40U) << described(spec);
  }
}

TEST(Verify, Shifted_indices_and_swapped_blocks_show) {
  for (const DataSpec& spec : all_specs({1, 4, 300})) {
    if (!proves_something(spec)) continue;
    const Data sum = summed(spec, 0, spec.ranks, 600);
    EXPECT_GT(verify(sum, spec, 0, spec.ranks, 1).wrong, 200U) << described(spec);
    Data swapped = sum;
    const auto block = static_cast<long>(64 * size_of(spec.type));
    std::swap_ranges(swapped.begin(), swapped.begin() + block, swapped.begin() + 4 * block);
    EXPECT_GT(verify(swapped, spec, 0, spec.ranks, 0).wrong, 50U) << described(spec);
  }
}

TEST(Verify, Any_single_flipped_bit_is_found_and_located) {
  for (const Pattern pattern : {Pattern::exact, Pattern::zeros}) {
    for (const ElementTypeInfo& type : kElementTypes) {
      const DataSpec spec{.pattern = pattern, .seed = 6, .ranks = 2, .type = type.type};
      const Data sum = summed(spec, 0, 2, 1100);
      for (std::size_t bit = 0; bit < 8 * type.size; ++bit) {
        Data damaged = sum;
        damaged[1050 * type.size + bit / 8] ^= std::byte{1} << (bit % 8);
        const DataCheck check = verify(damaged, spec, 0, 2, 0);
        EXPECT_EQ(check.wrong, 1U) << described(spec) << " bit " << bit;
        EXPECT_EQ(check.first_wrong, 1050U) << described(spec) << " bit " << bit;
      }
    }
  }
}

TEST(Verify, Any_flipped_bit_of_copied_random_floats_is_found) {
  const DataSpec spec{.pattern = Pattern::entropy, .seed = 6, .ranks = 2, .type = ElementType::float32};
  const Data copy = filled(spec, 1, 10);
  for (std::size_t bit = 0; bit < 32; ++bit) {
    Data damaged = copy;
    damaged[4 * 4 + bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(verify(damaged, spec, 1, 1, 0).wrong, 1U) << bit;
  }
}

TEST(Verify, Random_sums_have_the_tolerance_of_their_rounding_and_no_more) {
  const DataSpec spec{.pattern = Pattern::entropy, .seed = 8, .ranks = 4, .type = ElementType::float32};
  const auto altered = [&](double steps) {
    Data sum = summed(spec, 0, 4, 1);
    float value = 0;
    std::memcpy(&value, sum.data(), sizeof(value));
    double magnitude = 0;
    for (int rank = 0; rank < 4; ++rank) {
      float term = 0;
      std::memcpy(&term, filled(spec, rank, 1).data(), sizeof(term));
      magnitude += std::abs(static_cast<double>(term));
    }
    value = static_cast<float>(value + steps * magnitude * std::numeric_limits<float>::epsilon());
    std::memcpy(sum.data(), &value, sizeof(value));
    return verify(sum, spec, 0, 4, 0).wrong;
  };
  EXPECT_EQ(altered(0), 0U);
  EXPECT_EQ(altered(2), 0U);  // the bound is 3 eps
  EXPECT_EQ(altered(-2), 0U);
  EXPECT_EQ(altered(5), 1U);
  EXPECT_EQ(altered(-5), 1U);
}

TEST(Verify, A_nan_is_wrong_in_every_pattern) {
  for (const Pattern pattern : {Pattern::exact, Pattern::entropy, Pattern::zeros}) {
    const DataSpec spec{.pattern = pattern, .seed = 8, .ranks = 3, .type = ElementType::float32};
    Data sum = summed(spec, 0, 3, 3);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(sum.data() + 4, &nan, sizeof(nan));
    const DataCheck check = verify(sum, spec, 0, 3, 0);
    EXPECT_EQ(check.wrong, 1U) << name_of(pattern);
    EXPECT_EQ(check.first_wrong, 1U) << name_of(pattern);
    EXPECT_NE(check.found, check.found) << name_of(pattern);
  }
}

TEST(Verify, The_first_wrong_element_is_reported_with_what_was_expected_and_found) {
  const DataSpec spec{.seed = 2, .ranks = 1, .type = ElementType::int32};
  Data data = filled(spec, 0, 3000);
  std::int32_t expected = 0;
  std::memcpy(&expected, data.data() + 2000 * 4, 4);
  for (const std::int32_t i : {2000, 2500}) std::memcpy(data.data() + i * 4, &i, 4);
  const DataCheck check = verify(data, spec, 0, 1, 0);
  EXPECT_EQ(check.elements, 3000U);
  EXPECT_EQ(check.wrong, 2U);
  EXPECT_EQ(check.first_wrong, 2000U);
  EXPECT_EQ(check.expected, expected);
  EXPECT_EQ(check.found, 2000);
}

TEST(Verify, Appended_checks_count_on_from_the_elements_before) {
  DataCheck check{.elements = 10};
  check.add({.elements = 5, .wrong = 1, .first_wrong = 2, .expected = 3, .found = 4});
  check.add({.elements = 5, .wrong = 2, .first_wrong = 0, .expected = 5, .found = 6});
  EXPECT_EQ(check.elements, 20U);
  EXPECT_EQ(check.wrong, 3U);
  EXPECT_EQ(check.first_wrong, 12U);
  EXPECT_EQ(check.expected, 3);
  EXPECT_EQ(check.found, 4);
}

}  // namespace
}  // namespace muster
