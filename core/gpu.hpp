// SPDX-License-Identifier: Apache-2.0
// Which GPUs this process can use, as CUDA tells it. Without CUDA in the build, core/gpu_absent.cpp answers.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/units.hpp"
#include "core/unsupported.hpp"

namespace muster {

struct Gpu {
  int ordinal = 0;             ///< CUDA's, after CUDA_VISIBLE_DEVICES
  std::string model{};         ///< "NVIDIA H100 80GB HBM3"
  std::string uuid{};          ///< "GPU-..." or "MIG-..."; what tells two GPUs apart on all hosts
  std::string address{};       ///< PCI bus id "0000:18:00.0", lower case
  int compute_capability = 0;  ///< times ten: 90 for Hopper
  int multiprocessors = 0;
  Bytes memory{};
  Bytes cache{};                 ///< second level
  double clock_hertz = 0;        ///< highest of the multiprocessors; 0 = not told
  BytesPerSecond memory_rate{};  ///< line rate: two transfers per memory clock and bus width; 0 = not told
};

/// In CUDA's order; at least one. Unsupported says why there is none, with what to do: built without CUDA, no driver,
/// a driver too old for this build, no GPU, CUDA_VISIBLE_DEVICES hides them all, a GPU that has fallen off the bus.
std::variant<std::vector<Gpu>, Unsupported> gpus_here();

}  // namespace muster
