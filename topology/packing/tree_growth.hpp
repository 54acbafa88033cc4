// SPDX-License-Identifier: Apache-2.0
// Third step of a packing: spanning out-trees on links between ranks, grown link by link so that what is left always
// suffices for the trees to come. Private to packing/.
#pragma once

#include <vector>

#include "topology/packed_trees.hpp"
#include "topology/packing/switch_removal.hpp"

namespace muster {

/// Trees of all roots; weights of a root's trees sum up to its parts. The links must serve the parts (as
/// without_switches() leaves them).
std::vector<PackedTree> grown_trees(const std::vector<RankLink>& links, const std::vector<std::int64_t>& parts);

}  // namespace muster
