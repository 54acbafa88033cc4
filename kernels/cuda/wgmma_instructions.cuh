// SPDX-License-Identifier: Apache-2.0
// Hopper's instructions for a pipelined matrix product, one named wrapper each: barriers in shared memory (PTX ISA,
// "mbarrier"), the copy engine ("cp.async.bulk.tensor"), clusters, registers. The tensor cores' own are in
// wgmma_multiply.cuh. For sm_90a only.
#pragma once

#include <cuda.h>

#include <cstdint>

namespace muster::wgmma {

/// In the block's own shared memory, as instructions take it. The same address means the same place in every block of
/// a cluster.
using SharedAddress = std::uint32_t;

__device__ inline SharedAddress shared_address(const void* pointer) {
  return static_cast<SharedAddress>(__cvta_generic_to_shared(pointer));
}

// --- Barriers ---

__device__ inline void initialise_barrier(SharedAddress barrier, std::uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

/// Makes initialised barriers known to the copy engine and to the other blocks of the cluster, which must synchronise
/// with this one after it.
__device__ inline void publish_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

/// Arrives, and says how many bytes the copy engine will deliver in this phase.
__device__ inline void arrive_and_expect(SharedAddress barrier, std::uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

/// Arrives at the barrier of the block `rank` of the cluster, to say that products have ended that read there. There
/// is nothing to publish, so that it does without the release at cluster scope, which costs a fence of all memory.
__device__ inline void arrive_at(SharedAddress barrier, std::uint32_t rank) {
  asm volatile(
      "{\n"
      ".reg .b32 there;\n"
      "mapa.shared::cluster.u32 there, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [there];\n"
      "}" ::"r"(barrier),
      "r"(rank)
      : "memory");
}

/// Returns when the phase of that parity is complete. The copy engine's bytes of that phase are visible then.
__device__ inline void wait_for(SharedAddress barrier, std::uint32_t parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

/// All threads of the cluster meet; what they did before is seen by all.
__device__ inline void meet_cluster() {
  asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" ::: "memory");
}

/// The threads of one warpgroup meet; barrier 0 is __syncthreads'.
__device__ inline void meet_warpgroup(int warpgroup) {
  asm volatile("bar.sync %0, 128;" ::"r"(warpgroup + 1) : "memory");
}

// --- Copy engine ---

__device__ inline void prefetch(const CUtensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

/// Where a box begins in its matrix, in elements.
struct BoxPlace {
  std::int32_t row, column;
};

/// Brings a box to `target`; its bytes count at `barrier`. Both in this block.
__device__ inline void load_box(const CUtensorMap& map, BoxPlace place, SharedAddress target, SharedAddress barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
          target),
      "l"(&map), "r"(place.column), "r"(place.row), "r"(barrier)
      : "memory");
}

/// The same into every block whose bit is set, at the same addresses.
__device__ inline void load_box_for(std::uint16_t blocks, const CUtensorMap& map, BoxPlace place, SharedAddress target,
                                    SharedAddress barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster"
      " [%0], [%1, {%2, %3}], [%4], %5;" ::"r"(target),
      "l"(&map), "r"(place.column), "r"(place.row), "r"(barrier), "h"(blocks)
      : "memory");
}

/// Takes a box from `source` to the matrix, in a group of its own; what lies outside the matrix is left out.
__device__ inline void store_box(const CUtensorMap& map, BoxPlace place, SharedAddress source) {
  asm volatile(
      "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%1, %2}], [%3];\n"
      "cp.async.bulk.commit_group;" ::"l"(&map),
      "r"(place.column), "r"(place.row), "r"(source)
      : "memory");
}

/// Returns when all but the last `kGroups` of this thread's stores have read their sources.
template <int kGroups>
__device__ inline void wait_until_read() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kGroups) : "memory");
}

/// Returns when all of this thread's stores have ended.
__device__ inline void wait_for_stores() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }

/// Makes this thread's writes to shared memory visible to the copy engine.
__device__ inline void publish_writes() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/// Four matrices of 8 x 8 elements of 2 bytes; lane l gives the row l % 8 of matrix l / 8 its address.
__device__ inline void store_matrices(SharedAddress row, const std::uint32_t (&packed)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row), "r"(packed[0]),
               "r"(packed[1]), "r"(packed[2]), "r"(packed[3])
               : "memory");
}

// --- Blocks and registers ---

__device__ inline std::uint32_t rank_in_cluster() {
  std::uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

/// A warpgroup gives registers back, or takes what others gave. Counts are per thread.
template <int kCount>
__device__ inline void shrink_registers() {
  static_assert(kCount >= 24 && kCount <= 256 && kCount % 8 == 0, "PTX ISA, setmaxnreg");
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kCount));
}
template <int kCount>
__device__ inline void grow_registers() {
  static_assert(kCount >= 24 && kCount <= 256 && kCount % 8 == 0, "PTX ISA, setmaxnreg");
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kCount));
}

}  // namespace muster::wgmma
