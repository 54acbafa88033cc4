// SPDX-License-Identifier: Apache-2.0
// The tensor cores' instructions of Hopper (PTX ISA, "wgmma"), one named wrapper each. The instruction names each of
// its registers, so that the lists below are as long as they are. For sm_90a only.
#pragma once

#include <cstdint>

#include "kernels/cuda/wgmma_maps.hpp"

namespace muster::wgmma {

/// Before the first product: orders what threads did to the registers of the sums before it.
__device__ inline void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
/// Closes a group of products.
__device__ inline void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// Returns when all but the last `kGroups` groups have ended.
template <int kGroups>
__device__ inline void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kGroups) : "memory");
}

/// Keeps the compiler from moving uses of sums across this place: it does not know that products end later than their
/// instruction.
template <int kCount>
__device__ inline void pin(float (&sums)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(sums[i])::"memory");
}

/// Whether a product replaces the sums or is added to them; the value is the instruction's scale-d.
enum class Start : std::uint32_t { fresh = 0, onto = 1 };

#define MUSTER_SUMS_8(i)                                                                                      \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define MUSTER_SUMS_64(i)                                                                                      \
  MUSTER_SUMS_8(i), MUSTER_SUMS_8(i + 8), MUSTER_SUMS_8(i + 16), MUSTER_SUMS_8(i + 24), MUSTER_SUMS_8(i + 32), \
      MUSTER_SUMS_8(i + 40), MUSTER_SUMS_8(i + 48), MUSTER_SUMS_8(i + 56)
#define MUSTER_NAMES_64                                                                                  \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, " \
  "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, " \
  "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, " \
  "%62, %63"
#define MUSTER_NAMES_128                                                                                 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, " \
  "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, " \
  "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, " \
  "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, " \
  "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, "     \
  "%101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "     \
  "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
// A product of 64 rows of A and the columns of B, 32 bytes of k each; the tail holds scales and, for 16-bit types, that
// neither operand is transposed.
#define MUSTER_MULTIPLY_128(instruction, tail)                                                     \
  asm volatile("{\n.reg .pred onto;\nsetp.ne.b32 onto, %66, 0;\n" instruction " {" MUSTER_NAMES_64 \
               "}, %64, %65, onto, " tail ";\n}"                                                   \
               : MUSTER_SUMS_64(0)                                                                 \
               : "l"(a), "l"(b), "r"(static_cast<std::uint32_t>(start)))
#define MUSTER_MULTIPLY_256(instruction, tail)                                                       \
  asm volatile("{\n.reg .pred onto;\nsetp.ne.b32 onto, %130, 0;\n" instruction " {" MUSTER_NAMES_128 \
               "}, %128, %129, onto, " tail ";\n}"                                                   \
               : MUSTER_SUMS_64(0), MUSTER_SUMS_64(64)                                               \
               : "l"(a), "l"(b), "r"(static_cast<std::uint32_t>(start)))

/// d (64 x 2 sums per thread, as sum_place() says) = or += A B; a and b are descriptors.
struct Bf16Instruction {
  static __device__ void multiply(float (&d)[64], std::uint64_t a, std::uint64_t b, Start start) {
    MUSTER_MULTIPLY_128("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16", "1, 1, 0, 0");
  }
  static __device__ void multiply(float (&d)[128], std::uint64_t a, std::uint64_t b, Start start) {
    MUSTER_MULTIPLY_256("wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16", "1, 1, 0, 0");
  }
};

struct F16Instruction {
  static __device__ void multiply(float (&d)[64], std::uint64_t a, std::uint64_t b, Start start) {
    MUSTER_MULTIPLY_128("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16", "1, 1, 0, 0");
  }
  static __device__ void multiply(float (&d)[128], std::uint64_t a, std::uint64_t b, Start start) {
    MUSTER_MULTIPLY_256("wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16", "1, 1, 0, 0");
  }
};

struct E4m3Instruction {
  static __device__ void multiply(float (&d)[64], std::uint64_t a, std::uint64_t b, Start start) {
    MUSTER_MULTIPLY_128("wgmma.mma_async.sync.aligned.m64n128k32.f32.e4m3.e4m3", "1, 1");
  }
};

#undef MUSTER_MULTIPLY_256
#undef MUSTER_MULTIPLY_128
#undef MUSTER_NAMES_128
#undef MUSTER_NAMES_64
#undef MUSTER_SUMS_64
#undef MUSTER_SUMS_8

}  // namespace muster::wgmma
