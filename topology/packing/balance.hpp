// SPDX-License-Identifier: Apache-2.0
// Makes a graph fit for the removal of switches: as much must leave each as enters it. Private to packing/.
#pragma once

#include "topology/packing/part_graph.hpp"

namespace muster {

/// No arc carries more than all data to all ranks: what has no rate, or one far above all others, gets that.
FlowGraph finite(FlowGraph graph, const Weights& weights);

/// The same arcs with as much capacity as balanced switches can pass on; whole multiples of a unit of its own. Loses
/// nothing of what ranks can send in proportion to `weights`, where switches do not copy.
FlowGraph balanced(const FlowGraph& graph, const Weights& weights);

}  // namespace muster
