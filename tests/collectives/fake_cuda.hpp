// SPDX-License-Identifier: Apache-2.0
// A CUDA runtime made of host memory, linked in place of NVIDIA's: four GPUs of which each two can read each other.
// Work waits in its stream until somebody waits for it, and then runs in any order that streams, events and graphs
// allow, chosen at random: an order that is missing shows as wrong data.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>

namespace muster {

inline constexpr int kFakeGpus = 4;

/// Does as much as it can and returns true once it is done.
using FakeWork = std::function<bool()>;
/// Makes the work anew for each launch of the graph that holds it.
using FakeWorkMaker = std::function<FakeWork()>;

/// What a kernel launch or a library does: queued on the stream, or captured.
void queue_fake_work(cudaStream_t stream, const FakeWorkMaker& make);

/// Whether a kernel on the stream's GPU may touch [memory, memory + bytes).
bool can_fake_kernel_reach(cudaStream_t stream, const std::byte* memory, std::size_t bytes);

}  // namespace muster
