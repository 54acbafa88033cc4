// SPDX-License-Identifier: Apache-2.0
// Element types of matrix products on the device: how each is loaded, multiplied, summed and stored. Shared by the
// bodies that are written per element (plain, tiled) and by the epilogues of the others.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cstdint>

#include "kernels/cuda/matmul_problem.hpp"

namespace muster {

/// Operand, sum and result of one kind of product; `operand()` is what a tensor core would see of an element.
struct F64Product {
  using Element = double;
  using Sum = double;
  using Result = double;
  static __device__ Sum operand(Element value) { return value; }
  static __device__ Result result(Sum sum) { return sum; }
};

struct F32Product {
  using Element = float;
  using Sum = float;
  using Result = float;
  static __device__ Sum operand(Element value) { return value; }
  static __device__ Result result(Sum sum) { return sum; }
};

struct Tf32Product : F32Product {
  static __device__ Sum operand(Element value) {
    std::uint32_t rounded;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(value));
    return __uint_as_float(rounded);
  }
};

struct F16Product {
  using Element = __half;
  using Sum = float;
  using Result = __half;
  static __device__ Sum operand(Element value) { return __half2float(value); }
  static __device__ Result result(Sum sum) { return __float2half_rn(sum); }
};

struct Bf16Product {
  using Element = __nv_bfloat16;
  using Sum = float;
  using Result = __nv_bfloat16;
  static __device__ Sum operand(Element value) { return __bfloat162float(value); }
  static __device__ Result result(Sum sum) { return __float2bfloat16_rn(sum); }
};

struct E4m3Product {
  using Element = __nv_fp8_e4m3;
  using Sum = float;
  using Result = __nv_bfloat16;
  static __device__ Sum operand(Element value) { return static_cast<float>(value); }
  static __device__ Result result(Sum sum) { return __float2bfloat16_rn(sum); }
};

struct Int8Product {
  using Element = std::int8_t;
  using Sum = std::int32_t;
  using Result = std::int32_t;
  static __device__ Sum operand(Element value) { return value; }
  static __device__ Result result(Sum sum) { return sum; }
};

/// What `choose` gives for the product of the description, by an object of its kind; null where there is none.
template <typename Kernel, typename Choose>
Kernel kernel_for(const MatmulDescription& description, Choose choose) {
  switch (description.type) {
    case ElementType::float64:
      return choose(F64Product{});
    case ElementType::float32:
      return description.math == FloatMath::tf32 ? choose(Tf32Product{}) : choose(F32Product{});
    case ElementType::float16:
      return choose(F16Product{});
    case ElementType::bfloat16:
      return choose(Bf16Product{});
    case ElementType::float8_e4m3:
      return choose(E4m3Product{});
    case ElementType::int8:
      return choose(Int8Product{});
    default:
      return nullptr;
  }
}

inline __device__ double as_sum(double value) { return value; }
inline __device__ float as_sum(float value) { return value; }
inline __device__ std::int32_t as_sum(std::int32_t value) { return value; }
inline __device__ float as_sum(__half value) { return __half2float(value); }
inline __device__ float as_sum(__nv_bfloat16 value) { return __bfloat162float(value); }

/// What is stored for a sum in column `column` of C.
template <typename Product>
__device__ typename Product::Result finish(typename Product::Sum sum, std::int64_t column,
                                           const MatmulProblem& problem) {
  using Result = typename Product::Result;
  if (problem.bias != nullptr) sum += as_sum(static_cast<const Result*>(problem.bias)[column]);
  if (problem.clips && sum < 0) sum = 0;
  return Product::result(sum);
}

}  // namespace muster
