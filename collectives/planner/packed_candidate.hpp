// SPDX-License-Identifier: Apache-2.0
// The planner's candidate for machines that are not regular: spanning trees packed into the graph itself
// (topology/packed_trees.hpp), which reach the limit of all_gather and reduce_scatter on any of them.
#pragma once

#include <vector>

#include "collectives/planner/candidates.hpp"

namespace muster {

/// Packing is a search: minutes for hundreds of ranks, below a second for one host.
inline constexpr int kMostPackedCandidateRanks = 64;

/// One candidate; none for exchanges, or on more ranks than that.
std::vector<Candidate> packed_trees(const CandidateRequest& request);

}  // namespace muster
