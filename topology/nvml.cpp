// SPDX-License-Identifier: Apache-2.0
#include "topology/nvml.hpp"

#include <dlfcn.h>

#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

// The few declarations of NVML's stable interface that are used here (NVML API Reference Guide, "nvml.h").
using Device_t = void*;
using Status = int;
constexpr Status kSuccess = 0;
constexpr Status kDriverNotLoaded = 9;
constexpr Status kLibraryNotFound = 12;
constexpr unsigned kMostLinks =
    36;  // twice the 18 of Hopper and Blackwell; a GPU with fewer refuses the higher numbers

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};

/// "00000000:18:00.0" as NVML writes it -> "0000:18:00.0".
std::string address_of(const PciInfo& info) {
  std::string text(info.bus_id, strnlen(info.bus_id, sizeof info.bus_id));
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t domain = text.find(':');
  return domain != std::string::npos && domain > 4 ? text.substr(domain - 4) : text;
}

class Nvml {
 public:
  explicit Nvml(void* library) : library_(library) {}

  /// A function that a driver may lack is asked for with may_have(), which gives nullptr.
  template <typename... Arguments>
  auto may_have(const char* name) const {
    using Function = Status (*)(Arguments...);
    return reinterpret_cast<Function>(dlsym(library_.get(), name));
  }

  template <typename... Arguments>
  Status call(const char* name, Arguments... arguments) const {
    const auto function = may_have<Arguments...>(name);
    if (function == nullptr) throw Error(std::string("this NVIDIA driver lacks ") + name + ": update it");
    return function(arguments...);
  }

  template <typename... Arguments>
  void must(const char* name, Arguments... arguments) const {
    const Status status = call(name, arguments...);
    if (status != kSuccess)
      throw Error(std::string(name) + " failed: " + text_of(status) + "; see whether nvidia-smi works");
  }

  std::string text_of(Status status) const {
    const auto function = reinterpret_cast<const char* (*)(Status)>(dlsym(library_.get(), "nvmlErrorString"));
    return function == nullptr ? "status " + std::to_string(status) : function(status);
  }

 private:
  struct Close {
    void operator()(void* library) const { dlclose(library); }
  };
  std::unique_ptr<void, Close> library_;
};

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
void read_links(const Nvml& nvml, Device_t device, NvmlGpu& gpu) {
  const auto state = nvml.may_have<Device_t, unsigned, unsigned*>("nvmlDeviceGetNvLinkState");
  const auto kind = nvml.may_have<Device_t, unsigned, unsigned*>("nvmlDeviceGetNvLinkRemoteDeviceType");
  const auto remote = nvml.may_have<Device_t, unsigned, PciInfo*>("nvmlDeviceGetNvLinkRemotePciInfo_v2");
  if (state == nullptr) return;
  for (unsigned number = 0; number < kMostLinks; ++number) {
    unsigned is_active = 0;
    if (state(device, number, &is_active) != kSuccess) continue;  // this GPU has fewer links
    if (is_active == 0) {
      ++gpu.inactive_links;
      continue;
    }
    NvLink link{.number = static_cast<int>(number)};
    unsigned type = 255;
    if (kind != nullptr && kind(device, number, &type) == kSuccess) link.peer = peer_of(type);
    PciInfo info{};
    const bool may_be_gpu = link.peer == NvLinkPeer::gpu || link.peer == NvLinkPeer::unknown;
    if (may_be_gpu && remote != nullptr && remote(device, number, &info) == kSuccess) link.address = address_of(info);
    gpu.links.push_back(std::move(link));
  }
}

/// 0 when the driver does not tell.
int number_of(const Nvml& nvml, const char* name, Device_t device) {
  unsigned value = 0;
  const auto function = nvml.may_have<Device_t, unsigned*>(name);
  return function != nullptr && function(device, &value) == kSuccess ? static_cast<int>(value) : 0;
}

NvmlGpu read_gpu(const Nvml& nvml, unsigned index) {
  Device_t device = nullptr;
  nvml.must("nvmlDeviceGetHandleByIndex_v2", index, &device);
  NvmlGpu gpu{.index = static_cast<int>(index)};
  std::array<char, 128> name{};
  nvml.must("nvmlDeviceGetName", device, name.data(), static_cast<unsigned>(name.size()));
  gpu.name.assign(name.data(), strnlen(name.data(), name.size()));
  PciInfo info{};
  nvml.must("nvmlDeviceGetPciInfo_v3", device, &info);
  gpu.address = address_of(info);
  int major = 0, minor = 0;
  const auto capability = nvml.may_have<Device_t, int*, int*>("nvmlDeviceGetCudaComputeCapability");
  if (capability != nullptr && capability(device, &major, &minor) == kSuccess) {
    gpu.compute_capability = 10 * major + minor;
  }
  gpu.pcie_generation = number_of(nvml, "nvmlDeviceGetMaxPcieLinkGeneration", device);
  gpu.pcie_lanes = number_of(nvml, "nvmlDeviceGetMaxPcieLinkWidth", device);
  unsigned now = 0, after_reset = 0;
  const auto mig = nvml.may_have<Device_t, unsigned*, unsigned*>("nvmlDeviceGetMigMode");
  gpu.partitioned = mig != nullptr && mig(device, &now, &after_reset) == kSuccess && now != 0;
  read_links(nvml, device, gpu);
  return gpu;
}

struct Session {
  const Nvml& nvml;
  ~Session() { nvml.call("nvmlShutdown"); }
};

}  // namespace

std::optional<std::vector<NvmlGpu>> read_nvml(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::nullopt;
  const Nvml nvml(handle);
  const Status status = nvml.call("nvmlInit_v2");
  if (status == kDriverNotLoaded || status == kLibraryNotFound) return std::nullopt;
  if (status != kSuccess) throw Error("nvmlInit_v2 failed: " + nvml.text_of(status) + "; see whether nvidia-smi works");
  const Session session{nvml};
  unsigned count = 0;
  nvml.must("nvmlDeviceGetCount_v2", &count);
  std::vector<NvmlGpu> gpus;
  for (unsigned index = 0; index < count; ++index) gpus.push_back(read_gpu(nvml, index));
  return gpus;
}

}  // namespace muster
