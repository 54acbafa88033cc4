// SPDX-License-Identifier: Apache-2.0
// Schedules made of schedules: the same one with ranks in another order, and several beside each other, each over its
// own slice of the data. How one ring becomes a ring for every NIC.
#pragma once

#include <vector>

#include "collectives/schedule.hpp"

namespace muster {

/// Rank r of `schedule` becomes rank order[r], a permutation; blocks move with the ranks that they belong to. Not for
/// send_recv, whose partners are fixed.
Schedule reordered(const Schedule& schedule, const std::vector<int>& order);

/// Channels of all of them over their own slices. At least one; all of the same collective, ranks, root and pieces.
Schedule side_by_side(const std::vector<Schedule>& schedules);

}  // namespace muster
