// SPDX-License-Identifier: Apache-2.0
// Sums of the element function over ranks, block by block: what fill writes (one rank) and what verify expects.
// A block's sums stay in the first cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "kernels/element_format.hpp"
#include "kernels/element_function.hpp"
#include "kernels/host_bodies.hpp"

namespace muster {

inline constexpr std::uint64_t kBlock = 1024;  ///< elements: 8 KiB of 8-byte sums, a fraction of any first cache

struct TermRanks {
  int first = 0, count = 0;
};

/// `count` <= kBlock elements from index `first_index` on, all of one stretch.
struct Block {
  std::uint64_t first_index = 0;
  std::uint64_t count = 0;
};

constexpr Block first_block(std::uint64_t first_index, std::uint64_t elements) {
  using element_function::kStretch;
  return {first_index, std::min({elements, kStretch - first_index % kStretch, kBlock})};
}

/// Calls `body(request)` with the terms of each rank.
template <typename Body>
void for_each_rank(Block block, const DataSpec& spec, TermRanks ranks, Body body) {
  using namespace element_function;
  const ExactRange range = exact_range(spec);
  for (int rank = ranks.first; rank < ranks.first + ranks.count; ++rank) {
    body(TermRequest{stream_key(spec.seed, rank, block.first_index / kStretch), range, static_cast<std::uint32_t>(rank),
                     static_cast<std::uint32_t>(block.first_index), block.count});
  }
}

template <typename Bits>
using RandomSums = std::array<std::conditional_t<sizeof(Bits) == 8, std::uint64_t, std::uint32_t>, kBlock>;

template <typename Bits>
void add_random(const ElementLoops& loops, RandomSums<Bits>& sums, const TermRequest& request) {
  if constexpr (sizeof(Bits) == 8) {
    loops.add_random64(sums.data(), request);
  } else {
    loops.add_random32(sums.data(), request);
  }
}

/// The bits of the sum over `ranks` of each element, for all sums that cannot round: exact values, zeros, integers that
/// wrap, and one rank alone.
template <typename Format>
void exact_bits(const ElementLoops& loops, std::array<typename Format::Bits, kBlock>& bits, Block block,
                const DataSpec& spec, TermRanks ranks) {
  using Bits = typename Format::Bits;
  if (spec.pattern == Pattern::exact) {
    std::array<std::int32_t, kBlock> sums{};
    for_each_rank(block, spec, ranks, [&](const TermRequest& request) { loops.add_exact(sums.data(), request); });
    std::transform(sums.begin(), sums.end(), bits.begin(), Format::from_whole);
  } else if (spec.pattern == Pattern::entropy) {
    RandomSums<Bits> sums{};
    for_each_rank(block, spec, ranks, [&](const TermRequest& request) { add_random<Bits>(loops, sums, request); });
    std::transform(sums.begin(), sums.end(), bits.begin(),
                   [](auto sum) { return Format::from_random(static_cast<Bits>(sum)); });
  } else {
    bits.fill(0);
  }
}

}  // namespace muster
