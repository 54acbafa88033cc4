// SPDX-License-Identifier: Apache-2.0
// The names under which muster_perf stands in for nccl-tests, and which collective each of them measures.
#pragma once

#include <span>
#include <string_view>

#include "core/collective.hpp"

namespace muster {

struct PerfProgram {
  std::string_view name;  ///< of the executable and in the output: "all_reduce_perf"
  Collective collective;
  std::string_view title;      ///< as nccl-tests names the collective: "AllReduce"
  std::string_view operation;  ///< what its redop column says; empty: that of the row
};

std::span<const PerfProgram> perf_programs();

/// By the last part of argv[0]; a suffix after the name ("all_reduce_perf_mpi") is nccl-tests' NAME_SUFFIX and allowed.
/// Null when there is no such program.
const PerfProgram* find_perf_program(std::string_view path);

}  // namespace muster
