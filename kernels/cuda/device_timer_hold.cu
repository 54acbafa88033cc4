// SPDX-License-Identifier: Apache-2.0
#include "core/cuda.hpp"
#include "kernels/cuda/device_timer_hold.hpp"

namespace muster {
namespace {

/// 50 us at 2 GHz, which is about the highest clock of these GPUs (H100 SXM: 1.98 GHz, nvidia-smi -q -d CLOCK); longer
/// at lower clocks.
constexpr long long kCycles = 100'000;

__global__ void hold() {
  const long long begin = clock64();
  while (clock64() - begin < kCycles) {
  }
}

}  // namespace

void queue_hold(cudaStream_t stream) {
  hold<<<1, 1, 0, stream>>>();
  check_cuda(cudaGetLastError(), "launch of a waiting kernel");
}

}  // namespace muster
