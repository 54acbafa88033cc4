// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built with CUDA.
#include "collectives/gpu_binding.hpp"
#include "core/cuda.hpp"

namespace muster {

void use_gpu(int ordinal) {
  check_cuda(cudaSetDevice(ordinal), "cudaSetDevice(" + std::to_string(ordinal) + ")");
  check_cuda(cudaFree(nullptr), "starting CUDA on GPU " + std::to_string(ordinal));  // fails here where it would later
}

}  // namespace muster
