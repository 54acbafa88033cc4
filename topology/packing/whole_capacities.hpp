// SPDX-License-Identifier: Apache-2.0
// From capacities in floating point back to whole ones: the last step of a search for shares. Private to packing/.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "topology/packing/part_graph.hpp"

namespace muster {

/// Common denominator of fractions, each read as the one nearest to it that is simple; `otherwise` where that is large.
std::int64_t denominator_of(std::span<const double> fractions, std::int64_t otherwise);

/// The graph with capacities as near to `wanted` (in its own unit) as whole multiples of 1 / `parts_of_unit` are, as
/// much leaving each switch as enters it. Nothing where that cannot be: where `wanted` itself is not balanced.
std::optional<FlowGraph> with_capacities(const FlowGraph& graph, std::span<const double> wanted,
                                         std::int64_t parts_of_unit);

}  // namespace muster
