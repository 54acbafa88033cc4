// SPDX-License-Identifier: Apache-2.0
// Input data of a rank, and the check of what a collective made of it. Element i of rank r is a pure function of
// (seed, r, i), so any rank can recompute any other rank's input and no expected result has to be stored or sent.
#pragma once

#include <cstdint>
#include <span>

#include "core/element_type.hpp"
#include "core/pattern.hpp"

namespace muster {

struct DataSpec {
  Pattern pattern = Pattern::exact;
  std::uint64_t seed = 0;
  int ranks = 1;  ///< ranks that take part: bounds the exact values so that no sum can round
  ElementType type = ElementType::float32;
};

/// Fills `data` (whole elements of spec.type, any alignment) with elements first_index, first_index + 1, ... of rank
/// `rank`, which is one of 0 .. spec.ranks - 1.
void fill(std::span<std::byte> data, const DataSpec& spec, int rank, std::uint64_t first_index);

/// What `verify` found. `first_wrong` counts from the begin of the span; it means something only if wrong > 0.
struct DataCheck {
  std::uint64_t elements = 0;
  std::uint64_t wrong = 0;
  std::uint64_t first_wrong = 0;
  double expected = 0;  ///< of the first wrong element
  double found = 0;     ///< of the first wrong element

  /// Appends the check of the elements that follow.
  void add(const DataCheck& other);
};

/// Compares every element of `data` with the sum over ranks [first_rank, first_rank + rank_count) of their elements
/// first_index + i. One rank = a copy. Exact equality, except entropy sums of floating types:
/// |found - expected| <= (rank_count - 1) x eps(type) x sum |terms|, the bound of any summation order (Higham
/// 2002, 4.2), plus half an eps of rounding for the stored result. NaN is always wrong. Exact means the same bits: -0
/// is not 0. Only exact data prove a sum: over many ranks the bound of a 16-bit type is wider than a lost term.
DataCheck verify(std::span<const std::byte> data, const DataSpec& spec, int first_rank, int rank_count,
                 std::uint64_t first_index);

}  // namespace muster
