// SPDX-License-Identifier: Apache-2.0
// Where a perf program runs: on GPUs over NCCL or on host memory, as ranks that a launcher started or as threads; and
// which of the flags that leaves without meaning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "benchmarks/nccl_tests/perf_environment.hpp"
#include "benchmarks/nccl_tests/perf_report.hpp"
#include "collectives/team.hpp"
#include "collectives/transports/transport.hpp"

namespace muster {

enum class PerfProcesses {
  launched,  ///< a rank per process, connected by MPI
  threads,   ///< ranks are threads of this process
};

PerfProcesses perf_processes(const Environment& environment);

/// Without a launcher and without -t and -g: every GPU, or on hosts a rank for each processor, 2 to 8 of them, because
/// one rank alone measures nothing. Else -t times -g.
void choose_thread_count(PerfOptions& options, const Environment& environment);

/// The transport that all ranks agree on. Collective; throws Error where some have GPUs and some have none.
TransportKind perf_transport_kind(Team& team);

/// Why this command line cannot be carried out there, with what to do; nullopt where it can.
std::optional<std::string> perf_refusal(const PerfOptions& options, const PerfEnvironment& environment,
                                        TransportKind kind, const Team& team);

GpuOptions perf_gpu_options(const PerfOptions& options);

/// [rank] of the whole team. Collective.
std::vector<PerfDevice> perf_devices(Team& team, int group, TransportKind kind);

/// What differs from nccl-tests in this run, one line each, and what a reader of the numbers should know.
std::vector<std::string> perf_notes(const Team& team, TransportKind kind, Collective collective);

/// The largest size whose buffers fit into the memory of every host (or GPU). Collective.
Bytes largest_perf_size(Team& team, TransportKind kind);

}  // namespace muster
