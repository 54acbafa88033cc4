// SPDX-License-Identifier: Apache-2.0
// Multiply-add peaks of AVX2 with FMA; see peak_avx512.cpp for the twins.
#include <immintrin.h>

#include "kernels/peak_loops.hpp"

namespace muster {
namespace {

struct Float32 {
  using Vector = __m256;
  static constexpr int kMultiplyAdds = 8;
  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector ones() {
    volatile float one = 1;
    return _mm256_set1_ps(one);
  }
  static Vector multiply_add(Vector sum, Vector one) { return _mm256_fmadd_ps(sum, one, one); }
  static double total(Vector sum) { return total_of<float>(sum); }
};

struct Float64 {
  using Vector = __m256d;
  static constexpr int kMultiplyAdds = 4;
  static Vector zero() { return _mm256_setzero_pd(); }
  static Vector ones() {
    volatile double one = 1;
    return _mm256_set1_pd(one);
  }
  static Vector multiply_add(Vector sum, Vector one) { return _mm256_fmadd_pd(sum, one, one); }
  static double total(Vector sum) { return total_of<double>(sum); }
};

struct Int8 {
  using Vector = __m256i;
  static constexpr int kMultiplyAdds = 32;
  static Vector zero() { return _mm256_setzero_si256(); }
  static Vector ones() { return _mm256_set1_epi8(1); }
  static Vector multiply_add(Vector sum, Vector one) {
    asm volatile("" : "+x"(one));
    const Vector pairs = _mm256_maddubs_epi16(one, one);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static double total(Vector sum) { return total_of<std::int32_t>(sum); }
};

}  // namespace

extern const PeakLoop kPeakAvx2[4];
const PeakLoop kPeakAvx2[4] = {
    peak_loop<Float32>(ElementType::float32, "avx2 fma"), peak_loop<Float64>(ElementType::float64, "avx2 fma"),
    peak_loop<Float32>(ElementType::bfloat16, "avx2 fma in float"), peak_loop<Int8>(ElementType::int8, "avx2 maddubs")};

}  // namespace muster
