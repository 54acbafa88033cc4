// SPDX-License-Identifier: Apache-2.0
// Reads the state of this host's GPUs through NVML and the kernel's log: lines of health of run.jsonl, one per host and
// moment (reports/health_rules.hpp says when). No driver, an old one, or one that refuses is no error: what it does not
// tell stays empty.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks/kernel_log.hpp"
#include "core/clock.hpp"
#include "reports/health.hpp"
#include "topology/nvml_library.hpp"

namespace muster {

struct HealthSources {
  std::string nvml = kNvmlFile;
  KernelLogSources log{};
  std::vector<int> own_processes{};  ///< of this run, besides the calling one: they do not count as others
};

/// All GPUs that the driver counts, those that it cannot read with the reason.
std::vector<GpuHealth> read_gpus(const NvmlLibrary& nvml, const std::string& host, std::span<const int> own_processes);

/// What is read of a GPU at work again and again (telemetry.hpp); empty where the driver does not tell.
Clocks read_clocks(const NvmlLibrary& nvml, NvmlDevice device);
std::optional<double> read_power_watts(const NvmlLibrary& nvml, NvmlDevice device);
std::optional<double> read_celsius(const NvmlLibrary& nvml, NvmlDevice device);
std::optional<std::uint64_t> read_throttle_bits(const NvmlLibrary& nvml, NvmlDevice device);
std::optional<int> read_pcie_generation(const NvmlLibrary& nvml, NvmlDevice device);
std::optional<int> read_pcie_lanes(const NvmlLibrary& nvml, NvmlDevice device);

/// Call it on one rank of each host.
HealthReport read_health(HealthMoment moment, int launch, Clock& clock, const HealthSources& sources = {});

}  // namespace muster
