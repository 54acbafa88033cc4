// SPDX-License-Identifier: Apache-2.0
// Clocks, power, temperature and what held them back, read by a thread of this process while a case is measured on its
// GPU. Part of a case's record (reports/health.hpp). Where NVML cannot be asked there is no telemetry, and no error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "core/gpu.hpp"
#include "reports/health.hpp"
#include "topology/nvml_library.hpp"

namespace muster {

/// One reading; empty = the driver does not tell.
struct GpuReading {
  double seconds = 0;  ///< after start()
  Clocks clocks{};
  std::optional<double> watts{}, celsius{};
  std::optional<std::uint64_t> throttle_bits{};
  std::optional<int> pcie_generation{}, pcie_lanes{};
};

/// Readings as a Telemetry of at most kMostReadings, however many are added. The first reading says which series there
/// are; a later one that lacks a value of one of them is left out.
class ReadingSeries {
 public:
  ReadingSeries(int rank, const std::string& uuid) { telemetry_.rank = rank, telemetry_.uuid = uuid; }
  void add(const GpuReading& reading);
  Telemetry take() { return std::move(telemetry_); }

 private:
  void append(const GpuReading& reading);
  void thin();

  Telemetry telemetry_;
  std::uint64_t added_ = 0;
  std::uint64_t stride_ = 1;  ///< one of so many readings is kept
};

struct TelemetrySettings {
  std::string nvml = kNvmlFile;
  Seconds interval{0.02};  ///< a shorter one mostly reads what NVML had told before
};

class TelemetrySampler {
 public:
  /// Of the GPU that holds `gpu`, also where that is a MIG part of it. `clock` is read by another thread, too.
  TelemetrySampler(const Gpu& gpu, int rank, Clock& clock, const TelemetrySettings& settings = {});
  ~TelemetrySampler();
  TelemetrySampler(const TelemetrySampler&) = delete;
  TelemetrySampler& operator=(const TelemetrySampler&) = delete;

  /// Forgets what was read; reads at once and then at each interval.
  void start();
  /// Reads once more and ends the thread. Empty before start(), and where the driver tells nothing.
  std::optional<Telemetry> stop();

 private:
  class Sampling;
  std::unique_ptr<Sampling> sampling_;  ///< null where NVML cannot be asked
};

}  // namespace muster
