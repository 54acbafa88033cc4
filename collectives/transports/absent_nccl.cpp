// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA or NCCL.
#include "collectives/transports/transports.hpp"

namespace muster {

std::variant<std::unique_ptr<Transport>, Unsupported> make_nccl_transport(Team&, const ReduceKernels&) {
  return Unsupported{"this program was built without NCCL: install NCCL's header beside CUDA's and build again"};
}

std::string nccl_version_text() { return {}; }

}  // namespace muster
