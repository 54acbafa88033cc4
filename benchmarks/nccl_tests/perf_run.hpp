// SPDX-License-Identifier: Apache-2.0
// The sweep of a perf program on one rank: for each type, operation and root the warm-up, then a row per size, each
// timed and checked out of place and in place.
#pragma once

#include <functional>

#include "benchmarks/injection.hpp"
#include "benchmarks/nccl_tests/perf_environment.hpp"
#include "benchmarks/nccl_tests/perf_report.hpp"
#include "benchmarks/nccl_tests/perf_subject.hpp"
#include "benchmarks/nccl_tests/perf_watchdog.hpp"
#include "core/clock.hpp"

namespace muster {

/// What a sweep is run on. `world` is all ranks; the transport's team those of this rank's colour.
struct PerfStage {
  Team& world;
  PerfTransport& transport;
  Clock& clock;
  PerfWatchdog& watchdog;
  Injection& injection;
};

struct PerfSweep {
  const PerfProgram& program;
  const PerfOptions& options;
  PerfTraffic traffic;
};

/// Local time as nccl-tests prints it: "2026-01-31 23:59:59".
std::string perf_timestamp();

/// One cycle. Collective; `on_row` gets each row, the same on all ranks, as soon as it is measured. Throws Error when a
/// row cannot be measured.
void run_perf_sweep(const PerfStage& stage, const PerfSweep& sweep, const std::function<void(PerfRow)>& on_row);

}  // namespace muster
