// SPDX-License-Identifier: Apache-2.0
// Everything that one call of a perf program found out, as plain data: the text and the JSON are two ways to write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/nccl_tests/perf_options.hpp"
#include "benchmarks/nccl_tests/perf_program.hpp"

namespace muster {

/// -I: the slowest rank's time of each iteration, and what nccl-tests makes of them.
struct PerfIterations {
  std::vector<double> seconds{};                                                   ///< [iteration]
  std::vector<std::vector<double>> rank_seconds{};                                 ///< [rank][iteration]
  int skipped = 0;                                                                 ///< left out of all that follows
  double least = 0, most = 0, mean = 0, p50 = 0, p95 = 0, p99 = 0, deviation = 0;  ///< seconds
  double variation_percent = 0;
};

/// p50 is the value at n/2 of the sorted ones, p95 and p99 are nearest rank, the deviation divides by n.
PerfIterations summarised(std::vector<std::vector<double>> rank_seconds, int skipped);

struct PerfPlacementResult {
  double seconds = 0;
  double algbw = 0, busbw = 0;           ///< bytes/s
  std::optional<std::uint64_t> wrong{};  ///< elements over all ranks; nullopt: not checked
  std::optional<PerfIterations> iterations{};
};

struct PerfRow {
  std::uint64_t size = 0, count = 0;
  std::string type{}, operation{};  ///< as printed: "none" where nothing is reduced
  int root = -1;                    ///< -1 where there is none
  PerfPlacementResult out_of_place{}, in_place{};
  std::string timestamp{};
};

struct PerfDevice {
  int rank = 0, group = 0, pid = 0;
  std::string host{};
  int device = 0;
  std::string address = "0000:00:00";  ///< of a GPU on the PCI bus
  std::string name{};
};

struct PerfReport {
  const PerfProgram* program = nullptr;
  PerfOptions options{};
  std::vector<std::string> arguments{};
  std::vector<std::string> environment{};  ///< NAME=VALUE, from the list of what may be told
  std::string start_time{}, end_time{};
  int library_version = 0;           ///< NCCL's code, 22809 for 2.28.9; 0 where there is none
  std::vector<std::string> notes{};  ///< lines about where this differs from nccl-tests
  std::vector<PerfDevice> devices{};
  std::vector<PerfRow> rows{};
  std::vector<std::string> errors{};        ///< why the run is not what was asked for; empty: it is
  std::optional<double> least_bandwidth{};  ///< bytes/s
};

/// What the footer says; fails closed.
struct PerfVerdict {
  std::uint64_t wrong = 0;
  double mean_busbw = 0;                 ///< bytes/s over all rows and both placements; 0 without rows
  std::optional<bool> is_fast_enough{};  ///< nullopt: no bound was given and the sweep is whole
  int exit_code = 0;
};

/// A bound is met by a finite mean of at least 0.9 of it (as nccl-tests has it), if every row was measured and checked.
PerfVerdict verdict_of(const PerfReport& report);

/// testResult_t of nccl-tests.
inline constexpr int kPerfInternalError = 1, kPerfCudaError = 2, kPerfNcclError = 3, kPerfTimeout = 4, kPerfFailed = 7;

}  // namespace muster
