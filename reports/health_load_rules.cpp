// SPDX-License-Identifier: Apache-2.0
// Rules of health that need a GPU at work: what slowed it down while a case was measured, its slot, its clocks.
#include <algorithm>
#include <map>

#include "reports/health_rules.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

// The general bit is also set for a moment while the clock changes, says nvml.h; the two with a cause are not.
constexpr double kLastingShare = 0.1;
// Clocks move in steps: a GPU within 3 % of its highest clock counts as at it.
constexpr double kHighClock = 0.97;
// Reasons that explain a low clock.
constexpr std::uint64_t kExplained = throttle::kIdle | throttle::kSoftwarePowerCap | throttle::kHardwareSlowdown |
                                     throttle::kSyncBoost | throttle::kSoftwareThermal | throttle::kHardwareThermal |
                                     throttle::kPowerBrake;

double share_with(const Telemetry& telemetry, std::uint64_t bits) {
  if (telemetry.throttle_bits.empty()) return 0;
  const auto with = std::ranges::count_if(telemetry.throttle_bits, [&](auto each) { return (each & bits) != 0; });
  return static_cast<double>(with) / static_cast<double>(telemetry.throttle_bits.size());
}

struct Slowdown {
  Severity severity;
  std::uint64_t bits;
  double more_than;  ///< share of the readings
  std::string_view what;
};

constexpr Slowdown kSlowdowns[] = {
    {Severity::error, throttle::kHardwareThermal, 0, "slowed down by its hardware because it is too hot"},
    {Severity::error, throttle::kPowerBrake, 0, "slowed down by the power supply (power brake)"},
    {Severity::error, throttle::kHardwareSlowdown, kLastingShare, "slowed down by its hardware"},
    {Severity::warning, throttle::kSoftwareThermal, 0, "slowed down by the driver because of its temperature"},
    {Severity::warning, throttle::kSyncBoost, 0, "held at the clock of a slower GPU (sync boost)"},
    {Severity::note, throttle::kSoftwarePowerCap, 0, "at its power limit"},
};

void judge_telemetry(const std::string& case_id, const Telemetry& telemetry, std::vector<CaseDegradation>& found) {
  for (const Slowdown& slowdown : kSlowdowns) {
    const double share = share_with(telemetry, slowdown.bits);
    if (!(share > slowdown.more_than)) continue;
    found.push_back({case_id, slowdown.severity,
                     "the GPU of rank " + std::to_string(telemetry.rank) + " was " + std::string(slowdown.what) +
                         " in " + percent(share) + " % of the readings"});
  }
}

struct Slot {
  int generation = 0, lanes = 0;  ///< 0 = not told
  void see(const std::optional<int>& seen_generation, const std::optional<int>& seen_lanes) {
    generation = std::max(generation, seen_generation.value_or(0));
    lanes = std::max(lanes, seen_lanes.value_or(0));
  }
};

void judge_slot(const GpuHistory& gpu, std::vector<Finding>& findings) {
  Slot seen;
  for (const GpuHealth* reading : gpu.under_load) seen.see(reading->pcie_generation, reading->pcie_lanes);
  for (const Telemetry* series : gpu.telemetry) seen.see(series->pcie_generation, series->pcie_lanes);
  Slot highest;
  highest.see(gpu.last().highest_pcie_generation, gpu.last().highest_pcie_lanes);
  const bool is_slower = seen.generation > 0 && seen.generation < highest.generation;
  const bool is_narrower = seen.lanes > 0 && seen.lanes < highest.lanes;
  if (!is_slower && !is_narrower) return;
  const auto text = [](const Slot& slot) {
    return "generation " + std::to_string(slot.generation) + " x" + std::to_string(slot.lanes);
  };
  findings.push_back({Severity::error, "pcie_below_slot", gpu.place,
                      "PCIe ran at " + text(seen) + " under load where card and slot reach " + text(highest) +
                          ": reseat the card, check riser and firmware"});
}

// Readings of a series that are low although no reason is told: clocks that somebody locked.
void count_low(const Telemetry& series, const std::vector<double>& clocks, double highest, int& low, int& all) {
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    const std::uint64_t bits = i < series.throttle_bits.size() ? series.throttle_bits[i] : 0;
    if ((bits & kExplained) != 0) continue;
    ++all;
    low += clocks[i] < kHighClock * highest ? 1 : 0;
  }
}

void judge_clock(const GpuHistory& gpu, const std::optional<double>& highest, std::vector<double> Telemetry::*clocks,
                 const std::string& name, std::vector<Finding>& findings) {
  if (!highest) return;
  int low = 0, all = 0;
  double seen = 0;
  for (const Telemetry* series : gpu.telemetry) {
    if (series->throttle_bits.empty()) continue;  // whether a low clock has a reason is not known
    count_low(*series, series->*clocks, *highest, low, all);
    for (const double clock : series->*clocks) seen = std::max(seen, clock);
  }
  // A clock that was reached once is not locked below.
  if (all == 0 || 2 * low <= all || seen >= kHighClock * *highest) return;
  findings.push_back({Severity::warning, name + "_clock_locked", gpu.place,
                      "the " + name + " clock never passed " + significant(seen / 1e6) + " MHz of " +
                          significant(*highest / 1e6) + " MHz and no reason was told: nvidia-smi -q -d CLOCK"});
}

// The last record of each case counts for its row.
std::map<std::string, const Record*> last_records(const Run& run) {
  std::map<std::string, const Record*> last;
  for (const Record& record : run.records) last[record.case_id] = &record;
  return last;
}

}  // namespace

std::vector<Finding> judge_load(const GpuHistory& gpu) {
  std::vector<Finding> findings;
  judge_slot(gpu, findings);
  const Clocks& highest = gpu.last().highest_clocks;
  judge_clock(gpu, highest.multiprocessor_hertz, &Telemetry::multiprocessor_hertz, "multiprocessor", findings);
  judge_clock(gpu, highest.memory_hertz, &Telemetry::memory_hertz, "memory", findings);
  return findings;
}

std::vector<CaseDegradation> degraded_cases(const Run& run) {
  std::vector<CaseDegradation> found;
  for (const auto& [id, record] : last_records(run)) {
    for (const Telemetry& telemetry : record->telemetry) judge_telemetry(id, telemetry, found);
  }
  return found;
}

}  // namespace muster
