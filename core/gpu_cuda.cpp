// SPDX-License-Identifier: Apache-2.0
// The GPUs of this process, from the CUDA runtime.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "core/cuda.hpp"
#include "core/gpu.hpp"

namespace muster {
namespace {

/// "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", as nvidia-smi -L writes it; "MIG-..." for a part of a GPU, whose model
/// is "NVIDIA A100-SXM4-40GB MIG 1g.5gb".
std::string uuid_of(const cudaDeviceProp& properties) {
  const bool is_part = std::string(properties.name).find(" MIG ") != std::string::npos;
  std::string text = is_part ? "MIG" : "GPU";
  constexpr std::array<int, 5> kGroups = {4, 2, 2, 2, 6};  // bytes
  const char* byte = properties.uuid.bytes;
  for (const int group : kGroups) {
    text += '-';
    for (int i = 0; i < group; ++i) {
      char hex[3];
      std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned>(static_cast<unsigned char>(*byte++)));
      text += hex;
    }
  }
  return text;
}

/// 0 where the driver does not tell.
double hertz(cudaDeviceAttr attribute, int ordinal) {
  int kilohertz = 0;
  const cudaError_t status = cudaDeviceGetAttribute(&kilohertz, attribute, ordinal);
  if (status != cudaSuccess) cudaGetLastError();
  return status == cudaSuccess ? kilohertz * 1e3 : 0;
}

/// What CUDA says of a GPU; it fails for one that has fallen off the bus.
cudaError_t describe(Gpu& gpu) {
  cudaDeviceProp properties{};
  std::array<char, 32> address{};
  cudaError_t status = cudaGetDeviceProperties(&properties, gpu.ordinal);
  if (status == cudaSuccess) {
    status = cudaDeviceGetPCIBusId(address.data(), static_cast<int>(address.size()), gpu.ordinal);
  }
  if (status != cudaSuccess) return status;
  gpu.model = properties.name;
  gpu.uuid = uuid_of(properties);
  gpu.address = address.data();
  std::ranges::transform(gpu.address, gpu.address.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  gpu.compute_capability = 10 * properties.major + properties.minor;
  gpu.multiprocessors = properties.multiProcessorCount;
  gpu.memory = Bytes{properties.totalGlobalMem};
  gpu.cache = Bytes{static_cast<std::uint64_t>(std::max(properties.l2CacheSize, 0))};
  gpu.clock_hertz = hertz(cudaDevAttrClockRate, gpu.ordinal);
  gpu.memory_rate = {2 * hertz(cudaDevAttrMemoryClockRate, gpu.ordinal) * properties.memoryBusWidth / 8};
  return cudaSuccess;
}

std::string reason_of(cudaError_t status) {
  const std::string advice = advice_for(status);
  std::string reason = "no GPU can be used: " + (advice.empty() ? std::string(cudaGetErrorString(status)) : advice);
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr) {
    reason += std::string(" (CUDA_VISIBLE_DEVICES is \"") + std::string(visible).substr(0, 80) + "\")";
  }
  return reason;
}

}  // namespace

std::variant<std::vector<Gpu>, Unsupported> gpus_here() {
  int count = 0;
  const cudaError_t counted = cudaGetDeviceCount(&count);
  if (counted != cudaSuccess || count == 0) {
    cudaGetLastError();
    return Unsupported{reason_of(counted == cudaSuccess ? cudaErrorNoDevice : counted)};
  }
  std::vector<Gpu> gpus;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    Gpu gpu{.ordinal = ordinal};
    const cudaError_t status = describe(gpu);
    if (status != cudaSuccess) {
      cudaGetLastError();
      return Unsupported{"GPU " + std::to_string(ordinal) + " does not answer; " + reason_of(status)};
    }
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

}  // namespace muster
