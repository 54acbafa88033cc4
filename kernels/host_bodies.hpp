// SPDX-License-Identifier: Apache-2.0
// The inner loops of the host kernels, as tables of function pointers: one table per instruction set, all in one
// binary, chosen at run time. Files named *_avx2.cpp and *_avx512.cpp are compiled with wider instructions than the
// rest, so nothing in them may be an inline function of external linkage: the linker could pick that copy for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/element_type.hpp"
#include "kernels/reduce.hpp"

namespace muster {

struct TermRequest;  // element_function.hpp

/// Add the terms of one rank to `sums`.
struct ElementLoops {
  const char* name;
  void (*add_exact)(std::int32_t* sums, const TermRequest& request);
  void (*add_random32)(std::uint32_t* sums, const TermRequest& request);
  void (*add_random64)(std::uint64_t* sums, const TermRequest& request);
};

/// target = left + right over `bytes` bytes of whole elements.
using AddLoop = void (*)(std::byte* target, const std::byte* left, const std::byte* right, std::size_t bytes);

struct ReduceLoops {
  ReduceBody body;
  AddLoop by_type[kElementTypes.size()];  ///< indexed by ElementType; null = no better than the portable one
};

/// One pass: reads `left` (and `right`), writes `target`, `bytes` each, a multiple of kMemoryStep; unused pointers may
/// be null. Returns something that depends on every byte read.
using MemoryLoop = std::uint64_t (*)(std::byte* target, const std::byte* left, const std::byte* right,
                                     std::size_t bytes);

inline constexpr std::size_t kMemoryStep = 512;  ///< bytes of one array per loop iteration: eight AVX-512 registers

struct MemoryLoops {
  const char* name;
  MemoryLoop ordinary[4];   ///< indexed by MemoryAccess
  MemoryLoop streaming[4];  ///< with non-temporal stores where the instruction set has them
};

struct PeakLoop {
  ElementType type;
  const char* name;
  double flops_per_iteration;
  /// All operands are 1 and the accumulators start at 0, so the sum of the accumulators, which is returned, is the
  /// number of multiply-adds done (as long as the type counts that far): the claimed work can be tested.
  double (*run)(std::uint64_t iterations);
};

/// What this CPU can run, best first; the last entry is portable C++ and runs anywhere.
std::span<const ElementLoops* const> element_loops_here();
std::span<const ReduceLoops* const> reduce_loops_here();
std::span<const MemoryLoops* const> memory_loops_here();
/// Several entries may have one type, and a type may be absent.
std::span<const PeakLoop* const> peak_loops_here();

}  // namespace muster
