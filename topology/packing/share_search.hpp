// SPDX-License-Identifier: Apache-2.0
// Where equal shares of the data waste links: how much of each link gathering and scattering should get, and how much
// each rank should own. A linear program whose rows are cuts, found by flows when they are violated. Private to
// packing/.
#pragma once

#include <optional>
#include <vector>

#include "topology/packing/part_graph.hpp"

namespace muster {

/// Of one graph; capacities are whole in a finer unit than the graph's.
struct SharePlan {
  FlowGraph gather;
  FlowGraph scatter;  ///< turned around
  Weights weights;    ///< [rank] of the data
  /// No split of links and shares sends more data than this, in the graph's unit of capacity (up to rounding).
  double most = 0;
};

/// For an all-reduce. Nothing when the graph is too large for the program, or the program for its budget.
std::optional<SharePlan> uneven_shares(const FlowGraph& graph);

/// Capacities that switches can pass on without copying, for ranks that send in proportion to `weights`. Throws Error
/// where there is no such plan or none is found.
FlowGraph passable(const FlowGraph& graph, const Weights& weights);

}  // namespace muster
