// SPDX-License-Identifier: Apache-2.0
// Schedules from trees packed into a machine's graph (topology/packed_trees.hpp): for machines that are not regular.
// One part of the packing is one chunk; a tree of weight w carries w chunks.
#pragma once

#include "collectives/schedule.hpp"
#include "topology/packed_trees.hpp"

namespace muster {

struct PackedTreesRequest {
  /// all_gather (pack_trees) and broadcast (pack_broadcast) follow the trees from their roots. reduce_scatter and
  /// reduce take the trees of the reversed graph and follow them back, adding up.
  Collective collective = Collective::all_gather;
  int channels = 1;  ///< slices of the data, each over all trees: while one climbs, the next one starts
};

/// Throws ScheduleTooLarge where the parts are too many to be chunks: pack with a bound on parts.
Schedule packed_trees_schedule(const TreePacking& packing, const PackedTreesRequest& request);

/// All trees add up to their roots, then spread from them.
Schedule packed_trees_schedule(const AllReducePacking& packing, int channels);

}  // namespace muster
