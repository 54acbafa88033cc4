// SPDX-License-Identifier: Apache-2.0
// All-gather by dissemination, for any number of ranks; halving_doubling uses it where there is no power of two.
#pragma once

#include "collectives/generators/slice.hpp"

namespace muster {

/// Rank r owns chunk r; in round k it passes up to 2^k chunks on to rank r + 2^k. ceil(log2 n) rounds; every rank
/// receives every other chunk exactly once.
Slice dissemination(const ScheduleRequest& request, int pieces);

}  // namespace muster
