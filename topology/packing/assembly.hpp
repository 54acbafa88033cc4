// SPDX-License-Identifier: Apache-2.0
// From whole parts to finished packings: what all kinds of packings share. Private to packing/.
#pragma once

#include <span>

#include "topology/packed_trees.hpp"
#include "topology/packing/part_graph.hpp"

namespace muster {

/// Throws Error when the graph has no ranks or too many.
void require_packable(const FlowGraph& graph);

/// One rank needs nothing from anybody.
TreePacking packing_of_one();

/// Trees, and the ways of their hops through the graph. Without seconds_per_byte.
TreePacking packing_of(const PartGraph& graph);

/// Divides all numbers of parts by what they have in common.
void simplify(std::span<TreePacking* const> packings);

/// [arc] parts that pass it.
using ArcParts = std::vector<std::int64_t>;
ArcParts parts_on_arcs(const TreePacking& packing, const FlowGraph& graph);

/// Seconds per byte of the fullest arc, when all parts together are the data. Arcs of unknown rate do not count.
Rational fullest_arc(const ArcParts& parts, std::int64_t total, const FlowGraph& graph);

}  // namespace muster
