// SPDX-License-Identifier: Apache-2.0
#include "topology/nvml.hpp"

#include <utility>

#include "core/error.hpp"
#include "topology/nvml_library.hpp"

namespace muster {
namespace {

NvLinkPeer peer_of(unsigned type) {
  switch (type) {
    case 0:
      return NvLinkPeer::gpu;
    case 1:
      return NvLinkPeer::cpu;  // an IBM POWER9 "NPU"
    case 2:
      return NvLinkPeer::nvswitch;
    default:
      return NvLinkPeer::unknown;
  }
}

/// The kind of the peer is asked for before its address: a driver that refuses the address still tells the kind.
void read_links(const NvmlLibrary& nvml, NvmlDevice device, NvmlGpu& gpu) {
  for (unsigned number = 0; number < kMostNvLinks; ++number) {
    const auto is_active = nvml.ask<unsigned>("nvmlDeviceGetNvLinkState", device, number);
    if (!is_active) continue;  // this GPU has fewer links
    if (*is_active == 0) {
      ++gpu.inactive_links;
      continue;
    }
    NvLink link{.number = static_cast<int>(number)};
    const auto type = nvml.ask<unsigned>("nvmlDeviceGetNvLinkRemoteDeviceType", device, number);
    if (type) link.peer = peer_of(*type);
    const bool may_be_gpu = link.peer == NvLinkPeer::gpu || link.peer == NvLinkPeer::unknown;
    const auto remote =
        may_be_gpu ? nvml.ask<NvmlPciInfo>("nvmlDeviceGetNvLinkRemotePciInfo_v2", device, number) : std::nullopt;
    if (remote) link.address = address_of(*remote);
    gpu.links.push_back(std::move(link));
  }
}

/// 0 when the driver does not tell.
int number_of(const NvmlLibrary& nvml, const char* name, NvmlDevice device) {
  return static_cast<int>(nvml.ask<unsigned>(name, device).value_or(0));
}

NvmlGpu read_gpu(const NvmlLibrary& nvml, unsigned index) {
  NvmlDevice device = nullptr;
  nvml.must("nvmlDeviceGetHandleByIndex_v2", index, &device);
  NvmlGpu gpu{.index = static_cast<int>(index)};
  gpu.name = nvml.ask_text("nvmlDeviceGetName", device).value_or("");
  NvmlPciInfo info{};
  nvml.must("nvmlDeviceGetPciInfo_v3", device, &info);
  gpu.address = address_of(info);
  int major = 0, minor = 0;
  if (nvml.call("nvmlDeviceGetCudaComputeCapability", device, &major, &minor) == kNvmlSuccess) {
    gpu.compute_capability = 10 * major + minor;
  }
  gpu.pcie_generation = number_of(nvml, "nvmlDeviceGetMaxPcieLinkGeneration", device);
  gpu.pcie_lanes = number_of(nvml, "nvmlDeviceGetMaxPcieLinkWidth", device);
  unsigned now = 0, after_reset = 0;
  gpu.partitioned = nvml.call("nvmlDeviceGetMigMode", device, &now, &after_reset) == kNvmlSuccess && now != 0;
  read_links(nvml, device, gpu);
  return gpu;
}

}  // namespace

std::optional<std::vector<NvmlGpu>> read_nvml(const std::string& library) {
  const auto opened = NvmlLibrary::open(library);
  if (const auto* unusable = std::get_if<NvmlUnusable>(&opened)) {
    if (unusable->why == NvmlUnusable::Why::absent) return std::nullopt;
    throw Error(unusable->reason);
  }
  const NvmlLibrary& nvml = std::get<NvmlLibrary>(opened);
  unsigned count = 0;
  nvml.must("nvmlDeviceGetCount_v2", &count);
  std::vector<NvmlGpu> gpus;
  for (unsigned index = 0; index < count; ++index) gpus.push_back(read_gpu(nvml, index));
  return gpus;
}

}  // namespace muster
