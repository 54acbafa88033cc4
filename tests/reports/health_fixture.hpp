// SPDX-License-Identifier: Apache-2.0
// Eight sound GPUs on two hosts, read before, under load and after a run: tests break one thing at a time.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "reports/health_rules.hpp"

namespace muster {

inline GpuHealth sound_gpu(const std::string& host, int index) {
  const std::string name = host + std::to_string(index);
  GpuHealth gpu{.host = host,
                .index = index,
                .uuid = "GPU-" + name,
                .model = "NVIDIA H100 80GB HBM3",
                .address = "0000:" + std::to_string(10 + index) + ":00.0"};
  gpu.vbios = "96.00.30";
  gpu.driver = "580.65.06";
  gpu.persistence = gpu.ecc = "enabled";
  gpu.mig = "disabled";
  gpu.compute_mode = "default";
  gpu.clocks = gpu.highest_clocks = {1.98e9, 2.619e9};
  gpu.application_clocks = gpu.default_application_clocks = {1.98e9, 2.619e9};
  gpu.power_watts = 640;
  gpu.power_limit_watts = gpu.default_power_limit_watts = gpu.highest_power_limit_watts = 700;
  gpu.temperature_celsius = 60;
  gpu.corrected_errors = gpu.uncorrected_errors = gpu.uncorrected_errors_of_life = 0;
  gpu.remapped_rows_corrected = gpu.remapped_rows_uncorrected = gpu.remapping_pending = gpu.remapping_failed = 0;
  gpu.pcie_generation = gpu.highest_pcie_generation = gpu.card_pcie_generation = 5;
  gpu.pcie_lanes = gpu.highest_pcie_lanes = 16;
  gpu.pcie_replays = 0;
  gpu.other_processes = 0;
  for (int link = 0; link < 18; ++link) {
    gpu.links.push_back({.number = link, .state = "active", .replay_errors = 4, .recovery_errors = 0});
  }
  return gpu;
}

inline HealthReport sound_report(HealthMoment moment, const std::string& host) {
  HealthReport report{.moment = moment, .host = host};
  for (int index = 0; index < 4; ++index) report.gpus.push_back(sound_gpu(host, index));
  return report;
}

inline Run sound_health_run() {
  Run run;
  for (const HealthMoment moment : {HealthMoment::before, HealthMoment::under_load, HealthMoment::after}) {
    for (const char* host : {"a", "b"}) run.health.push_back(sound_report(moment, host));
  }
  return run;
}

/// GPU a/gpu1 in the reading of that moment.
inline GpuHealth& second_gpu(Run& run, HealthMoment moment) {
  return run.health.at(2 * static_cast<std::size_t>(moment)).gpus.at(1);
}

inline Telemetry sound_telemetry(int rank, const std::string& uuid) {
  Telemetry telemetry{.rank = rank, .uuid = uuid};
  for (int i = 0; i < 50; ++i) {
    telemetry.seconds.push_back(0.02 * i);
    telemetry.multiprocessor_hertz.push_back(1.98e9);
    telemetry.memory_hertz.push_back(2.619e9);
    telemetry.watts.push_back(640);
    telemetry.celsius.push_back(60);
    telemetry.throttle_bits.push_back(0);
  }
  telemetry.pcie_generation = 5;
  telemetry.pcie_lanes = 16;
  return telemetry;
}

inline std::vector<std::string> codes_of(const std::vector<Finding>& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) codes.push_back(finding.code);
  return codes;
}

}  // namespace muster
