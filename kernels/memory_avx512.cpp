// SPDX-License-Identifier: Apache-2.0
// Memory loops with AVX-512.
#include <immintrin.h>

#include "kernels/memory_loops.hpp"

namespace muster {
namespace {

struct Lane {
  static constexpr std::size_t kBytes = 64;
  using Vector = __m512i;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector load(const std::byte* from) { return _mm512_load_si512(from); }
  static Vector sum(Vector a, Vector b) { return _mm512_add_epi64(a, b); }
  static void store(std::byte* to, Vector value) { _mm512_store_si512(to, value); }
  static void stream(std::byte* to, Vector value) { _mm512_stream_si512(reinterpret_cast<__m512i*>(to), value); }
  static void fence() { _mm_sfence(); }
  static std::uint64_t total(Vector value) { return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(value)); }
};

}  // namespace

extern const MemoryLoops kMemoryAvx512;
const MemoryLoops kMemoryAvx512 = memory_loops<Lane>("avx512");

}  // namespace muster
