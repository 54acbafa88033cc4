// SPDX-License-Identifier: Apache-2.0
// What nccl-tests reads from the environment: groups of ranks, the least bandwidth, the traffic of alltoallv.
#pragma once

#include <optional>
#include <string>

#include "benchmarks/launch_environment.hpp"
#include "core/units.hpp"

namespace muster {

/// NCCL_TESTS_SPLIT: ranks of one colour run a collective of their own, all colours at the same time.
struct PerfSplit {
  enum class Rule { none, bitwise_and, bitwise_or, modulo, division };
  Rule rule = Rule::none;
  int operand = 0;
  int colour_of(int rank) const;
};

struct PerfTraffic {
  double spread = 1;          ///< 0: all peers get the same; 1: as much as they are far away in rank order
  std::string matrix_file{};  ///< bytes from rank (row) to rank (column)
  double matrix_scale = 1;
  bool is_summarised = false;
};

struct PerfEnvironment {
  PerfSplit split{};
  std::optional<BytesPerSecond> least_bandwidth{};  ///< NCCL_TESTS_MIN_BW, given in GB/s
  std::optional<std::string> device{};              ///< NCCL_TESTS_DEVICE
  PerfTraffic traffic{};
};

/// Throws Error naming the variable whose value cannot be read: a bound that nobody understood must not let all pass.
PerfEnvironment read_perf_environment(const Environment& environment);

}  // namespace muster
