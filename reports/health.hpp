// SPDX-License-Identifier: Apache-2.0
// What a GPU says of its own state, before, during and after a run: part of run.jsonl, judged with the rows
// (health_rules.hpp). Read by benchmarks/gpu_health.cpp through NVML; everything that a driver does not tell stays
// empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"

namespace muster {

class Fields;

struct Clocks {
  std::optional<double> multiprocessor_hertz{}, memory_hertz{};
};

struct NvLinkHealth {
  int number = 0;
  std::optional<std::string> state{};  ///< "active" or "inactive"
  /// Since the driver was loaded. Blackwell counts recoveries, the GPUs before it also replays and flow control CRC.
  std::optional<std::uint64_t> replay_errors{}, recovery_errors{}, failed_recoveries{};
  std::optional<std::uint64_t> crc_flit_errors{}, crc_data_errors{};
};

/// Counters since the driver was loaded ("volatile") unless said otherwise.
struct GpuHealth {
  std::string host{};
  int index = 0;  ///< NVML's, which is nvidia-smi's
  std::string uuid{}, model{}, address{};
  std::optional<std::string> unreadable{};  ///< why the driver tells nothing of this GPU: "GPU is lost"
  std::optional<std::string> serial{}, vbios{}, driver{};
  std::optional<std::string> persistence{}, ecc{}, mig{};  ///< "enabled" or "disabled"
  std::optional<std::string> compute_mode{};               ///< "default", "exclusive_process", "prohibited"
  std::optional<int> compute_capability{}, multiprocessors{};
  Clocks clocks{}, highest_clocks{}, application_clocks{}, default_application_clocks{};
  std::optional<double> power_watts{};
  std::optional<double> power_limit_watts{};  ///< in force, whoever set it
  std::optional<double> default_power_limit_watts{}, highest_power_limit_watts{};
  std::optional<double> temperature_celsius{}, memory_temperature_celsius{}, slowdown_celsius{};
  std::vector<std::string> throttle_reasons{};  ///< words of throttle_words(); empty = none, or not told
  std::optional<std::uint64_t> corrected_errors{}, uncorrected_errors{};
  std::optional<std::uint64_t> corrected_errors_of_life{}, uncorrected_errors_of_life{};
  std::optional<int> remapped_rows_corrected{}, remapped_rows_uncorrected{};  ///< of life, by kind of error
  std::optional<int> remapping_pending{}, remapping_failed{};                 ///< 1 = yes, 0 = no
  std::optional<int> retired_pages{}, retirement_pending{};                   ///< before Ampere; pending: 1 = yes
  std::optional<int> pcie_generation{}, pcie_lanes{};                         ///< at this moment
  std::optional<int> highest_pcie_generation{}, highest_pcie_lanes{};         ///< that card and slot reach together
  std::optional<int> card_pcie_generation{};  ///< that the card reaches in a better slot
  std::optional<std::uint64_t> pcie_replays{};
  std::optional<int> other_processes{};  ///< that compute on this GPU and are none of this run
  std::vector<NvLinkHealth> links{};
};

/// When a line of health was taken.
enum class HealthMoment { before, under_load, after };

std::string_view name_of(HealthMoment moment);
HealthMoment parse_health_moment(std::string_view name);

/// All events of one code on one GPU.
struct XidEvent {
  std::string address{};  ///< PCI bus id, as GpuHealth has it
  int code = 0;
  int count = 1;
  std::string text{};  ///< what the kernel said last, printable ASCII, at most 200 characters, without process names
};

/// One host's GPUs at one moment.
struct HealthReport {
  HealthMoment moment = HealthMoment::before;
  int launch = 0;
  std::string host{};
  std::vector<GpuHealth> gpus{};
  std::optional<std::string> gpus_unknown{};  ///< why NVML could not be asked
  std::vector<XidEvent> xids{};               ///< since boot, where the kernel's log can be read
  std::optional<std::string> xids_unknown{};  ///< why they could not be read
};

/// NVML's clock event reasons (nvml.h: nvmlClocksEventReason..., nvmlClocksThrottleReason...).
namespace throttle {
inline constexpr std::uint64_t kIdle = 0x1;
inline constexpr std::uint64_t kApplicationClocks = 0x2;
inline constexpr std::uint64_t kSoftwarePowerCap = 0x4;
/// By heat, power brake or a too high draw; also told while the clock just changes.
inline constexpr std::uint64_t kHardwareSlowdown = 0x8;
inline constexpr std::uint64_t kSyncBoost = 0x10;
inline constexpr std::uint64_t kSoftwareThermal = 0x20;
inline constexpr std::uint64_t kHardwareThermal = 0x40;
inline constexpr std::uint64_t kPowerBrake = 0x80;
inline constexpr std::uint64_t kDisplayClocks = 0x100;
}  // namespace throttle

/// In the order of the bits: "software_power_cap"; a bit that nobody knows yet is "bit_9".
std::vector<std::string> throttle_words(std::uint64_t bits);

/// One GPU's clocks, power and temperature while a case was measured, one entry per reading; times are seconds after
/// start(). A series is as long as `seconds`, or empty where the driver does not tell. Thinned to kMostReadings: half
/// of them are left out at a time, but never the lowest and highest of a series nor a bit of `throttle_bits`, which
/// moves into the reading before.
struct Telemetry {
  int rank = 0;
  std::string uuid{};  ///< of the whole GPU, as GpuHealth has it, also where the rank has a MIG part
  std::vector<double> seconds{}, multiprocessor_hertz{}, memory_hertz{}, watts{}, celsius{};
  std::vector<std::uint64_t> throttle_bits{};          ///< NVML's, as above
  std::optional<int> pcie_generation{}, pcie_lanes{};  ///< the highest that was seen
};

inline constexpr std::size_t kMostReadings = 512;

/// The line of run.jsonl, without "schema" and "kind", which belong to each line (record.hpp).
Json to_json(const HealthReport& report);
Json to_json(const GpuHealth& gpu);
Json to_json(const Telemetry& telemetry);
/// Strict: every number in a sensible range, no unknown key. Throws Error naming `where` and the key.
HealthReport health_report_from_json(Fields& fields, const std::string& where);
GpuHealth gpu_health_from_json(const Json& json, const std::string& where);
Telemetry telemetry_from_json(const Json& json, const std::string& where);

}  // namespace muster
