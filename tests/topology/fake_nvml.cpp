// SPDX-License-Identifier: Apache-2.0
// A driver library that tells of three GPUs: 0 and 1 with three links each to NVSwitches and one to each other, 1 with
// a fifth link that is down, 2 with a link to itself and three to nowhere. Loaded in place of NVIDIA's by tests, which
// choose faults by words in the environment variable FAKE_NVML_FAULTS; fake_nvml_health.cpp tells of the GPUs' state.
#include "tests/topology/fake_nvml.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake_nvml {

bool has_fault(const char* word) {
  const char* faults = std::getenv("FAKE_NVML_FAULTS");
  return faults != nullptr && std::strstr(faults, word) != nullptr;
}

unsigned long index_of(void* device) { return reinterpret_cast<unsigned long>(device) - 1; }

}  // namespace fake_nvml

namespace {

using fake_nvml::has_fault;
using fake_nvml::index_of;
using fake_nvml::kInvalid;

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};

constexpr const char* kBus[] = {"00000000:1B:00.0", "00000000:2C:00.0", "00000000:3D:00.0"};

}  // namespace

extern "C" {

int nvmlInit_v2() {
  if (has_fault("no_driver")) return 9;
  return has_fault("mismatch") ? 18 : 0;
}
int nvmlShutdown() { return 0; }
const char* nvmlErrorString(int status) { return status == fake_nvml::kLost ? "GPU is lost" : "made up"; }

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = has_fault("vanished") ? 2 : 3;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index == 1 && has_fault("no_handle")) return fake_nvml::kLost;
  *device = reinterpret_cast<void*>(static_cast<unsigned long>(index) + 1);
  return index < 3 ? 0 : kInvalid;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** device) {
  for (unsigned index = 0; index < 3; ++index) {
    // NVML takes a domain of four digits as well as one of eight, in either case.
    if (strcasecmp(address, kBus[index]) == 0 || strcasecmp(address, kBus[index] + 4) == 0) {
      return nvmlDeviceGetHandleByIndex_v2(index, device);
    }
  }
  return kInvalid;
}

int nvmlDeviceGetName(void*, char* name, unsigned length) {
  std::snprintf(name, length, "NVIDIA H100 80GB HBM3");
  return 0;
}

int nvmlDeviceGetPciInfo_v3(void* device, PciInfo* info) {
  std::snprintf(info->bus_id, sizeof info->bus_id, "%s", kBus[index_of(device)]);
  return 0;
}

int nvmlDeviceGetCudaComputeCapability(void*, int* major, int* minor) {
  *major = 9;
  *minor = 0;
  return 0;
}

int nvmlDeviceGetMaxPcieLinkGeneration(void*, unsigned* generation) {
  *generation = 5;
  return has_fault("refuses") ? kInvalid : 0;
}

int nvmlDeviceGetMaxPcieLinkWidth(void*, unsigned* lanes) {
  *lanes = 16;
  return has_fault("refuses") ? kInvalid : 0;
}

int nvmlDeviceGetMigMode(void* device, unsigned* now, unsigned* later) {
  *now = *later = index_of(device) == 2 ? 1 : 0;
  return has_fault("refuses") ? kInvalid : 0;
}

// Four links each; the second GPU has a fifth that is down.
int nvmlDeviceGetNvLinkState(void* device, unsigned link, unsigned* active) {
  const bool is_fifth = link == 4 && index_of(device) == 1;
  if (has_fault("refuses") || (link > 3 && !is_fifth)) return kInvalid;
  *active = is_fifth ? 0 : 1;
  return 0;
}

int nvmlDeviceGetNvLinkRemoteDeviceType(void* device, unsigned link, unsigned* type) {
  const bool is_third = index_of(device) == 2;
  *type = is_third ? (link == 0 ? 0 : 255) : (link < 3 ? 2 : 0);
  return 0;
}

int nvmlDeviceGetNvLinkRemotePciInfo_v2(void* device, unsigned link, PciInfo* info) {
  constexpr const char* kNowhere = "00000000:99:00.0";
  const unsigned long own = index_of(device);
  const char* other = own == 2 ? (link == 0 ? kBus[own] : kNowhere) : kBus[1 - own];
  std::snprintf(info->bus_id, sizeof info->bus_id, "%s", other);
  return 0;
}
}
