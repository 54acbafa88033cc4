// SPDX-License-Identifier: Apache-2.0
// Looks at a machine's graph as an experienced engineer would before trusting it. Runs on every import; each check is
// one function in doctor/ and one line in the table (doctor.cpp).
#pragma once

#include <vector>

#include "topology/finding.hpp"
#include "topology/graph.hpp"

namespace muster {

/// Worst first, then in the order of devices. Empty = nothing to say.
std::vector<Finding> examine(const Topology& topology);

}  // namespace muster
