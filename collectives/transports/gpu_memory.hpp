// SPDX-License-Identifier: Apache-2.0
// What the transports over GPU memory share: a rank's memory, copies to and from the host that are over when they
// return, and fault injection.
#pragma once

#include <cuda_runtime_api.h>

#include <span>
#include <string>

#include "collectives/team.hpp"
#include "collectives/transports/transport.hpp"
#include "core/cuda.hpp"

namespace muster {

/// Collective: throws NoRoom on all ranks when any of them comes with a `failure`, naming the first.
void agree_on_room(Team& team, const std::string& failure);

/// `size` for this rank, each its own. Collective; throws NoRoom on all ranks alike.
DeviceBuffer make_agreed_buffer(Team& team, Bytes size);

/// One growing block of memory on the GPU that is current for this thread.
class GpuArena {
 public:
  /// At least `bytes`, zeroed when it is new, each rank its own number. Collective; throws NoRoom on all ranks alike.
  std::span<std::byte> at_least(Team& team, std::uint64_t bytes);

 private:
  DeviceBuffer memory_;
};

/// The data have arrived when these return. Sizes are equal.
void copy_to_gpu(std::span<std::byte> gpu, std::span<const std::byte> host);
void copy_to_host(std::span<std::byte> host, std::span<const std::byte> gpu);
void fill_with_zeros(std::span<std::byte> gpu);

/// Messages on a GPU go by without the host: `tap`, where there is one, sees the rank's whole output at the end.
void deliver_output(Tap* tap, const RankMemory& memory, ElementType type);

}  // namespace muster
