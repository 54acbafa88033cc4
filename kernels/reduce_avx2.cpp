// SPDX-License-Identifier: Apache-2.0
// Sums with AVX2 and F16C: the twins of reduce_avx512.cpp.
#include <immintrin.h>

#include "kernels/reduce_loops.hpp"

namespace muster {
namespace {

__m256i load256(const std::byte* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }

struct Wide {
  static constexpr std::size_t kBytes = 32;
  static void store(std::byte* target, __m256i sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), sum); }
};

struct Whole8 : Wide {
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm256_add_epi8(load256(left), load256(right));
  }
};

struct Whole32 : Wide {
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm256_add_epi32(load256(left), load256(right));
  }
};

struct Whole64 : Wide {
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm256_add_epi64(load256(left), load256(right));
  }
};

struct Float32 : Wide {
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm256_castps_si256(_mm256_add_ps(_mm256_castsi256_ps(load256(left)), _mm256_castsi256_ps(load256(right))));
  }
};

struct Float64 : Wide {
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm256_castpd_si256(_mm256_add_pd(_mm256_castsi256_pd(load256(left)), _mm256_castsi256_pd(load256(right))));
  }
};

/// 8 elements at a time, widened to 256 bits.
struct Float16 {
  static constexpr std::size_t kBytes = 16;
  static __m256 load(const std::byte* from) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static __m128i add(const std::byte* left, const std::byte* right) {
    return _mm256_cvtps_ph(_mm256_add_ps(load(left), load(right)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static void store(std::byte* target, __m128i sum) { _mm_storeu_si128(reinterpret_cast<__m128i*>(target), sum); }
};

/// The upper and the lower element of each 32 bits, apart; nothing crosses a lane.
struct Bfloat16 : Wide {
  /// Result in the upper 16 bits.
  static __m256i rounded(__m256 sum) {
    const __m256i bits = _mm256_castps_si256(sum);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i to_even = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(sum, sum, _CMP_UNORD_Q));
    return _mm256_blendv_epi8(to_even, bits, is_nan);
  }
  static __m256 upper(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(static_cast<int>(0xffff0000))));
  }
  static __m256 lower(__m256i pairs) { return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)); }

  static __m256i add(const std::byte* left, const std::byte* right) {
    const __m256i a = load256(left), b = load256(right);
    const __m256i high = rounded(_mm256_add_ps(upper(a), upper(b)));
    const __m256i low = rounded(_mm256_add_ps(lower(a), lower(b)));
    return _mm256_blend_epi16(_mm256_srli_epi32(low, 16), high, 0xaa);
  }
};

}  // namespace

extern const ReduceLoops kReduceAvx2;
const ReduceLoops kReduceAvx2 = {
    ReduceBody::avx2,
    {add_loop<Whole8>, add_loop<Whole8>, add_loop<Whole32>, add_loop<Whole32>, add_loop<Whole64>, add_loop<Whole64>,
     add_loop<Float16>, add_loop<Float32>, add_loop<Float64>, add_loop<Bfloat16>}};

}  // namespace muster
