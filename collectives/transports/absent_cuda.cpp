// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA.
#include "collectives/transports/transports.hpp"

namespace muster {

std::variant<std::unique_ptr<Transport>, Unsupported> make_cuda_transport(Team&, const ReduceKernels&) {
  return Unsupported{"this program was built without CUDA: install the CUDA toolkit and build again"};
}

}  // namespace muster
