// SPDX-License-Identifier: Apache-2.0
// One time for all ranks: how far each rank's clock is from rank 0's, and how sure that is.
#pragma once

#include <string>
#include <vector>

#include "collectives/team.hpp"
#include "core/clock.hpp"

namespace muster {

/// Time of rank 0 = time of rank r + offset[r], within error[r] (seconds). Ranks of rank 0's own boot of its own host
/// read the same clock: both are 0 there.
struct ClockAlignment {
  std::vector<double> offset;
  std::vector<double> error;
};

/// Collective. Of many round trips to rank 0 the shortest bounds the offset best: its half is the error (Cristian
/// 1989). Clocks of different hosts drift by some 10 us a second, so this is done again for each case. `boot` is equal
/// for two ranks exactly if they read the same clock.
ClockAlignment align_clocks(Team& team, Clock& clock, const std::string& boot);
ClockAlignment align_clocks(Team& team, Clock& clock);

/// The host's name and the id of its boot, which share one CLOCK_MONOTONIC.
std::string boot_of_this_host();

}  // namespace muster
