// SPDX-License-Identifier: Apache-2.0
// Memory loops in plain C++: vectors of 16 bytes as GCC and Clang know them for every target. No non-temporal stores.
#include "kernels/memory_loops.hpp"

namespace muster {
namespace {

struct Lane {
  static constexpr std::size_t kBytes = 16;
  typedef std::uint64_t Vector [[gnu::vector_size(kBytes), gnu::may_alias]];
  static Vector zero() { return Vector{}; }
  static Vector load(const std::byte* from) { return *reinterpret_cast<const Vector*>(from); }
  static Vector sum(Vector a, Vector b) { return a + b; }
  static void store(std::byte* to, Vector value) { *reinterpret_cast<Vector*>(to) = value; }
  static void stream(std::byte* to, Vector value) { store(to, value); }
  static void fence() {}
  static std::uint64_t total(Vector value) { return value[0] + value[1]; }
};

}  // namespace

extern const MemoryLoops kMemoryPortable;
const MemoryLoops kMemoryPortable = memory_loops<Lane>("portable");

}  // namespace muster
