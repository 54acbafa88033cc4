// SPDX-License-Identifier: Apache-2.0
// The table of algorithms: which generator writes which collective's schedule. A new algorithm is one file under
// generators/ and one line in the table (generators.cpp).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "collectives/schedule.hpp"
#include "core/error.hpp"

namespace muster {

/// What a generator is asked for. `channels` slices of the data run side by side, each with the whole algorithm.
struct ScheduleRequest {
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::ring;
  int ranks = 1;
  int channels = 1;
  int root = 0;
  /// Ranks [g * group_size, (g+1) * group_size) share a host (the last group may be smaller): hierarchical only.
  int group_size = 1;
};

using Generator = Schedule (*)(const ScheduleRequest&);

struct GeneratorEntry {
  Collective collective;
  Algorithm algorithm;
  Generator generate;
  std::string_view summary;  ///< rounds, and what the busiest rank sends (n ranks, S = size), one phrase
};

/// Every schedule that can be written here. all_to_allv uses the generators of all_to_all and has no lines of its own.
std::span<const GeneratorEntry> generator_table();

/// Algorithms of a collective, in the order of the table.
std::vector<Algorithm> algorithms_of(Collective collective);

/// The schedule for `request`. It may have more channels than asked for (tree: two trees need two). Throws Error if the
/// table has no such pair (the message lists the algorithms of the collective), if ranks, channels, root or group_size
/// are out of range, or ScheduleTooLarge if it would have more than kMaxTransfers.
Schedule make_schedule(const ScheduleRequest& request);

/// The schedule would have more than kMaxTransfers: no fault of anybody's, but it cannot be run here.
class ScheduleTooLarge : public Error {
 public:
  using Error::Error;
};

/// An explicit schedule larger than this (about 1 GiB) is refused with a message. A transfer counts once for each of
/// its chunk ranges.
inline constexpr long long kMaxTransfers = 8'000'000;

/// 64 GiB in slices of 1 MiB: more channels pipeline nothing.
inline constexpr int kMaxChannels = 65536;

}  // namespace muster
