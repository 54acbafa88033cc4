// SPDX-License-Identifier: Apache-2.0
// Google Benchmark over our subjects, so that its flags, its JSON and its tools work on what we measure. Rank 0 runs
// the library and settles every iteration count; all other ranks follow its orders.
#pragma once

#include <set>

#include "reports/case.hpp"

namespace muster {

/// The whole program: parses Google Benchmark's flags and ours (--muster_suite=, --muster_ranks=), registers every case
/// of these families, runs, returns the exit code. Ranks are MPI processes under mpirun or srun, else threads.
int run_google_front(int argc, char** argv, const std::set<Family>& families);

}  // namespace muster
