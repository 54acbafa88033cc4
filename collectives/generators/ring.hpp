// SPDX-License-Identifier: Apache-2.0
// Passes around a ring of some of the ranks: what `ring` runs over all ranks and `hierarchical` inside and between
// groups.
#pragma once

#include <vector>

#include "collectives/generators/slice.hpp"

namespace muster {

/// Members in ring order; member i owns parts[i] (may be empty).
struct RingOfOwners {
  std::vector<int> members;
  std::vector<ChunkSet> parts;
};

/// members - 1 rounds from `first_round` on; each part visits all members. copy: starts at its owner, so that all get
/// it. reduce: ends at its owner, so that the owner gets the sum. Returns the round after the last.
int pass_around(Slice& slice, int first_round, const RingOfOwners& ring, Combine combine);

}  // namespace muster
