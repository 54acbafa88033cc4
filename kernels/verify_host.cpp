// SPDX-License-Identifier: Apache-2.0
// Host body of verify: recomputes the terms of every rank, block by block, and compares. Everything with tolerance 0
// is compared as bits, so that even the sign of a zero counts.
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "kernels/element_sums.hpp"
#include "kernels/fill.hpp"

namespace muster {
namespace {

/// What one block is checked against.
struct Expectation {
  const ElementLoops& loops;
  const DataSpec& spec;
  TermRanks ranks;
};

template <typename Bits>
Bits load(const std::byte* data, std::uint64_t i) {
  Bits bits;
  std::memcpy(&bits, data + i * sizeof(Bits), sizeof(Bits));
  return bits;
}

template <typename Format>
DataCheck verify_bits(const std::byte* data, Block block, const Expectation& expectation) {
  using Bits = typename Format::Bits;
  std::array<Bits, kBlock> expected;
  exact_bits<Format>(expectation.loops, expected, block, expectation.spec, expectation.ranks);
  DataCheck check{.elements = block.count};
  if (std::memcmp(data, expected.data(), block.count * sizeof(Bits)) == 0) return check;
  for (std::uint64_t i = block.count; i-- > 0;) {
    const Bits found = load<Bits>(data, i);
    if (found == expected[i]) continue;
    ++check.wrong;
    check.first_wrong = i;
    check.expected = Format::value_of(expected[i]);
    check.found = Format::value_of(found);
  }
  return check;
}

/// Sums of random floats, which round: the bound is in the description of verify().
template <typename Format>
DataCheck verify_rounded(const std::byte* data, Block block, const Expectation& expectation) {
  using Bits = typename Format::Bits;
  std::array<double, kBlock> sum{}, magnitude{};
  for_each_rank(block, expectation.spec, expectation.ranks, [&](const TermRequest& request) {
    RandomSums<Bits> random{};
    add_random<Bits>(expectation.loops, random, request);
    for (std::uint64_t i = 0; i < block.count; ++i) {
      const double term = Format::value_of(Format::from_random(static_cast<Bits>(random[i])));
      sum[i] += term;
      magnitude[i] += std::abs(term);
    }
  });
  DataCheck check{.elements = block.count};
  for (std::uint64_t i = block.count; i-- > 0;) {
    const double found = Format::value_of(load<Bits>(data, i));
    const double bound = Format::kEpsilon * ((expectation.ranks.count - 1) * magnitude[i] + 0.5 * std::abs(sum[i]));
    if (std::abs(found - sum[i]) <= bound) continue;  // false for a NaN
    ++check.wrong;
    check.first_wrong = i;
    check.expected = sum[i];
    check.found = found;
  }
  return check;
}

template <typename Format>
DataCheck verify_block(const std::byte* data, Block block, const Expectation& expectation) {
  if constexpr (Format::kFloating) {
    const bool rounds = expectation.spec.pattern == Pattern::entropy && expectation.ranks.count > 1;
    if (rounds) return verify_rounded<Format>(data, block, expectation);
  }
  return verify_bits<Format>(data, block, expectation);
}

}  // namespace

void DataCheck::add(const DataCheck& other) {
  if (wrong == 0 && other.wrong > 0) {
    first_wrong = elements + other.first_wrong;
    expected = other.expected;
    found = other.found;
  }
  elements += other.elements;
  wrong += other.wrong;
}

DataCheck verify(std::span<const std::byte> data, const DataSpec& spec, int first_rank, int rank_count,
                 std::uint64_t first_index) {
  MUSTER_ASSERT(first_rank >= 0 && rank_count >= 1 && first_rank + rank_count <= spec.ranks);
  const std::size_t size = size_of(spec.type);
  MUSTER_ASSERT(data.size() % size == 0);
  const Expectation expectation{*element_loops_here().front(), spec, {first_rank, rank_count}};
  DataCheck check;
  with_format(spec.type, [&](auto format) {
    while (check.elements < data.size() / size) {
      const Block block = first_block(first_index + check.elements, data.size() / size - check.elements);
      check.add(verify_block<decltype(format)>(data.data() + check.elements * size, block, expectation));
    }
  });
  return check;
}

}  // namespace muster
