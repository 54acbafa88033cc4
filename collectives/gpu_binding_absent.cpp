// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA; bind_gpu() has been told so by gpus_here() before it gets here.
#include "collectives/gpu_binding.hpp"
#include "core/error.hpp"

namespace muster {

void use_gpu(int ordinal) {
  throw Error("GPU " + std::to_string(ordinal) + " cannot be used: this program was built without CUDA");
}

}  // namespace muster
