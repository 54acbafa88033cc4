// SPDX-License-Identifier: Apache-2.0
// Memory loops with AVX2.
#include <immintrin.h>

#include "kernels/memory_loops.hpp"

namespace muster {
namespace {

struct Lane {
  static constexpr std::size_t kBytes = 32;
  using Vector = __m256i;
  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector load(const std::byte* from) { return _mm256_load_si256(reinterpret_cast<const Vector*>(from)); }
  static Vector sum(Vector a, Vector b) { return _mm256_add_epi64(a, b); }
  static void store(std::byte* to, Vector value) { _mm256_store_si256(reinterpret_cast<Vector*>(to), value); }
  static void stream(std::byte* to, Vector value) { _mm256_stream_si256(reinterpret_cast<Vector*>(to), value); }
  static void fence() { _mm_sfence(); }
  static std::uint64_t total(Vector value) {
    alignas(kBytes) std::uint64_t lanes[4];
    _mm256_store_si256(reinterpret_cast<Vector*>(lanes), value);
    return lanes[0] + lanes[1] + lanes[2] + lanes[3];
  }
};

}  // namespace

extern const MemoryLoops kMemoryAvx2;
const MemoryLoops kMemoryAvx2 = memory_loops<Lane>("avx2");

}  // namespace muster
