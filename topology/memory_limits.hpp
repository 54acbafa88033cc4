// SPDX-License-Identifier: Apache-2.0
// The least time of a case by physics: bytes that must move over the fastest rates this machine has shown, work over
// its peak. Derivations: docs/metrics.md. Pure functions of numbers; where the numbers come from is the caller's
// business.
#pragma once

#include <string>
#include <vector>

#include "core/collective.hpp"
#include "core/pattern.hpp"
#include "core/units.hpp"

namespace muster {

/// One measured ceiling of the memory of a rank while all ranks run.
struct MemoryRate {
  MemoryAccess access = MemoryAccess::read;
  Bytes working_set;
  BytesPerSecond rate;  ///< the best sample: a bound must not be beaten by a lucky run
};

/// Bytes that one rank must at least read and write, whoever else helps.
struct Traffic {
  double read_bytes = 0;
  double written_bytes = 0;
};

/// Least traffic of a collective on shared memory, averaged over ranks: every input byte that matters is read once,
/// every output byte is written once (derivation: docs/metrics.md). `size` is the nccl-tests size.
Traffic least_traffic(Collective collective, int ranks, Bytes size, Placement placement);

/// Ceilings stream over arrays of one rank; the ranks of a collective read the same lines, and the second reader gets
/// them from the first one's cache, sooner than memory would give them. Measured on 2 cores, an all_reduce of 16 MiB
/// ran 2 to 9 % faster than private streams allow; a bound must not be beaten, so it takes a quarter off.
inline constexpr double kSharingAllowance = 1.25;

struct TimeBound {
  Seconds time;
  std::string binds;
};

/// max(reads / read rate, writes / write rate, all / best mixed rate), each at the level that holds `working_set`: the
/// best rate of any working set measured that is not smaller than the largest measured one within it.
/// `rates` must hold at least one entry of each kind that is needed; else time is 0 and binds is empty.
TimeBound memory_bound(const Traffic& traffic, Bytes working_set, const std::vector<MemoryRate>& rates);

}  // namespace muster
