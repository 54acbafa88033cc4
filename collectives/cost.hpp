// SPDX-License-Identifier: Apache-2.0
// What a schedule costs in messages and bytes, for whoever predicts its time.
#pragma once

#include "collectives/problem.hpp"
#include "collectives/schedule.hpp"

namespace muster {

struct Cost {
  int rounds = 0;                    ///< of the longest channel
  std::uint64_t received_bytes = 0;  ///< by the busiest rank, over all channels
  std::uint64_t reduced_bytes = 0;   ///< of these, added to what the rank holds; busiest rank
  std::uint64_t messages = 0;        ///< received by the busiest rank
};

/// Of a proven schedule on a problem of the same collective and ranks.
Cost cost_of(const Schedule& schedule, const Problem& problem);

}  // namespace muster
