// SPDX-License-Identifier: Apache-2.0
// Sums in plain C++, in blocks that the compiler turns into whatever vectors the target has. Also the reference of the
// other bodies.
#include "kernels/float16.hpp"
#include "kernels/float8.hpp"
#include "kernels/reduce_loops.hpp"

namespace muster {
namespace {

std::uint8_t sum_of(std::uint8_t left, std::uint8_t right) { return static_cast<std::uint8_t>(left + right); }
std::uint32_t sum_of(std::uint32_t left, std::uint32_t right) { return left + right; }
std::uint64_t sum_of(std::uint64_t left, std::uint64_t right) { return left + right; }
float sum_of(float left, float right) { return left + right; }
double sum_of(double left, double right) { return left + right; }

struct Float16 {
  std::uint16_t bits;
};
Float16 sum_of(Float16 left, Float16 right) {
  return {float16_from_float(float_from_float16(left.bits) + float_from_float16(right.bits))};
}

struct Bfloat16 {
  std::uint16_t bits;
};
Bfloat16 sum_of(Bfloat16 left, Bfloat16 right) {
  return {bfloat16_from_float(float_from_bfloat16(left.bits) + float_from_bfloat16(right.bits))};
}

struct Float8E4m3 {
  std::uint8_t bits;
};
Float8E4m3 sum_of(Float8E4m3 left, Float8E4m3 right) {
  return {float8_e4m3_from_float(float_from_float8_e4m3(left.bits) + float_from_float8_e4m3(right.bits))};
}

struct Float8E5m2 {
  std::uint8_t bits;
};
Float8E5m2 sum_of(Float8E5m2 left, Float8E5m2 right) {
  return {float8_e5m2_from_float(float_from_float8_e5m2(left.bits) + float_from_float8_e5m2(right.bits))};
}

template <typename T>
struct Lane {
  static constexpr std::size_t kBytes = 64;
  struct Vector {
    T elements[kBytes / sizeof(T)];
  };

  static Vector add(const std::byte* left, const std::byte* right) {
    Vector a, b, sum;
    std::memcpy(&a, left, kBytes);
    std::memcpy(&b, right, kBytes);
    for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) sum.elements[i] = sum_of(a.elements[i], b.elements[i]);
    return sum;
  }
  static void store(std::byte* target, const Vector& sum) { std::memcpy(target, &sum, kBytes); }
};

}  // namespace

extern const ReduceLoops kReducePortable;
const ReduceLoops kReducePortable = {
    ReduceBody::portable,
    {add_loop<Lane<std::uint8_t>>, add_loop<Lane<std::uint8_t>>, add_loop<Lane<std::uint32_t>>,
     add_loop<Lane<std::uint32_t>>, add_loop<Lane<std::uint64_t>>, add_loop<Lane<std::uint64_t>>,
     add_loop<Lane<Float16>>, add_loop<Lane<float>>, add_loop<Lane<double>>, add_loop<Lane<Bfloat16>>,
     add_loop<Lane<Float8E4m3>>, add_loop<Lane<Float8E5m2>>}};

}  // namespace muster
