// SPDX-License-Identifier: Apache-2.0
// One pass over arrays in memory that a GPU reaches: its own, a peer's or page-locked host memory. Used by streams over
// memory, by transfers over links and by what fills the second-level cache before a cold run.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "core/pattern.hpp"
#include "core/units.hpp"
#include "kernels/cuda/memory_map.hpp"

namespace muster {

/// Streaming loads and stores are the first to leave the caches (PTX ISA, cache operator .cs).
enum class CacheHint { none, streaming };

/// `resident`: as many blocks as the GPU holds at once, each with many turns; `one_turn`: a block for each turn, handed
/// out by the GPU as others end.
enum class PassGrid { resident, one_turn };

/// What may be chosen by measuring: the result is the same.
struct PassShape {
  CacheHint hint = CacheHint::none;
  PassGrid grid = PassGrid::resident;
};

/// Addresses on the GPU, aligned to 16 bytes; what an access does not touch may be null.
struct MemoryPass {
  MemoryAccess access = MemoryAccess::read;
  PassShape shape{};
  std::byte* target = nullptr;
  const std::byte* left = nullptr;
  const std::byte* right = nullptr;
  Bytes bytes;                ///< of each array, a multiple of kPassBytes
  float* observed = nullptr;  ///< one float in the GPU's memory that a read may write, so that its loads are kept
};

/// Queues the pass on a stream of the current GPU. The target becomes what memory_map::expected_at() says.
void queue_pass(const MemoryPass& pass, cudaStream_t stream);

/// Inputs become memory_map::left_at() and right_at(), the target NaN.
void queue_fill(const MemoryPass& pass, cudaStream_t stream);

/// Elements of the target that are not what the access makes of queue_fill()'s inputs. Waits for the stream.
std::uint64_t count_wrong(const MemoryPass& pass, cudaStream_t stream);

}  // namespace muster
