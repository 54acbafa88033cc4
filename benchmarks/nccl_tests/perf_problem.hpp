// SPDX-License-Identifier: Apache-2.0
// From a size of the sweep to the problem that nccl-tests would run for it: its rounding, its counts, its columns.
#pragma once

#include <vector>

#include "benchmarks/nccl_tests/perf_environment.hpp"
#include "benchmarks/nccl_tests/perf_options.hpp"
#include "collectives/problem.hpp"

namespace muster {

/// -b, then -f or -i up to -e.
std::vector<Bytes> perf_sizes(const PerfOptions& options);

/// Blocks of collectives that have one per rank are cut to multiples of 16 bytes, so a tiny size gives none at all.
/// Throws Error when the traffic of alltoallv cannot be read.
Problem perf_problem(Collective collective, int ranks, Bytes size, ElementType type, const PerfTraffic& traffic);

/// The count column: elements of a block, which for alltoallv is the mean of what goes to a peer.
std::uint64_t perf_count(const Problem& problem);

}  // namespace muster
