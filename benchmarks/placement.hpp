// SPDX-License-Identifier: Apache-2.0
// The ranks of a run as devices of the graph: what limits and predictions of a run on this machine are computed from.
#pragma once

#include <string>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

/// `topology` with one process per rank on the host that ran it, spread over the CPU packages of that host in order. A
/// process reaches its package at no cost that a link could tell: host memory has its own limit (memory_limits.hpp).
/// Throws Error naming the first host that the graph does not hold.
Topology placed_ranks(Topology topology, const std::vector<std::string>& host_of_rank);

}  // namespace muster
