// SPDX-License-Identifier: Apache-2.0
// What speaks against a run in the state of its GPUs: pure, from the lines of run.jsonl alone. Called by judge().
// How to take readings: one report per host before any process has made a CUDA context, one while a heavy case runs
// (idle links and clocks are slow by design; telemetry serves as well), one after the last case.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/case.hpp"
#include "reports/record.hpp"
#include "reports/verdict.hpp"
#include "topology/finding.hpp"

namespace muster {

/// A case that was measured on a GPU which was not itself. Error: its row may not pass. Warning and note: shown.
struct CaseDegradation {
  std::string case_id;
  Severity severity = Severity::note;
  std::string reason;  ///< one line, names ranks
};

/// One case on several GPUs that work apart: which of them is the slowest, and how far from the others.
struct GpuSpread {
  std::string case_id{};
  int gpus = 0;
  double median_seconds = 0;  ///< of the medians of all ranks
  double worst_seconds = 0;   ///< the slowest rank's median
  int worst_rank = 0;
  std::string worst_gpu{};  ///< "node1/gpu3"
  double slower_by = 0;     ///< worst / median of the others - 1, at least 0
  double sigmas = 0;        ///< that difference in robust standard deviations of the others
};

struct HealthSummary {
  std::vector<GpuHealth> gpus;    ///< the last reading under load of each, else its last
  std::vector<Finding> findings;  ///< worst first
  std::vector<CaseDegradation> degraded_cases;
  std::vector<GpuSpread> spreads;
};

HealthSummary judge_health(const Plan& plan, const Run& run);

/// Fail with the first finding of severity error; empty when there is none.
std::optional<Judgement> verdict_of(const HealthSummary& summary);

/// The report's section "health".
Json to_json(const HealthSummary& summary);
/// Throws Error naming `where` and the key.
HealthSummary health_summary_from_json(const Json& json, const std::string& where);

/// How findings name a GPU: "node1/gpu3" by NVML's index.
std::string place_of(const GpuHealth& gpu);

// The rules apart, for judge_health() and for tests.

/// All that one GPU told, in the order of the run; at least one reading.
struct GpuHistory {
  std::string place;
  std::vector<const GpuHealth*> readings;
  std::vector<const GpuHealth*> under_load;  ///< those of them that were taken under load
  std::vector<const Telemetry*> telemetry;   ///< of its cases
  const GpuHealth& first() const { return *readings.front(); }
  const GpuHealth& last() const { return *readings.back(); }
};

/// By host and index. Readings of a GPU that the driver could not read are left out.
std::vector<GpuHistory> histories_of(const Run& run);

/// GPUs that vanished or cannot be read, drivers that do not answer.
std::vector<Finding> judge_presence(const Run& run);
std::vector<Finding> judge_xids(const Run& run);
/// Errors of memory and links, settings.
std::vector<Finding> judge_state(const GpuHistory& gpu);
/// Slot and clocks while it worked; nothing where it was never read under load.
std::vector<Finding> judge_load(const GpuHistory& gpu);
/// Inactive NVLinks where like GPUs of the host have more, and what differs within the fleet.
std::vector<Finding> judge_peers(std::span<const GpuHistory> gpus);

std::vector<CaseDegradation> degraded_cases(const Run& run);
/// Of the cases that GPUs measure apart from each other (matmul, memory, reduce), with their durations by rank.
std::vector<GpuSpread> gpu_spreads(const Plan& plan, const Run& run);
std::vector<Finding> judge_spreads(std::span<const GpuSpread> spreads);

}  // namespace muster
