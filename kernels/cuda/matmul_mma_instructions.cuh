// SPDX-License-Identifier: Apache-2.0
// The instructions behind the mma.sync matmul as named functions (PTX ISA: mma, ldmatrix, cp.async), and for each type
// how a warp reads its operands from shared memory. Layouts are those of matmul_mma_maps.hpp.
#pragma once

#include <cstdint>

#include "kernels/cuda/matmul_elements.cuh"
#include "kernels/cuda/matmul_mma_maps.hpp"

namespace muster {

/// An address in shared memory, as the instructions take it.
using SharedAddress = std::uint32_t;

inline __device__ SharedAddress shared_address(const void* pointer) {
  return static_cast<SharedAddress>(__cvta_generic_to_shared(pointer));
}

/// Copies 16 bytes in the background, or writes 16 zeros where `count` is 0.
inline __device__ void copy_chunk(SharedAddress target, const std::byte* source, int count) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(target), "l"(source), "r"(count) : "memory");
}
/// Ends a group of copies.
inline __device__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most `kLeft` groups are under way.
template <int kLeft>
__device__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory");
}

/// Four 8x8 matrices of 16-bit elements; each lane names one row and gets four bytes of each matrix.
inline __device__ void load_matrices(std::uint32_t (&words)[4], SharedAddress row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
               : "r"(row)
               : "memory");
}

/// Operands of 4 bytes or less: 32 bytes along k per instruction, read by ldmatrix.
struct WordOperands {
  static constexpr int kSteps = mma_maps::kRowBytes / 32;
  struct A {
    std::uint32_t words[4];
  };
  struct B {
    std::uint32_t words[2];
  };
  static constexpr int offset(mma_maps::Chunk place) { return mma_maps::offset_for_ldmatrix(place); }

  /// Rows `row` to row + 15.
  static __device__ void load(A& a, SharedAddress tile, int row, int step) {
    const mma_maps::Chunk source = mma_maps::a_source(static_cast<int>(threadIdx.x) % mma_maps::kWarp);
    load_matrices(a.words, tile + offset({row + source.row, 2 * step + source.chunk}));
  }
  /// Columns `column` to column + 15.
  static __device__ void load(B (&b)[2], SharedAddress tile, int column, int step) {
    const mma_maps::Chunk source = mma_maps::b_source(static_cast<int>(threadIdx.x) % mma_maps::kWarp);
    std::uint32_t words[4];
    load_matrices(words, tile + offset({column + source.row, 2 * step + source.chunk}));
    b[0] = {{words[0], words[1]}};
    b[1] = {{words[2], words[3]}};
  }
};

/// sums += a b by the instruction `name`, whose sums are registers of class `kind` ("f" or "r").
#define MUSTER_MMA(name, kind, sums, a, b)                                                                 \
  asm volatile("mma.sync.aligned." name " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
               : "+" kind(sums[0]), "+" kind(sums[1]), "+" kind(sums[2]), "+" kind(sums[3])                \
               : "r"(a.words[0]), "r"(a.words[1]), "r"(a.words[2]), "r"(a.words[3]), "r"(b.words[0]), "r"(b.words[1]))

struct F16Mma : WordOperands {
  using Product = F16Product;
  static __device__ void multiply(float (&sums)[4], const A& a, const B& b) {
    MUSTER_MMA("m16n8k16.row.col.f32.f16.f16.f32", "f", sums, a, b);
  }
};

struct Bf16Mma : WordOperands {
  using Product = Bf16Product;
  static __device__ void multiply(float (&sums)[4], const A& a, const B& b) {
    MUSTER_MMA("m16n8k16.row.col.f32.bf16.bf16.f32", "f", sums, a, b);
  }
};

struct Int8Mma : WordOperands {
  using Product = Int8Product;
  static __device__ void multiply(std::int32_t (&sums)[4], const A& a, const B& b) {
    MUSTER_MMA("m16n8k32.row.col.s32.s8.s8.s32", "r", sums, a, b);
  }
};

/// Of sm_89 and later; the maker asks which code was loaded.
struct E4m3Mma : WordOperands {
  using Product = E4m3Product;
  static __device__ void multiply(float (&sums)[4], const A& a, const B& b) {
#if __CUDA_ARCH__ >= 890
    MUSTER_MMA("m16n8k32.row.col.f32.e4m3.e4m3.f32", "f", sums, a, b);
#else
    __trap();
#endif
  }
};

/// The operands are rounded to tf32 on their way, as the instruction wants them.
struct Tf32Mma : WordOperands {
  using Product = Tf32Product;
  static __device__ void load(A& a, SharedAddress tile, int row, int step) {
    WordOperands::load(a, tile, row, step);
    round(a.words);
  }
  static __device__ void load(B (&b)[2], SharedAddress tile, int column, int step) {
    WordOperands::load(b, tile, column, step);
    round(b[0].words);
    round(b[1].words);
  }
  static __device__ void multiply(float (&sums)[4], const A& a, const B& b) {
    MUSTER_MMA("m16n8k8.row.col.f32.tf32.tf32.f32", "f", sums, a, b);
  }

 private:
  template <int kWords>
  static __device__ void round(std::uint32_t (&words)[kWords]) {
#pragma unroll
    for (std::uint32_t& word : words) word = __float_as_uint(Product::operand(__uint_as_float(word)));
  }
};

#undef MUSTER_MMA

/// m8n8k4 four times: 16 rows, 8 columns and 8 elements of k. A lane reads two neighbours in k, one for each of two
/// instructions; that these take every other k is of no matter, since A and B agree on it.
struct F64Mma {
  using Product = F64Product;
  static constexpr int kSteps = mma_maps::kRowBytes / 64;
  struct A {
    double2 upper, lower;
  };
  struct B {
    double2 values;
  };
  static constexpr int offset(mma_maps::Chunk place) { return mma_maps::offset_for_lanes(place); }

  static __device__ void load(A& a, SharedAddress tile, int row, int step) {
    a = {chunk(tile, row, step), chunk(tile, row + 8, step)};
  }
  static __device__ void load(B (&b)[2], SharedAddress tile, int column, int step) {
    b[0] = {chunk(tile, column, step)};
    b[1] = {chunk(tile, column + 8, step)};
  }
  static __device__ void multiply(double (&sums)[4], const A& a, const B& b) {
    eighth(sums[0], sums[1], a.upper.x, b.values.x);
    eighth(sums[2], sums[3], a.lower.x, b.values.x);
    eighth(sums[0], sums[1], a.upper.y, b.values.y);
    eighth(sums[2], sums[3], a.lower.y, b.values.y);
  }

 private:
  static __device__ double2 chunk(SharedAddress tile, int row, int step) {
    const mma_maps::Chunk source = mma_maps::f64_source(static_cast<int>(threadIdx.x) % mma_maps::kWarp);
    double2 values;
    asm volatile("ld.shared.v2.f64 {%0, %1}, [%2];"
                 : "=d"(values.x), "=d"(values.y)
                 : "r"(tile + offset({row + source.row, 4 * step + source.chunk}))
                 : "memory");
    return values;
  }
  static __device__ void eighth(double& first, double& second, double a, double b) {
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+d"(first), "+d"(second)
                 : "d"(a), "d"(b));
  }
};

}  // namespace muster
