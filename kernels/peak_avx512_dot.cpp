// SPDX-License-Identifier: Apache-2.0
// Multiply-add peaks of the dot-product extensions of AVX-512: VNNI for int8, BF16 for bfloat16, FP16 for half.
// Each is entered in the table only where the CPU has it.
#include <immintrin.h>

#include "kernels/peak_loops.hpp"

namespace muster {
namespace {

struct Vnni {
  using Vector = __m512i;
  static constexpr int kMultiplyAdds = 64;
  static Vector zero() { return _mm512_setzero_si512(); }
  static Vector ones() { return _mm512_set1_epi8(1); }
  static Vector multiply_add(Vector sum, Vector one) { return _mm512_dpbusd_epi32(sum, one, one); }
  static double total(Vector sum) { return total_of<std::int32_t>(sum); }
};

struct Bf16 {
  using Vector = __m512;
  static constexpr int kMultiplyAdds = 32;
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector ones() { return _mm512_castsi512_ps(_mm512_set1_epi16(0x3f80)); }
  static Vector multiply_add(Vector sum, Vector one) {
    const auto pairs = (__m512bh)one;
    return _mm512_dpbf16_ps(sum, pairs, pairs);
  }
  static double total(Vector sum) { return total_of<float>(sum); }
};

struct Fp16 {
  using Vector = __m512h;
  static constexpr int kMultiplyAdds = 32;
  static Vector zero() { return _mm512_setzero_ph(); }
  static Vector ones() {
    volatile float one = 1;
    return _mm512_set1_ph(static_cast<_Float16>(one));
  }
  static Vector multiply_add(Vector sum, Vector one) { return _mm512_fmadd_ph(sum, one, one); }
  static double total(Vector sum) { return total_of<_Float16>(sum); }
};

}  // namespace

extern const PeakLoop kPeakAvx512Vnni, kPeakAvx512Bf16, kPeakAvx512Fp16;
const PeakLoop kPeakAvx512Vnni = peak_loop<Vnni>(ElementType::int8, "avx512 vnni");
const PeakLoop kPeakAvx512Bf16 = peak_loop<Bf16>(ElementType::bfloat16, "avx512 bf16 dot product");
const PeakLoop kPeakAvx512Fp16 = peak_loop<Fp16>(ElementType::float16, "avx512 fp16 fma");

}  // namespace muster
