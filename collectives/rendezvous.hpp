// SPDX-License-Identifier: Apache-2.0
// Runs ranks' programs without data, to see whether all of them end: the deadlock part of the proof, also usable for
// programs that no schedule was made from.
#pragma once

#include <optional>
#include <vector>

#include "collectives/schedule.hpp"

namespace muster {

/// Transfers that a rank works on together; it goes on when all are done. A transfer has a number that its two ends
/// share.
using RankStep = std::vector<int>;
using RankProgram = std::vector<RankStep>;

struct Stuck {
  int rank = 0;
  int step = 0;
};

/// Rendezvous without buffers: a transfer is done when both of its ends are in the step that names it. Returns the
/// first rank that never ends, or nullopt if all do. Transfers are numbered from 0; whose number is named by one rank
/// alone never ends.
std::optional<Stuck> find_stuck_rank(const std::vector<RankProgram>& ranks);

/// [rank]: its transfers of the channel in order, one step per round that it takes part in.
std::vector<RankProgram> programs_of(const Channel& channel, int ranks);

}  // namespace muster
