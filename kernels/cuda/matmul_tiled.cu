// SPDX-License-Identifier: Apache-2.0
// The rung above the naive one: tiles of A and B in shared memory, 4 x 4 sums per thread in registers. Every layout and
// shape, without tensor cores. Maps: tiled_maps.hpp.
#include "core/cuda.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/cuda/matmul_elements.cuh"
#include "kernels/cuda/tiled_maps.hpp"

namespace muster {
namespace {

/// Per multiprocessor: while one waits for its tiles, the others multiply. Holds the registers at 128 per thread.
constexpr int kBlocksAtOnce = 2;

/// One operand as its tile loader sees it: `outer` runs along C, `depth` along k.
template <typename Element>
struct Operand {
  const Element* data;
  std::int64_t outer_stride, depth_stride, outer_count, depth_count;
  tiled::Neighbours neighbours;
};

/// Padded by 16 bytes per row: a column of the tile does not lie in one bank, and a thread's four neighbours can be
/// read at once.
template <typename Sum>
using Tile = Sum[tiled::kDepth][tiled::kTile + 16 / sizeof(Sum)];

template <typename Product>
__device__ void load_tile(Tile<typename Product::Sum>& tile, const Operand<typename Product::Element>& operand,
                          std::int64_t first_outer, std::int64_t first_depth) {
#pragma unroll
  for (int i = 0; i < tiled::kLoads; ++i) {
    const tiled::TileElement at = tiled::element_of(static_cast<int>(threadIdx.x), i, operand.neighbours);
    const std::int64_t outer = first_outer + at.outer, depth = first_depth + at.depth;
    const bool is_inside = outer < operand.outer_count && depth < operand.depth_count;
    tile[at.depth][at.outer] =
        is_inside ? Product::operand(operand.data[outer * operand.outer_stride + depth * operand.depth_stride])
                  : typename Product::Sum(0);
  }
}

template <typename Product>
__global__ void __launch_bounds__(tiled::kThreads, kBlocksAtOnce) multiply(MatmulProblem problem) {
  using Element = typename Product::Element;
  using Sum = typename Product::Sum;
  __shared__ __align__(16) Tile<Sum> a_tile;
  __shared__ __align__(16) Tile<Sum> b_tile;
  const auto towards = [](std::int64_t depth_stride) {
    return depth_stride == 1 ? tiled::Neighbours::along_k : tiled::Neighbours::along_c;
  };
  const Operand<Element> a{static_cast<const Element*>(problem.a),
                           problem.a_row,
                           problem.a_column,
                           problem.m,
                           problem.k,
                           towards(problem.a_column)};
  const Operand<Element> b{static_cast<const Element*>(problem.b),
                           problem.b_column,
                           problem.b_row,
                           problem.n,
                           problem.k,
                           towards(problem.b_row)};
  const std::int64_t first_row = std::int64_t{blockIdx.y} * tiled::kTile;
  const std::int64_t first_column = std::int64_t{blockIdx.x} * tiled::kTile;
  const auto [row, column] = tiled::first_sum(static_cast<int>(threadIdx.x));
  Sum sums[tiled::kPerThread][tiled::kPerThread] = {};
  for (std::int64_t depth = 0; depth < problem.k; depth += tiled::kDepth) {
    load_tile<Product>(a_tile, a, first_row, depth);
    load_tile<Product>(b_tile, b, first_column, depth);
    __syncthreads();
#pragma unroll 8
    for (int p = 0; p < tiled::kDepth; ++p) {
#pragma unroll
      for (int i = 0; i < tiled::kPerThread; ++i) {
#pragma unroll
        for (int j = 0; j < tiled::kPerThread; ++j) sums[i][j] += a_tile[p][row + i] * b_tile[p][column + j];
      }
    }
    __syncthreads();
  }
  auto* c = static_cast<typename Product::Result*>(problem.c);
  for (int i = 0; i < tiled::kPerThread; ++i) {
    for (int j = 0; j < tiled::kPerThread; ++j) {
      const std::int64_t to_row = first_row + row + i, to_column = first_column + column + j;
      if (to_row >= problem.m || to_column >= problem.n) continue;
      c[to_row * problem.n + to_column] = finish<Product>(sums[i][j], to_column, problem);
    }
  }
}

class TiledBody final : public MatmulBodyKernel {
 public:
  using Kernel = void (*)(MatmulProblem);
  TiledBody(const MatmulProblem& problem, Kernel kernel) : problem_(problem), kernel_(kernel) {}

  void enqueue(CUstream_st* stream) override {
    kernel_<<<dim3(blocks(problem_.n), blocks(problem_.m)), tiled::kThreads, 0, stream>>>(problem_);
    check_cuda(cudaGetLastError(), "launch of the tiled matmul");
  }
  std::string configuration() const override { return "64x64x16 tiles, 256 threads of 4x4 sums"; }

 private:
  static unsigned blocks(std::int64_t extent) {
    return static_cast<unsigned>((extent + tiled::kTile - 1) / tiled::kTile);
  }

  MatmulProblem problem_;
  Kernel kernel_;
};

}  // namespace

MadeMatmulBody make_tiled_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu&) {
  const MatmulProblem problem = problem_of(description, operands);
  constexpr std::int64_t kMostBlocksInY = 65535;  // CUDA Programming Guide, technical specifications
  if (description.m > kMostBlocksInY * tiled::kTile) return Unsupported{"the tiled matmul takes at most 4194240 rows"};
  using Kernel = TiledBody::Kernel;
  const auto kernel =
      kernel_for<Kernel>(description, [](auto product) -> Kernel { return multiply<decltype(product)>; });
  if (kernel == nullptr) {
    return Unsupported{"the tiled matmul has no product of " + std::string(name_of(description.type)) + " matrices"};
  }
  return std::make_unique<TiledBody>(problem, kernel);
}

}  // namespace muster
