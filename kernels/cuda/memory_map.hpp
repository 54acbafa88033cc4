// SPDX-License-Identifier: Apache-2.0
// Which bytes a stream over memory touches and what it leaves there, as arithmetic that its kernels (memory_pass.cu)
// and the tests on hosts share. No CUDA in this header.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/pattern.hpp"
#include "core/units.hpp"

namespace muster {

namespace memory_map {

inline constexpr int kThreads = 256;
inline constexpr int kLoads = 4;         ///< per thread, array and turn, independent of each other
inline constexpr int kVectorBytes = 16;  ///< the widest access of one thread

inline constexpr float kWritten = 1;
inline constexpr float kFactor = 3;

/// The vector that `thread` touches: neighbouring threads, neighbouring vectors.
constexpr std::uint64_t vector_of(std::uint64_t turn, int load, int thread) {
  return (turn * kLoads + static_cast<std::uint64_t>(load)) * kThreads + static_cast<std::uint64_t>(thread);
}

/// Element i of the inputs: small whole numbers, so that sums and triads are exact in f32, and shifted against each
/// other, so that elements that change places show.
constexpr float left_at(std::uint64_t i) { return static_cast<float>(i % 1024); }
constexpr float right_at(std::uint64_t i) { return static_cast<float>(i / 8 % 256); }

/// Element i of the target after a pass.
constexpr float expected_at(MemoryAccess access, std::uint64_t i) {
  switch (access) {
    case MemoryAccess::write:
      return kWritten;
    case MemoryAccess::add:
      return left_at(i) + right_at(i);
    case MemoryAccess::triad:
      return left_at(i) + kFactor * right_at(i);
    default:
      return left_at(i);
  }
}

}  // namespace memory_map

/// Arrays are whole multiples of this many bytes: one block's turn.
inline constexpr std::uint64_t kPassBytes =
    std::uint64_t{memory_map::kThreads} * memory_map::kLoads * memory_map::kVectorBytes;

/// The arrays of a working set: equal, one behind the other, inputs first.
struct MemoryArrays {
  std::uint64_t count = 1;
  Bytes each;  ///< a multiple of kPassBytes, at least one
};

constexpr MemoryArrays memory_arrays(MemoryAccess access, Bytes working_set) {
  const bool has_one = access == MemoryAccess::read || access == MemoryAccess::write;
  const bool has_three = access == MemoryAccess::add || access == MemoryAccess::triad;
  const std::uint64_t count = has_one ? 1 : has_three ? 3 : 2;
  return {count, {std::max<std::uint64_t>(working_set.value / count / kPassBytes, 1) * kPassBytes}};
}

}  // namespace muster
