// SPDX-License-Identifier: Apache-2.0
// Device twin of reduce.hpp: element-wise sum of two vectors in GPU memory.
#pragma once

#include <cuda_runtime_api.h>

#include "core/element_type.hpp"
#include "core/units.hpp"

namespace muster {

/// target[i] = left[i] + right[i] in device memory, queued on `stream`; `size` bytes, whole elements of `type`, each
/// pointer aligned to an element. `target` may be exactly `left` or `right`. Same arithmetic as reduce_host(), bit for
/// bit except which NaN a NaN is. Throws Error when the launch fails.
void reduce_cuda(void* target, const void* left, const void* right, Bytes size, ElementType type, cudaStream_t stream);

}  // namespace muster
