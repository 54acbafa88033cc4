// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA.
#include "kernels/device_kernel.hpp"
#include "kernels/gpu_versions.hpp"

namespace muster {
namespace {

const Unsupported kAbsent{"this program was built without CUDA: install the CUDA toolkit and build again"};

}  // namespace

std::variant<std::unique_ptr<DeviceMatmul>, Unsupported> make_device_matmul(const MatmulDescription&, MatmulBody,
                                                                            Pattern, std::uint64_t) {
  return kAbsent;
}

MadeDeviceTransfer make_device_memory(MemoryAccess, Bytes) { return kAbsent; }
MadeDeviceTransfer make_device_sum(const DeviceSum&) { return kAbsent; }
MadeDeviceTransfer make_link_transfer(const LinkTransfer&) { return kAbsent; }
std::variant<std::unique_ptr<DeviceTimer>, Unsupported> make_device_timer(int) { return kAbsent; }

std::map<std::string, std::string> gpu_library_versions() { return {}; }

}  // namespace muster
