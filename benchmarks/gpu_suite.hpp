// SPDX-License-Identifier: Apache-2.0
// The cases of a suite on GPUs: matmul by body, type and shape, memory, every link of a host, collectives on GPU
// memory. What a machine cannot do (a type, a body, peer access) is found out when it is run. Part of make_plan().
#pragma once

#include <vector>

#include "benchmarks/suites.hpp"

namespace muster {

/// In the order in which they are to be run; without ids. Throws Error when the suite is unknown.
std::vector<Case> gpu_cases(const PlanRequest& request, const Topology& topology);

}  // namespace muster
