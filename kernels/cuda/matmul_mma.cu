// SPDX-License-Identifier: Apache-2.0
// The tensor-core rung for sm_80 and later: mma.sync on tiles that cp.async brings to shared memory, some stages ahead
// of the products. Decided in matmul_mma_plan.cpp; layouts in matmul_mma_maps.hpp.
#include <array>
#include <type_traits>

#include "core/cuda.hpp"
#include "kernels/cuda/matmul_body.hpp"
#include "kernels/cuda/matmul_mma_instructions.cuh"
#include "kernels/cuda/matmul_mma_plan.hpp"

namespace muster {
namespace {

using mma_maps::kBlockColumns;
using mma_maps::kBlockRows;
using mma_maps::kChunk;
using mma_maps::kChunksPerRow;
using mma_maps::kRowBytes;

/// Brings a tile of one operand, kRows rows of 128 bytes along k, to shared memory; zeros beyond the matrix.
template <typename Mma, int kRows, int kThreads>
class TileCopy {
 public:
  /// `bytes` is the length of a row of the matrix, `left` counts its rows from `first` on.
  __device__ TileCopy(const void* matrix, std::int64_t first, std::int64_t left, std::int64_t bytes)
      : mine_(mma_maps::first_copied(static_cast<int>(threadIdx.x))),
        left_(left),
        bytes_(bytes),
        matrix_(static_cast<const std::byte*>(matrix)),
        source_(matrix_ + (first + mine_.row) * bytes + mine_.chunk * kChunk) {}

  __device__ void queue(SharedAddress tile, std::int64_t step) const {
    static_assert(kThreads % kChunksPerRow == 0 && kRows * kChunksPerRow % kThreads == 0);
    constexpr int kRowsAtOnce = kThreads / kChunksPerRow;
    const std::int64_t begin = step * kRowBytes;
    const bool in_row = begin + mine_.chunk * kChunk < bytes_;
#pragma unroll
    for (int row = 0; row < kRows; row += kRowsAtOnce) {
      const bool exists = in_row && mine_.row + row < left_;
      const std::byte* source = exists ? source_ + row * bytes_ + begin : matrix_;
      copy_chunk(tile + Mma::offset({mine_.row + row, mine_.chunk}), source, exists ? kChunk : 0);
    }
  }

 private:
  mma_maps::Chunk mine_;
  std::int64_t left_, bytes_;
  const std::byte* matrix_;
  const std::byte* source_;
};

/// A warp's share of the tile: its sums, in blocks of 16 x 8.
template <typename Mma, int kRows, int kColumns>
struct WarpTile {
  using Sum = typename Mma::Product::Sum;
  static constexpr int kDown = kRows / kBlockRows, kAcross = kColumns / kBlockColumns;
  static_assert(kRows % kBlockRows == 0 && kAcross % 2 == 0);
  Sum sums[kDown][kAcross][4] = {};

  /// Adds the products of one stage: rows of the A tile from `row` on, columns of the B tile from `column` on.
  __device__ void add_stage(SharedAddress a_tile, int row, SharedAddress b_tile, int column) {
#pragma unroll
    for (int step = 0; step < Mma::kSteps; ++step) {
      typename Mma::A a[kDown];
      typename Mma::B b[kAcross / 2][2];
#pragma unroll
      for (int i = 0; i < kDown; ++i) Mma::load(a[i], a_tile, row + i * kBlockRows, step);
#pragma unroll
      for (int j = 0; j < kAcross / 2; ++j) Mma::load(b[j], b_tile, column + j * 2 * kBlockColumns, step);
#pragma unroll
      for (int i = 0; i < kDown; ++i) {
#pragma unroll
        for (int j = 0; j < kAcross; ++j) Mma::multiply(sums[i][j], a[i], b[j / 2][j % 2]);
      }
    }
  }

  __device__ void add(const WarpTile& other) {
#pragma unroll
    for (int i = 0; i < kDown; ++i) {
#pragma unroll
      for (int j = 0; j < kAcross; ++j) {
#pragma unroll
        for (int s = 0; s < 4; ++s) sums[i][j][s] += other.sums[i][j][s];
      }
    }
  }

  /// Into C, whose element (row, column) is the share's first.
  __device__ void store(const MatmulProblem& problem, std::int64_t row, std::int64_t column) const {
    using Product = typename Mma::Product;
    auto* c = static_cast<typename Product::Result*>(problem.c);
    const int lane = static_cast<int>(threadIdx.x) % mma_maps::kWarp;
#pragma unroll
    for (int i = 0; i < kDown; ++i) {
#pragma unroll
      for (int j = 0; j < kAcross; ++j) {
#pragma unroll
        for (int s = 0; s < 4; ++s) {
          const mma_maps::Place place = mma_maps::c_place(lane, s);
          const std::int64_t r = row + i * kBlockRows + place.row, q = column + j * kBlockColumns + place.column;
          if (r < problem.m && q < problem.n) c[r * problem.n + q] = finish<Product>(sums[i][j][s], q, problem);
        }
      }
    }
  }
};

/// One tile of C per block. A step brings the tiles that are kMmaStages - 1 steps ahead into the stage that the step
/// before has read: the barrier in between is the only one.
template <typename Mma, MmaTiling kTiling>
__global__ void __launch_bounds__(shape_of(kTiling).threads()) multiply(MatmulProblem problem, MmaPlan plan) {
  constexpr MmaShape kShape = shape_of(kTiling);
  constexpr int kThreads = kShape.threads();
  extern __shared__ __align__(kRowBytes) std::byte stages[];
  const SharedAddress shared = shared_address(stages);
  const TilePlace tile = mma_tile(static_cast<std::int32_t>(blockIdx.x), plan.tiles_down, plan.tiles_across);
  const std::int64_t row = std::int64_t{tile.down} * kShape.rows, column = std::int64_t{tile.across} * kShape.columns;
  const std::int64_t bytes = problem.k * static_cast<std::int64_t>(sizeof(typename Mma::Product::Element));
  const std::int64_t steps = (bytes + kRowBytes - 1) / kRowBytes;
  const TileCopy<Mma, kShape.rows, kThreads> a_copy(problem.a, row, problem.m - row, bytes);
  const TileCopy<Mma, kShape.columns, kThreads> b_copy(problem.b, column, problem.n - column, bytes);
  const auto a_tile = [&](std::int64_t step) {
    return shared + static_cast<SharedAddress>(step % kMmaStages) * kShape.stage_bytes();
  };
  const auto b_tile = [&](std::int64_t step) { return a_tile(step) + kShape.rows * kRowBytes; };
  const auto queue = [&](std::int64_t step) {
    if (step < steps) {
      a_copy.queue(a_tile(step), step);
      b_copy.queue(b_tile(step), step);
    }
    commit_copies();  // an empty group, too: what is waited for is counted in groups
  };

  const int warp = static_cast<int>(threadIdx.x) / mma_maps::kWarp;
  const int warp_row = warp % kShape.warps_down() * kShape.warp_rows;
  const int warp_column = warp / kShape.warps_down() * kShape.warp_columns;
  using Share = WarpTile<Mma, kShape.warp_rows, kShape.warp_columns>;
  Share share;
  for (int step = 0; step < kMmaStages - 1; ++step) queue(step);
  for (std::int64_t step = 0; step < steps; ++step) {
    wait_for_copies<kMmaStages - 2>();
    __syncthreads();
    queue(step + kMmaStages - 1);
    if constexpr (std::is_same_v<Mma, E4m3Mma>) {
      // Hopper's tensor cores sum 8-bit floats in about 14 bits (DeepSeek-V3 Technical Report, 2024, section 3.3):
      // sums of 128 terms are added up in f32.
      Share part;
      part.add_stage(a_tile(step), warp_row, b_tile(step), warp_column);
      share.add(part);
    } else {
      share.add_stage(a_tile(step), warp_row, b_tile(step), warp_column);
    }
  }
  share.store(problem, row + warp_row, column + warp_column);
}

class MmaBody final : public MatmulBodyKernel {
 public:
  using Kernel = void (*)(MatmulProblem, MmaPlan);
  MmaBody(const MatmulProblem& problem, const MmaPlan& plan, Kernel kernel)
      : problem_(problem), plan_(plan), kernel_(kernel) {
    check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes()),
               "cudaFuncSetAttribute of the mma.sync matmul");
  }

  void enqueue(CUstream_st* stream) override {
    const auto blocks = static_cast<unsigned>(std::int64_t{plan_.tiles_down} * plan_.tiles_across);
    kernel_<<<blocks, static_cast<unsigned>(shape_of(plan_.tiling).threads()), static_cast<std::size_t>(shared_bytes()),
              stream>>>(problem_, plan_);
    check_cuda(cudaGetLastError(), "launch of the mma.sync matmul");
  }
  std::string configuration() const override { return "mma.sync, " + describe(plan_); }

 private:
  int shared_bytes() const { return kMmaStages * shape_of(plan_.tiling).stage_bytes(); }

  MatmulProblem problem_;
  MmaPlan plan_;
  Kernel kernel_;
};

template <typename Mma, MmaTiling kWide>
MmaBody::Kernel kernel_for(const MmaPlan& plan) {
  return plan.tiling == MmaTiling::narrow ? multiply<Mma, MmaTiling::narrow> : multiply<Mma, kWide>;
}

/// For the types that plan_mma() lets through.
MmaBody::Kernel kernel_for(ElementType type, const MmaPlan& plan) {
  switch (type) {
    case ElementType::float64:
      return multiply<F64Mma, MmaTiling::narrow>;
    case ElementType::float32:
      return kernel_for<Tf32Mma, MmaTiling::wide>(plan);
    case ElementType::float16:
      return kernel_for<F16Mma, MmaTiling::wide>(plan);
    case ElementType::float8_e4m3:
      return kernel_for<E4m3Mma, MmaTiling::wide_promoted>(plan);
    case ElementType::int8:
      return kernel_for<Int8Mma, MmaTiling::wide>(plan);
    default:
      return kernel_for<Bf16Mma, MmaTiling::wide>(plan);
  }
}

MmaMachine machine_of(const Gpu& gpu) {
  int shared_bytes = 0;
  check_cuda(cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, gpu.ordinal),
             "cudaDeviceGetAttribute");
  return {.multiprocessors = gpu.multiprocessors, .shared_bytes = shared_bytes};
}

}  // namespace

MadeMatmulBody make_mma_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                             const Gpu& gpu) {
  if (gpu.compute_capability < 80) return Unsupported{"the mma.sync matmul needs sm_80 or later"};
  const auto planned = plan_mma(description, machine_of(gpu));
  if (const auto* missing = std::get_if<Unsupported>(&planned)) return *missing;
  const MmaPlan& plan = std::get<MmaPlan>(planned);
  const MmaBody::Kernel kernel = kernel_for(description.type, plan);
  cudaFuncAttributes loaded{};
  check_cuda(cudaFuncGetAttributes(&loaded, kernel), "cudaFuncGetAttributes of the mma.sync matmul");
  if (description.type == ElementType::float8_e4m3 && loaded.binaryVersion < 89) {
    return Unsupported{"this program's code for " + gpu.model + " is older than sm_89, the first with mma.sync of fp8"};
  }
  return std::make_unique<MmaBody>(problem_of(description, operands), plan, kernel);
}

}  // namespace muster
