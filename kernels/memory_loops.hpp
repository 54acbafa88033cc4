// SPDX-License-Identifier: Apache-2.0
// The memory loops, once as source: kMemoryStep bytes of each array per iteration, in independent registers.
// A `Lane` gives kBytes, Vector, zero(), load(), sum(), store(), stream(), fence() and total() of one instruction set,
// and lives in the including file's unnamed namespace (host_bodies.hpp).
#pragma once

#include "kernels/host_bodies.hpp"

namespace muster {

/// Non-temporal stores are weakly ordered: fence() completes them before the pass counts as done.
enum class Stores { ordinary, streaming };

template <typename Lane, Stores kStores>
void put(std::byte* target, typename Lane::Vector value) {
  if constexpr (kStores == Stores::streaming) {
    Lane::stream(target, value);
  } else {
    Lane::store(target, value);
  }
}

template <typename Lane>
std::uint64_t read_pass(std::byte*, const std::byte* left, const std::byte*, std::size_t bytes) {
  constexpr std::size_t kVectors = kMemoryStep / Lane::kBytes;
  typename Lane::Vector sums[8];
  for (auto& sum : sums) sum = Lane::zero();
  for (std::size_t i = 0; i < bytes; i += kMemoryStep) {
#pragma GCC unroll 64
    for (std::size_t v = 0; v < kVectors; ++v)
      sums[v % 8] = Lane::sum(sums[v % 8], Lane::load(left + i + v * Lane::kBytes));
  }
  std::uint64_t total = 0;
  for (const auto& sum : sums) total += Lane::total(sum);
  return total;
}

template <typename Lane, Stores kStores>
std::uint64_t write_pass(std::byte* target, const std::byte*, const std::byte*, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kMemoryStep) {
#pragma GCC unroll 64
    for (std::size_t v = 0; v < kMemoryStep; v += Lane::kBytes) put<Lane, kStores>(target + i + v, Lane::zero());
  }
  Lane::fence();
  return 0;
}

template <typename Lane, Stores kStores>
std::uint64_t copy_pass(std::byte* target, const std::byte* left, const std::byte*, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kMemoryStep) {
#pragma GCC unroll 64
    for (std::size_t v = 0; v < kMemoryStep; v += Lane::kBytes) {
      put<Lane, kStores>(target + i + v, Lane::load(left + i + v));
    }
  }
  Lane::fence();
  return 0;
}

template <typename Lane, Stores kStores>
std::uint64_t add_pass(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += kMemoryStep) {
#pragma GCC unroll 64
    for (std::size_t v = 0; v < kMemoryStep; v += Lane::kBytes) {
      put<Lane, kStores>(target + i + v, Lane::sum(Lane::load(left + i + v), Lane::load(right + i + v)));
    }
  }
  Lane::fence();
  return 0;
}

template <typename Lane>
constexpr MemoryLoops memory_loops(const char* name) {
  return {name,
          {read_pass<Lane>, write_pass<Lane, Stores::ordinary>, copy_pass<Lane, Stores::ordinary>,
           add_pass<Lane, Stores::ordinary>},
          {read_pass<Lane>, write_pass<Lane, Stores::streaming>, copy_pass<Lane, Stores::streaming>,
           add_pass<Lane, Stores::streaming>}};
}

}  // namespace muster
