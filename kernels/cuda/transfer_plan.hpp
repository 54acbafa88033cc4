// SPDX-License-Identifier: Apache-2.0
// What a transfer over a link needs, decided without a GPU (kernels/cuda/transfer_device.cpp does it).
#pragma once

#include <optional>
#include <variant>

#include "core/unsupported.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {

struct TransferPlan {
  int gpu = 0;                ///< on whose streams it is queued
  bool gpu_is_source = true;  ///< else it is the target
  std::optional<int> peer{};  ///< the other GPU, where there are two
  std::optional<int> node{};  ///< NUMA node of the host memory, where one end is that
  Bytes size;                 ///< that cross
};

/// On a host with `gpus` GPUs. Unsupported: no end on a GPU, no such GPU, a size that the method does not move.
std::variant<TransferPlan, Unsupported> plan_transfer(const LinkTransfer& transfer, int gpus);

}  // namespace muster
