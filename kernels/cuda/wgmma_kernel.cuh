// SPDX-License-Identifier: Apache-2.0
// The wgmma kernel: one warpgroup has the copy engine bring tiles of A and B into a ring of stages, two multiply them
// on the tensor cores and send finished tiles to C. docs/matmul-kernels.md has the data flow and the budgets; index
// maps are in wgmma_maps.hpp, the order of things in wgmma_schedule.hpp. For matmul_wgmma.cu, which launches it.
#pragma once

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/cuda/wgmma_instructions.cuh"
#include "kernels/cuda/wgmma_multiply.cuh"
#include "kernels/cuda/wgmma_schedule.hpp"

namespace muster::wgmma {

/// Registers per thread: the copies need few, the sums many. All 65536 of a multiprocessor at most, in units of 8.
inline constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
static_assert(kWarpgroup * (kProducerRegisters + kConsumers * kConsumerRegisters) <= 65536);

struct Bf16 : Bf16Instruction {
  static __device__ std::uint32_t pack(float low, float high) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return reinterpret_cast<const std::uint32_t&>(pair);
  }
  static __device__ float2 unpack(std::uint32_t pair) {
    return __bfloat1622float2(reinterpret_cast<const __nv_bfloat162&>(pair));
  }
};

struct F16 : F16Instruction {
  static __device__ std::uint32_t pack(float low, float high) {
    const __half2 pair = __floats2half2_rn(low, high);
    return reinterpret_cast<const std::uint32_t&>(pair);
  }
  static __device__ float2 unpack(std::uint32_t pair) { return __half22float2(reinterpret_cast<const __half2&>(pair)); }
};

/// The result is bfloat16.
struct E4m3 : E4m3Instruction {
  static __device__ std::uint32_t pack(float low, float high) { return Bf16::pack(low, high); }
  static __device__ float2 unpack(std::uint32_t pair) { return Bf16::unpack(pair); }
};

struct Work {
  CUtensorMap a, b, c;
  Units units;
  std::int32_t steps, step_size;
  std::int32_t columns;             ///< of C
  const std::uint32_t* bias_pairs;  ///< two elements each; null without bias
  bool clips;
};

/// Addresses of a block's barriers and tiles, and its place among the others.
template <Shape kShape>
struct Block {
  SharedAddress shared;
  int rank;

  __device__ SharedAddress stage(int i) const { return shared + static_cast<SharedAddress>(i * kShape.stage_bytes()); }
  __device__ SharedAddress full(int i) const {
    return shared + static_cast<SharedAddress>(layout_of(kShape).barriers + 8 * i);
  }
  __device__ SharedAddress empty(int i) const { return full(kShape.stages + i); }
  __device__ SharedAddress part(int consumer, int i) const {
    return shared +
           static_cast<SharedAddress>(layout_of(kShape).parts + (consumer * kPartsPerConsumer + i) * kPartBytes);
  }
};

/// Calls `use(origin of the tile)` for each tile of this block.
template <Shape kShape, typename Use>
__device__ void for_each_tile(const Work& work, int rank, Use use) {
  const auto units = static_cast<std::int32_t>(work.units.count());
  const auto clusters = static_cast<std::int32_t>(gridDim.x / kShape.cluster);
  for (auto i = static_cast<std::int32_t>(blockIdx.x / kShape.cluster); i < units; i += clusters) {
    use(origin_of(unit_at(i, work.units), kShape, rank));
  }
}

/// One thread. It runs ahead of the consumers by as many steps as there are stages, beyond the end of a tile, too.
template <Shape kShape>
__device__ void produce(const Work& work, const Block<kShape>& block) {
  RingPlace place;
  for_each_tile<kShape>(work, block.rank, [&](const TileOrigin& tile) {
    const Load a = a_load(tile), b = b_load(tile, kShape, block.rank);
    for (std::int32_t step = 0; step < work.steps; ++step, place.advance(kShape.stages)) {
      const std::int32_t column = step * work.step_size;
      const SharedAddress stage = block.stage(place.stage), full = block.full(place.stage);
      wait_for(block.empty(place.stage), place.empty_parity());
      arrive_and_expect(full, kShape.stage_bytes());
      load_box(work.a, {a.row, column}, stage + a.offset, full);
      if constexpr (kShape.cluster > 1) {
        load_box_for((1 << kShape.cluster) - 1, work.b, {b.row, column}, stage + b.offset, full);
      } else {
        load_box(work.b, {b.row, column}, stage + b.offset, full);
      }
    }
  });
}

/// Each warp says for itself that it has read a stage: to every block that brings data to it.
template <Shape kShape>
__device__ void release(const Block<kShape>& block, int stage) {
  const std::uint32_t lane = threadIdx.x % kWarp;
  if (lane < kShape.cluster) arrive_at(block.empty(stage), lane);
}

/// The products of one stage onto (or, with Start::fresh, into) the sums.
template <typename Type, int kCount>
__device__ void multiply_stage(float (&sums)[kCount], std::uint64_t a, std::uint64_t b, Start start) {
  begin_products();
#pragma unroll
  for (int i = 0; i < kInstructionsPerStage; ++i) {
    const std::uint64_t along = descriptor_step(i * kInstructionBytes);
    Type::multiply(sums, a + along, b + along, i == 0 ? start : Start::onto);
  }
  commit_products();
}

/// A tile of 16-bit types. While the products of one step run, the next step's are queued: a stage is released one step
/// late, and the tensor cores never wait for the barriers.
template <typename Type, Shape kShape>
__device__ void multiply_tile(float (&sums)[kShape.columns / 2], std::int32_t steps, const Block<kShape>& block,
                              int consumer, RingPlace& place) {
  int former = 0;
  for (std::int32_t step = 0; step < steps; ++step) {
    const SharedAddress stage = block.stage(place.stage);
    wait_for(block.full(place.stage), place.full_parity());
    pin(sums);
    multiply_stage<Type>(sums, descriptor(stage + consumer * kConsumerRows * kRowBytes),
                         descriptor(stage + kShape.a_bytes()), step == 0 ? Start::fresh : Start::onto);
    pin(sums);
    wait_for_products<1>();
    if (step > 0) release(block, former);
    former = place.stage;
    place.advance(kShape.stages);
  }
  wait_for_products<0>();
  pin(sums);
  release(block, former);
}

/// A tile of 8-bit floats. Hopper's tensor cores keep about 14 bits of their sums (DeepSeek-V3 Technical Report, 2024,
/// section 3.3), too few for long rows: the sums of each step, 128 terms, are added up in f32 here. They take turns
/// in one set of registers for 128 columns; the other warpgroup's products run meanwhile.
template <typename Type, Shape kShape>
__device__ void multiply_tile_promoted(float (&sums)[kShape.columns / 2], std::int32_t steps,
                                       const Block<kShape>& block, int consumer, RingPlace& place) {
  constexpr int kPart = 64, kColumns = 2 * kPart;
  float part[kPart];
#pragma unroll
  for (float& sum : sums) sum = 0;
  for (std::int32_t step = 0; step < steps; ++step) {
    const SharedAddress stage = block.stage(place.stage);
    wait_for(block.full(place.stage), place.full_parity());
#pragma unroll
    for (int first = 0; first < kShape.columns; first += kColumns) {
      pin(part);
      multiply_stage<Type>(part, descriptor(stage + consumer * kConsumerRows * kRowBytes),
                           descriptor(stage + kShape.a_bytes() + first * kRowBytes), Start::fresh);
      wait_for_products<0>();
      pin(part);
#pragma unroll
      for (int i = 0; i < kPart; ++i) sums[first / 2 + i] += part[i];
    }
    release(block, place.stage);
    place.advance(kShape.stages);
  }
}

/// Two neighbouring sums, the first of column `column` of C, as elements of the result.
template <typename Type>
__device__ std::uint32_t finish(float low, float high, std::int32_t column, const Work& work) {
  if (work.bias_pairs != nullptr && column < work.columns) {
    const float2 bias = Type::unpack(__ldg(work.bias_pairs + column / 2));
    low += bias.x;
    high += bias.y;
  }
  if (work.clips) {
    low = low < 0 ? 0 : low;  // not fmaxf(): NaN must stay visible
    high = high < 0 ? 0 : high;
  }
  return Type::pack(low, high);
}

/// Sends a consumer's 64 rows to C, by parts of 64 columns that take turns in two buffers.
template <typename Type, Shape kShape>
__device__ void store_tile(const float (&sums)[kShape.columns / 2], const TileOrigin& tile, const Work& work,
                           const Block<kShape>& block, int consumer) {
  constexpr int kParts = kShape.columns / kPartColumns;
  static_assert(kParts % kPartsPerConsumer == 0, "the next tile begins with the first buffer again");
  const int thread = threadIdx.x % kWarpgroup;
#pragma unroll
  for (int part = 0; part < kParts; ++part) {
    const SharedAddress buffer = block.part(consumer, part % kPartsPerConsumer);
    if (thread == 0) wait_until_read<kPartsPerConsumer - 1>();
    meet_warpgroup(consumer);
#pragma unroll
    for (int number = 0; number < kStoresPerPart; ++number) {
      std::uint32_t packed[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int sum = (part * kStoresPerPart + number) * 8 + 2 * i;
        packed[i] = finish<Type>(sums[sum], sums[sum + 1], tile.column + sum_place(thread, sum).column, work);
      }
      store_matrices(buffer + stored_row(thread, number), packed);
    }
    publish_writes();
    meet_warpgroup(consumer);
    if (thread == 0) {
      store_box(work.c, {tile.row + consumer * kConsumerRows, tile.column + part * kPartColumns}, buffer);
    }
  }
}

template <typename Type, Shape kShape>
__device__ void consume(const Work& work, const Block<kShape>& block, int consumer) {
  RingPlace place;
  for_each_tile<kShape>(work, block.rank, [&](const TileOrigin& tile) {
    float sums[kShape.columns / 2];
    if constexpr (std::is_same_v<Type, E4m3>) {
      multiply_tile_promoted<Type, kShape>(sums, work.steps, block, consumer, place);
    } else {
      multiply_tile<Type, kShape>(sums, work.steps, block, consumer, place);
    }
    store_tile<Type, kShape>(sums, tile, work, block, consumer);
  });
  if (threadIdx.x % kWarpgroup == 0) wait_for_stores();
}

template <Shape kShape>
__device__ void prepare(const Work& work, const Block<kShape>& block) {
  if (threadIdx.x == 0) {
    prefetch(work.a);
    prefetch(work.b);
    prefetch(work.c);
    for (int i = 0; i < kShape.stages; ++i) {
      initialise_barrier(block.full(i), 1);
      initialise_barrier(block.empty(i), releases_per_stage(kShape));
    }
    publish_barriers();
  }
  meet_cluster();
}

/// Types, because nvcc 13.0 does not compile the host's side of a kernel with a structure as its template argument.
struct WideTile {
  static constexpr Shape kShape = kWide;
};
struct NarrowTile {
  static constexpr Shape kShape = kNarrow;
};

/// Blocks of a cluster end together: until then each may still write into the other or arrive at its barriers.
template <typename Type, typename Tile>
__global__ void __cluster_dims__(Tile::kShape.cluster, 1, 1) __launch_bounds__(kThreads, 1)
    multiply_wgmma(const __grid_constant__ Work work) {
  constexpr Shape kShape = Tile::kShape;
  extern __shared__ __align__(kPatternBytes) std::byte shared[];
  const Block<kShape> block{shared_address(shared), static_cast<int>(rank_in_cluster())};
  if (block.shared % kPatternBytes != 0) __trap();  // the swizzle counts from address 0
  prepare(work, block);
  const int warpgroup = __shfl_sync(~0u, threadIdx.x / kWarpgroup, 0);
  if (warpgroup == 0) {
    shrink_registers<kProducerRegisters>();
    if (threadIdx.x == 0) produce(work, block);
    __syncwarp();
    meet_cluster();
  } else {
    grow_registers<kConsumerRegisters>();
    consume<Type, kShape>(work, block, warpgroup - 1);
    meet_cluster();
  }
}

}  // namespace muster::wgmma
