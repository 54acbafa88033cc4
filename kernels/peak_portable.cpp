// SPDX-License-Identifier: Apache-2.0
// Multiply-add peaks in plain C++, in vectors of 16 bytes as GCC and Clang know them for every target. int8 is widened
// to 32-bit multiply-adds: a low estimate, and the best that can be said without knowing the CPU.
#include "kernels/peak_loops.hpp"

namespace muster {
namespace {

template <typename T>
struct Lane {
  typedef T Vector [[gnu::vector_size(16)]];
  static constexpr int kMultiplyAdds = static_cast<int>(16 / sizeof(T));
  static Vector zero() { return Vector{}; }
  static Vector ones() {
    volatile T one = 1;
    return Vector{} + one;
  }
  static Vector multiply_add(Vector sum, Vector one) { return sum * one + one; }
  static double total(Vector sum) { return total_of<T>(sum); }
};

}  // namespace

extern const PeakLoop kPeakPortable[4];
const PeakLoop kPeakPortable[4] = {peak_loop<Lane<float>>(ElementType::float32, "portable"),
                                   peak_loop<Lane<double>>(ElementType::float64, "portable"),
                                   peak_loop<Lane<float>>(ElementType::bfloat16, "portable, in float"),
                                   peak_loop<Lane<std::uint32_t>>(ElementType::int8, "portable, in 32 bits")};

}  // namespace muster
