// SPDX-License-Identifier: Apache-2.0
// Orders of ranks for rings that use a machine's links evenly: edge-disjoint cycles in a mesh of GPUs, and rings that
// leave and enter hosts on every rail in turn.
#pragma once

#include <vector>

#include "collectives/planner/rank_shape.hpp"
#include "topology/graph.hpp"

namespace muster {

/// Each an order of all ranks; at least one. Rings beside each other: a mesh gets as many as its links carry, hosts on
/// rails one per rail. Bounded search (2^16 steps a ring), up to kMostRings.
std::vector<std::vector<int>> ring_orders(const Topology& topology, const RankShape& shape);

inline constexpr int kMostRings = 16;

}  // namespace muster
