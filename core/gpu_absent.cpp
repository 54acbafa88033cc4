// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA.
#include "core/gpu.hpp"

namespace muster {

std::variant<std::vector<Gpu>, Unsupported> gpus_here() {
  return Unsupported{"this program was built without CUDA: install the CUDA toolkit and build again"};
}

}  // namespace muster
