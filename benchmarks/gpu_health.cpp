// SPDX-License-Identifier: Apache-2.0
// Numbers of NVML's enumerations and fields: nvml.h of NVML 13, which older drivers share.
#include "benchmarks/gpu_health.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/host.hpp"

namespace muster {
namespace {

constexpr int kClockMultiprocessor = 1, kClockMemory = 2;
constexpr int kDieSensor = 0;
constexpr int kSlowdownThreshold = 1;
constexpr int kCorrected = 0, kUncorrected = 1;
constexpr int kVolatile = 0, kOfLife = 1;

constexpr unsigned kFieldMemoryTemperature = 82;
constexpr unsigned kFieldPcieReplays = 94;

std::optional<int> integer(const NvmlLibrary& nvml, const char* name, NvmlDevice device) {
  const auto value = nvml.ask<unsigned>(name, device);
  if (!value) return std::nullopt;
  return static_cast<int>(std::min(*value, 1'000'000u));
}

std::optional<double> scaled(const std::optional<unsigned>& value, double unit) {
  if (!value) return std::nullopt;
  return *value * unit;
}

/// NVML tells watts in thousandths.
std::optional<double> watts(const NvmlLibrary& nvml, const char* name, NvmlDevice device) {
  return scaled(nvml.ask<unsigned>(name, device), 1e-3);
}

/// NVML tells clocks in MHz.
Clocks clocks(const NvmlLibrary& nvml, const char* name, NvmlDevice device) {
  return {scaled(nvml.ask<unsigned>(name, device, kClockMultiprocessor), 1e6),
          scaled(nvml.ask<unsigned>(name, device, kClockMemory), 1e6)};
}

std::string state_word(int state) { return state == 0 ? "disabled" : "enabled"; }

std::optional<std::uint64_t> counter(const std::optional<double>& value) {
  if (!value || !(*value >= 0)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> ecc_errors(const NvmlLibrary& nvml, NvmlDevice device, int kind, int period) {
  const auto count = nvml.ask<unsigned long long>("nvmlDeviceGetTotalEccErrors", device, kind, period);
  if (!count) return std::nullopt;
  return *count;
}

/// nvmlComputeMode_t.
std::string mode_word(int mode) {
  switch (mode) {
    case 0:
      return "default";
    case 1:
      return "exclusive_thread";
    case 2:
      return "prohibited";
    case 3:
      return "exclusive_process";
    default:
      return "mode_" + std::to_string(mode);
  }
}

void read_identity(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  gpu.model = nvml.ask_text("nvmlDeviceGetName", device).value_or("");
  gpu.uuid = nvml.ask_text("nvmlDeviceGetUUID", device).value_or("");
  gpu.serial = nvml.ask_text("nvmlDeviceGetSerial", device);
  gpu.vbios = nvml.ask_text("nvmlDeviceGetVbiosVersion", device);
  gpu.driver = nvml.ask_text("nvmlSystemGetDriverVersion");
  if (const auto info = nvml.ask<NvmlPciInfo>("nvmlDeviceGetPciInfo_v3", device)) gpu.address = address_of(*info);
  int major = 0, minor = 0;
  if (nvml.call("nvmlDeviceGetCudaComputeCapability", device, &major, &minor) == kNvmlSuccess) {
    gpu.compute_capability = 10 * major + minor;
  }
}

void read_modes(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  if (const auto mode = nvml.ask<int>("nvmlDeviceGetPersistenceMode", device)) gpu.persistence = state_word(*mode);
  if (const auto mode = nvml.ask<int>("nvmlDeviceGetComputeMode", device)) gpu.compute_mode = mode_word(*mode);
  int ecc = 0, later_ecc = 0;
  if (nvml.call("nvmlDeviceGetEccMode", device, &ecc, &later_ecc) == kNvmlSuccess) gpu.ecc = state_word(ecc);
  unsigned mig = 0, later_mig = 0;
  if (nvml.call("nvmlDeviceGetMigMode", device, &mig, &later_mig) == kNvmlSuccess) {
    gpu.mig = state_word(static_cast<int>(mig));
  }
}

void read_rates(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  gpu.clocks = read_clocks(nvml, device);
  gpu.highest_clocks = clocks(nvml, "nvmlDeviceGetMaxClockInfo", device);
  gpu.application_clocks = clocks(nvml, "nvmlDeviceGetApplicationsClock", device);
  gpu.default_application_clocks = clocks(nvml, "nvmlDeviceGetDefaultApplicationsClock", device);
  gpu.power_watts = read_power_watts(nvml, device);
  gpu.power_limit_watts = watts(nvml, "nvmlDeviceGetEnforcedPowerLimit", device);
  gpu.default_power_limit_watts = watts(nvml, "nvmlDeviceGetPowerManagementDefaultLimit", device);
  unsigned lowest = 0, highest = 0;
  if (nvml.call("nvmlDeviceGetPowerManagementLimitConstraints", device, &lowest, &highest) == kNvmlSuccess) {
    gpu.highest_power_limit_watts = highest * 1e-3;
  }
  gpu.temperature_celsius = read_celsius(nvml, device);
  gpu.slowdown_celsius = scaled(nvml.ask<unsigned>("nvmlDeviceGetTemperatureThreshold", device, kSlowdownThreshold), 1);
  // A GPU without that sensor may answer 0.
  const auto memory = nvml.field(device, kFieldMemoryTemperature);
  if (memory && *memory > 0) gpu.memory_temperature_celsius = memory;
  gpu.throttle_reasons = throttle_words(read_throttle_bits(nvml, device).value_or(0));
}

void read_memory_errors(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  gpu.corrected_errors = ecc_errors(nvml, device, kCorrected, kVolatile);
  gpu.uncorrected_errors = ecc_errors(nvml, device, kUncorrected, kVolatile);
  gpu.corrected_errors_of_life = ecc_errors(nvml, device, kCorrected, kOfLife);
  gpu.uncorrected_errors_of_life = ecc_errors(nvml, device, kUncorrected, kOfLife);
  unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
  if (nvml.call("nvmlDeviceGetRemappedRows", device, &corrected, &uncorrected, &pending, &failed) == kNvmlSuccess) {
    gpu.remapped_rows_corrected = static_cast<int>(corrected);
    gpu.remapped_rows_uncorrected = static_cast<int>(uncorrected);
    gpu.remapping_pending = pending == 0 ? 0 : 1;
    gpu.remapping_failed = failed == 0 ? 0 : 1;
  }
  for (const int cause : {0, 1}) {                   // nvmlPageRetirementCause_t: repeated single bits, a double bit
    std::array<unsigned long long, 64> addresses{};  // as many as a GPU retires at most
    auto pages = static_cast<unsigned>(addresses.size());
    const NvmlStatus status = nvml.call("nvmlDeviceGetRetiredPages", device, cause, &pages, addresses.data());
    if (status != kNvmlSuccess && status != kNvmlInsufficientSize) continue;
    gpu.retired_pages = gpu.retired_pages.value_or(0) + static_cast<int>(pages);
  }
  if (const auto is_pending = nvml.ask<int>("nvmlDeviceGetRetiredPagesPendingStatus", device)) {
    gpu.retirement_pending = *is_pending == 0 ? 0 : 1;
  }
}

void read_slot(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  gpu.pcie_generation = read_pcie_generation(nvml, device);
  gpu.pcie_lanes = read_pcie_lanes(nvml, device);
  gpu.highest_pcie_generation = integer(nvml, "nvmlDeviceGetMaxPcieLinkGeneration", device);
  gpu.highest_pcie_lanes = integer(nvml, "nvmlDeviceGetMaxPcieLinkWidth", device);
  gpu.card_pcie_generation = integer(nvml, "nvmlDeviceGetGpuMaxPcieLinkGeneration", device);
  if (const auto replays = nvml.ask<unsigned>("nvmlDeviceGetPcieReplayCounter", device)) {
    gpu.pcie_replays = *replays;
  } else {
    gpu.pcie_replays = counter(nvml.field(device, kFieldPcieReplays));
  }
}

/// The counter by its own call, else by its field, where newer drivers have it.
std::optional<std::uint64_t> link_errors(const NvmlLibrary& nvml, NvmlDevice device, unsigned link, int kind,
                                         std::optional<unsigned> field) {
  const auto count = nvml.ask<unsigned long long>("nvmlDeviceGetNvLinkErrorCounter", device, link, kind);
  if (count) return *count;
  return field ? counter(nvml.field(device, *field, link)) : std::nullopt;
}

void read_links(const NvmlLibrary& nvml, NvmlDevice device, GpuHealth& gpu) {
  // nvmlNvLinkErrorCounter_t, and NVML_FI_DEV_NVLINK_ERROR_DL_*, _COUNT_LINK_RECOVERY_* with the link as scope.
  constexpr int kReplay = 0, kRecovery = 1, kCrcFlit = 2, kCrcData = 3;
  constexpr unsigned kFieldReplay = 161, kFieldRecovery = 162, kFieldCrc = 163;
  constexpr unsigned kFieldFailedRecoveries = 214, kFieldRecoveries = 215;
  for (unsigned number = 0; number < kMostNvLinks; ++number) {
    const auto is_active = nvml.ask<unsigned>("nvmlDeviceGetNvLinkState", device, number);
    if (!is_active) continue;  // this GPU has fewer links
    NvLinkHealth link{.number = static_cast<int>(number), .state = *is_active == 0 ? "inactive" : "active"};
    if (*is_active != 0) {
      link.replay_errors = link_errors(nvml, device, number, kReplay, kFieldReplay);
      link.recovery_errors = link_errors(nvml, device, number, kRecovery, kFieldRecovery);
      link.crc_flit_errors = link_errors(nvml, device, number, kCrcFlit, kFieldCrc);
      link.crc_data_errors = link_errors(nvml, device, number, kCrcData, std::nullopt);
      if (!link.recovery_errors) link.recovery_errors = counter(nvml.field(device, kFieldRecoveries, number));
      link.failed_recoveries = counter(nvml.field(device, kFieldFailedRecoveries, number));
    }
    gpu.links.push_back(link);
  }
}

std::optional<int> other_processes(const NvmlLibrary& nvml, NvmlDevice device, std::span<const int> own) {
  std::array<NvmlProcess, 64> processes{};
  auto count = static_cast<unsigned>(processes.size());
  const NvmlStatus status = nvml.call("nvmlDeviceGetComputeRunningProcesses_v3", device, &count, processes.data());
  if (status == kNvmlInsufficientSize) return static_cast<int>(processes.size());  // at least; a number says enough
  if (status != kNvmlSuccess) return std::nullopt;
  const auto is_other = [&](const NvmlProcess& process) {
    const int id = static_cast<int>(process.pid);
    return id != getpid() && std::ranges::find(own, id) == own.end();
  };
  const std::size_t told = std::min<std::size_t>(count, processes.size());
  return static_cast<int>(std::ranges::count_if(std::span(processes).first(told), is_other));
}

GpuHealth read_gpu(const NvmlLibrary& nvml, unsigned index, std::span<const int> own_processes) {
  GpuHealth gpu{.index = static_cast<int>(index)};
  NvmlDevice device = nullptr;
  const NvmlStatus status = nvml.call("nvmlDeviceGetHandleByIndex_v2", index, &device);
  if (status != kNvmlSuccess) {
    gpu.unreadable = nvml.text_of(status);
    return gpu;
  }
  read_identity(nvml, device, gpu);
  unsigned celsius = 0;
  const NvmlStatus probe = nvml.call("nvmlDeviceGetTemperature", device, kDieSensor, &celsius);
  if (probe == kNvmlGpuIsLost || probe == kNvmlResetRequired) {
    gpu.unreadable = nvml.text_of(probe);
    return gpu;
  }
  read_modes(nvml, device, gpu);
  read_rates(nvml, device, gpu);
  read_memory_errors(nvml, device, gpu);
  read_slot(nvml, device, gpu);
  read_links(nvml, device, gpu);
  gpu.other_processes = other_processes(nvml, device, own_processes);
  return gpu;
}

}  // namespace

Clocks read_clocks(const NvmlLibrary& nvml, NvmlDevice device) {
  return clocks(nvml, "nvmlDeviceGetClockInfo", device);
}

std::optional<double> read_power_watts(const NvmlLibrary& nvml, NvmlDevice device) {
  return watts(nvml, "nvmlDeviceGetPowerUsage", device);
}

std::optional<double> read_celsius(const NvmlLibrary& nvml, NvmlDevice device) {
  return scaled(nvml.ask<unsigned>("nvmlDeviceGetTemperature", device, kDieSensor), 1);
}

std::optional<std::uint64_t> read_throttle_bits(const NvmlLibrary& nvml, NvmlDevice device) {
  // The call was renamed; a driver has one of the two names or both.
  for (const char* name : {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"}) {
    if (const auto bits = nvml.ask<unsigned long long>(name, device)) return *bits;
  }
  return std::nullopt;
}

std::optional<int> read_pcie_generation(const NvmlLibrary& nvml, NvmlDevice device) {
  return integer(nvml, "nvmlDeviceGetCurrPcieLinkGeneration", device);
}

std::optional<int> read_pcie_lanes(const NvmlLibrary& nvml, NvmlDevice device) {
  return integer(nvml, "nvmlDeviceGetCurrPcieLinkWidth", device);
}

std::vector<GpuHealth> read_gpus(const NvmlLibrary& nvml, const std::string& host, std::span<const int> own_processes) {
  const unsigned count = nvml.ask<unsigned>("nvmlDeviceGetCount_v2").value_or(0);
  std::vector<GpuHealth> gpus;
  for (unsigned index = 0; index < count; ++index) {
    gpus.push_back(read_gpu(nvml, index, own_processes));
    gpus.back().host = host;
  }
  return gpus;
}

HealthReport read_health(HealthMoment moment, int launch, Clock& clock, const HealthSources& sources) {
  HealthReport report{.moment = moment, .launch = launch, .host = host_name()};
  const auto opened = NvmlLibrary::open(sources.nvml);
  if (const auto* unusable = std::get_if<NvmlUnusable>(&opened)) {
    report.gpus_unknown = unusable->reason;
  } else {
    report.gpus = read_gpus(std::get<NvmlLibrary>(opened), report.host, sources.own_processes);
  }
  KernelErrors errors = read_kernel_errors(clock, sources.log);
  report.xids = std::move(errors.xids);
  report.xids_unknown = std::move(errors.unknown);
  return report;
}

}  // namespace muster
