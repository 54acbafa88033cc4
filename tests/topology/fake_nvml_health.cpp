// SPDX-License-Identifier: Apache-2.0
// The state of the GPUs that fake_nvml.cpp tells of: numbers by rule, so that a test sees which call fills which
// member. NVML's units: MHz, mW, degrees Celsius.
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "tests/topology/fake_nvml.hpp"

using fake_nvml::has_fault;
using fake_nvml::index_of;
using fake_nvml::kLost;
using fake_nvml::kNotSupported;

namespace {

struct FieldValue {
  unsigned field, scope;
  long long timestamp, latency;
  int value_type;
  int status;
  union {
    double real;
    unsigned whole;
    unsigned long long counter;
  } value;
};

struct Process {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance, compute_instance;
};

constexpr int kTypeWhole = 1, kTypeCounter = 3;

// Every call about a state begins with this.
int status_of(void* device) {
  if (index_of(device) == 1 && has_fault("lost")) return kLost;
  return has_fault("refuses") ? kNotSupported : 0;
}

template <typename Value>
int give(void* device, Value* out, Value value) {
  *out = value;
  return status_of(device);
}

int give_text(void* device, char* out, unsigned length, const char* text) {
  std::snprintf(out, length, "%s", text);
  return status_of(device);
}

void fill(FieldValue& value) {
  value.status = 0;
  switch (value.field) {
    case 82:  // memory temperature
      value.value_type = kTypeWhole;
      value.value.whole = 71;
      return;
    case 161:  // replays of a link
      value.value_type = kTypeCounter;
      value.value.counter = 1000 + value.scope;
      return;
    case 214:  // recoveries of a link that failed
      value.value_type = kTypeCounter;
      value.value.counter = 2000 + value.scope;
      return;
    default:
      value.status = kNotSupported;
  }
}

// Counts readings, so that a test sees the clock move.
std::atomic<unsigned> clock_readings = 0;

}  // namespace

extern "C" {

int nvmlSystemGetDriverVersion(char* text, unsigned length) {
  std::snprintf(text, length, "580.65.06");
  return has_fault("refuses") ? kNotSupported : 0;
}

int nvmlDeviceGetUUID(void* device, char* text, unsigned length) {
  std::snprintf(text, length, "GPU-%lu", index_of(device));
  return 0;
}
int nvmlDeviceGetSerial(void* device, char* text, unsigned length) { return give_text(device, text, length, "1650"); }
int nvmlDeviceGetVbiosVersion(void* device, char* text, unsigned length) {
  return give_text(device, text, length, index_of(device) == 2 ? "96.00.5E" : "96.00.30");
}

int nvmlDeviceGetPersistenceMode(void* device, int* mode) { return give(device, mode, 1); }
int nvmlDeviceGetComputeMode(void* device, int* mode) { return give(device, mode, 3); }
int nvmlDeviceGetEccMode(void* device, int* now, int* later) {
  *later = 0;
  return give(device, now, 1);
}

int nvmlDeviceGetClockInfo(void* device, int type, unsigned* megahertz) {
  if (type == 1) return give(device, megahertz, 1000 + ++clock_readings % 500);
  return give(device, megahertz, 2619u);
}
int nvmlDeviceGetMaxClockInfo(void* device, int type, unsigned* megahertz) {
  return give(device, megahertz, type == 1 ? 1980u : 2619u);
}
int nvmlDeviceGetApplicationsClock(void* device, int type, unsigned* megahertz) {
  return give(device, megahertz, type == 1 ? 1755u : 2619u);
}
int nvmlDeviceGetDefaultApplicationsClock(void* device, int type, unsigned* megahertz) {
  return give(device, megahertz, type == 1 ? 1965u : 2619u);
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) { return give(device, milliwatts, 612'500u); }
int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* milliwatts) { return give(device, milliwatts, 650'000u); }
int nvmlDeviceGetPowerManagementDefaultLimit(void* device, unsigned* milliwatts) {
  return give(device, milliwatts, 700'000u);
}
int nvmlDeviceGetPowerManagementLimitConstraints(void* device, unsigned* least, unsigned* most) {
  *least = 200'000;
  return give(device, most, 700'000u);
}

int nvmlDeviceGetTemperature(void* device, int, unsigned* celsius) { return give(device, celsius, 63u); }
int nvmlDeviceGetTemperatureThreshold(void* device, int which, unsigned* celsius) {
  return give(device, celsius, which == 1 ? 87u : 92u);
}

// Drivers have one of these two names.
int nvmlDeviceGetCurrentClocksEventReasons(void* device, unsigned long long* bits) {
  if (has_fault("old_names")) return 13;
  return give(device, bits, has_fault("hot") ? 0x48ull : 0x4ull);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void* device, unsigned long long* bits) {
  return give(device, bits, 0x20ull);
}

int nvmlDeviceGetTotalEccErrors(void* device, int kind, int period, unsigned long long* count) {
  const unsigned long long errors = kind == 1 ? (has_fault("ecc") ? 2 : 0) : 5;
  return give(device, count, errors + (period == 1 && kind == 0 ? 10 : 0));
}
int nvmlDeviceGetRemappedRows(void* device, unsigned* corrected, unsigned* uncorrected, unsigned* pending,
                              unsigned* failed) {
  *corrected = 3;
  *uncorrected = 1;
  *pending = has_fault("ecc") ? 1 : 0;
  return give(device, failed, 0u);
}
int nvmlDeviceGetRetiredPages(void* device, int cause, unsigned* count, unsigned long long*) {
  return give(device, count, cause == 0 ? 4u : 2u);
}
int nvmlDeviceGetRetiredPagesPendingStatus(void* device, int* is_pending) { return give(device, is_pending, 1); }

int nvmlDeviceGetCurrPcieLinkGeneration(void* device, unsigned* generation) { return give(device, generation, 4u); }
int nvmlDeviceGetCurrPcieLinkWidth(void* device, unsigned* lanes) { return give(device, lanes, 8u); }
int nvmlDeviceGetGpuMaxPcieLinkGeneration(void* device, unsigned* generation) { return give(device, generation, 6u); }
int nvmlDeviceGetPcieReplayCounter(void* device, unsigned* count) { return give(device, count, 7u); }

// Newer drivers have these as fields.
int nvmlDeviceGetNvLinkErrorCounter(void* device, unsigned link, int kind, unsigned long long* count) {
  if (has_fault("new_counters")) return kNotSupported;
  return give(device, count, 100ull * static_cast<unsigned long long>(kind) + link);
}
int nvmlDeviceGetFieldValues(void* device, int count, FieldValue* values) {
  for (int i = 0; i < count; ++i) fill(values[i]);
  return status_of(device);
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, Process* processes) {
  if (*count < 3) return 7;
  processes[0] = {.pid = 41, .memory = 1 << 20, .gpu_instance = ~0u, .compute_instance = ~0u};
  processes[1] = {.pid = 42, .memory = 1 << 20, .gpu_instance = ~0u, .compute_instance = ~0u};
  processes[2] = processes[1];
  processes[2].pid = static_cast<unsigned>(getpid());
  return give(device, count, 3u);
}
}
