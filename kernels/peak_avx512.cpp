// SPDX-License-Identifier: Apache-2.0
// Multiply-add peaks of AVX-512 (F, BW). The 1 that multiplies comes through a volatile, so that nothing is folded.
#include <immintrin.h>

#include "kernels/peak_loops.hpp"

namespace muster {
namespace {

struct Float32 {
  using Vector = __m512;
  static constexpr int kMultiplyAdds = 16;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector ones() {
    volatile float one = 1;
    return _mm512_set1_ps(one);
  }
  static Vector multiply_add(Vector sum, Vector one) { return _mm512_fmadd_ps(sum, one, one); }
  static double total(Vector sum) { return total_of<float>(sum); }
};

struct Float64 {
  using Vector = __m512d;
  static constexpr int kMultiplyAdds = 8;
  static Vector zero() { return _mm512_setzero_pd(); }
  static Vector ones() {
    volatile double one = 1;
    return _mm512_set1_pd(one);
  }
  static Vector multiply_add(Vector sum, Vector one) { return _mm512_fmadd_pd(sum, one, one); }
  static double total(Vector sum) { return total_of<double>(sum); }
};

/// Before VNNI: bytes to pairs of 16 bits, pairs to 32 bits, add. The empty asm keeps the products in the loop.
struct Int8 {
  using Vector = __m512i;
  static constexpr int kMultiplyAdds = 64;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector ones() { return _mm512_set1_epi8(1); }
  static Vector multiply_add(Vector sum, Vector one) {
    asm volatile("" : "+v"(one));
    const Vector pairs = _mm512_maddubs_epi16(one, one);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
  }
  static double total(Vector sum) { return total_of<std::int32_t>(sum); }
};

}  // namespace

extern const PeakLoop kPeakAvx512[4];
const PeakLoop kPeakAvx512[4] = {peak_loop<Float32>(ElementType::float32, "avx512 fma"),
                                 peak_loop<Float64>(ElementType::float64, "avx512 fma"),
                                 peak_loop<Float32>(ElementType::bfloat16, "avx512 fma in float"),
                                 peak_loop<Int8>(ElementType::int8, "avx512 maddubs")};

}  // namespace muster
