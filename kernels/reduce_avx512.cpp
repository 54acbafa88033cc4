// SPDX-License-Identifier: Apache-2.0
// Sums with AVX-512 (F, BW, VL). The 16-bit floats are widened to f32, added and rounded to nearest even; adding two of
// them in f32 first loses nothing, because f32 has more than twice their significand plus two bits.
#include <immintrin.h>

#include "kernels/reduce_loops.hpp"

namespace muster {
namespace {

__m512i load512(const std::byte* from) { return _mm512_loadu_si512(from); }

struct Wide {
  static constexpr std::size_t kBytes = 64;
  static void store(std::byte* target, __m512i sum) { _mm512_storeu_si512(target, sum); }
  static void stream(std::byte* target, __m512i sum) { _mm512_stream_si512(reinterpret_cast<__m512i*>(target), sum); }
  static void end_stream() { _mm_sfence(); }
};

struct Whole8 : Wide {
  static __m512i add(const std::byte* left, const std::byte* right) {
    return _mm512_add_epi8(load512(left), load512(right));
  }
};

struct Whole32 : Wide {
  static __m512i add(const std::byte* left, const std::byte* right) {
    return _mm512_add_epi32(load512(left), load512(right));
  }
};

struct Whole64 : Wide {
  static __m512i add(const std::byte* left, const std::byte* right) {
    return _mm512_add_epi64(load512(left), load512(right));
  }
};

struct Float32 : Wide {
  static __m512i add(const std::byte* left, const std::byte* right) {
    return _mm512_castps_si512(_mm512_add_ps(_mm512_loadu_ps(left), _mm512_loadu_ps(right)));
  }
};

struct Float64 : Wide {
  static __m512i add(const std::byte* left, const std::byte* right) {
    return _mm512_castpd_si512(_mm512_add_pd(_mm512_loadu_pd(left), _mm512_loadu_pd(right)));
  }
};

/// 16 elements at a time, widened to 512 bits.
struct Float16 {
  static constexpr std::size_t kBytes = 32;
  static __m512 load(const std::byte* from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  static __m256i add(const std::byte* left, const std::byte* right) {
    return _mm512_cvtps_ph(_mm512_add_ps(load(left), load(right)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static void store(std::byte* target, __m256i sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), sum); }
  static void stream(std::byte* target, __m256i sum) { _mm256_stream_si256(reinterpret_cast<__m256i*>(target), sum); }
  static void end_stream() { _mm_sfence(); }
};

/// The upper and the lower element of each 32 bits, apart; nothing crosses a lane. Rounded by hand: the instruction
/// vcvtneps2bf16 would flush denormals to zero.
struct Bfloat16 : Wide {
  /// Result in the upper 16 bits. A NaN that an addition gave is quiet already and only cut.
  static __m512i rounded(__m512 sum) {
    const __m512i bits = _mm512_castps_si512(sum);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i to_even = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __mmask16 is_nan = _mm512_cmp_ps_mask(sum, sum, _CMP_UNORD_Q);
    return _mm512_mask_mov_epi32(to_even, is_nan, bits);
  }
  static __m512 upper(__m512i pairs) {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
  }
  static __m512 lower(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }

  static __m512i add(const std::byte* left, const std::byte* right) {
    const __m512i a = load512(left), b = load512(right);
    const __m512i high = rounded(_mm512_add_ps(upper(a), upper(b)));
    const __m512i low = rounded(_mm512_add_ps(lower(a), lower(b)));
    return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(low, 16), high);
  }
};

}  // namespace

extern const ReduceLoops kReduceAvx512;
const ReduceLoops kReduceAvx512 = {
    ReduceBody::avx512,
    {add_loop<Whole8>, add_loop<Whole8>, add_loop<Whole32>, add_loop<Whole32>, add_loop<Whole64>, add_loop<Whole64>,
     add_loop<Float16>, add_loop<Float32>, add_loop<Float64>, add_loop<Bfloat16>}};

}  // namespace muster
