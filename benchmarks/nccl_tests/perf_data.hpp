// SPDX-License-Identifier: Apache-2.0
// The data of a row and what must become of them under every operation, chosen so that no result depends on the order
// in which ranks were combined; tolerance 0 but for avg of floats, as in nccl-tests.
#pragma once

#include <cstdint>
#include <span>

#include "collectives/problem.hpp"

namespace muster {

class PerfData {
 public:
  PerfData(const Problem& problem, std::uint64_t seed) : problem_(problem), seed_(seed) {}

  /// Whole elements of `rank` from `first` on.
  void fill(std::span<std::byte> data, int rank, std::uint64_t first) const;

  /// How many elements of `found` differ from what `block` must be; `first` counts from the block's begin.
  std::uint64_t wrong_in(std::span<const std::byte> found, int block, std::uint64_t first) const;

 private:
  bool has_only_sums() const;
  /// The terms of all ranks combined.
  void combine_terms(std::span<std::byte> result, std::uint64_t first) const;

  const Problem& problem_;
  std::uint64_t seed_;
};

}  // namespace muster
