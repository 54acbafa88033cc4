// SPDX-License-Identifier: Apache-2.0
// A plan (gpu_plan.hpp) as a CUDA graph: one memcpy node for each copy, our sum kernel for each sum.
#pragma once

#include <cuda_runtime_api.h>

#include <span>

#include "collectives/transports/gpu_plan.hpp"
#include "core/cuda.hpp"

namespace muster {

/// ordinals: [rank], the GPU of each rank. `reduce` must be able to be captured. Throws Error when CUDA refuses.
CudaGraph make_gpu_graph(const GpuPlan& plan, std::span<const int> ordinals, ElementType type,
                         DeviceReduceFunction reduce);

}  // namespace muster
