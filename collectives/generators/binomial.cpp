// SPDX-License-Identifier: Apache-2.0
// Binomial tree: the root hands the blocks of half of the ranks to one of them, and both go on alike. Rounds grow with
// the logarithm of the ranks; blocks pass through others on their way.
#include <algorithm>
#include <bit>

#include "collectives/generators/algorithms.hpp"
#include "collectives/generators/slice.hpp"

namespace muster {
namespace {

/// A rank's place is its distance from the root. In the round of `reach` every place that is a multiple of 2 x reach
/// hands on what belongs to the places from its own + reach on.
Slice handed_down(const ScheduleRequest& request) {
  Slice slice(request, 1);
  const int ranks = request.ranks;
  const auto rank_at = [&](int place) { return (request.root + place) % ranks; };
  int round = 0;
  for (int reach = static_cast<int>(std::bit_ceil(static_cast<unsigned>(ranks))) / 2; reach > 0; reach /= 2, ++round) {
    for (int place = 0; place + reach < ranks; place += 2 * reach) {
      const int target = place + reach;
      const ChunkArc blocks{.size = ranks, .first = request.root + target, .count = std::min(reach, ranks - target)};
      slice.send(round, {.source = rank_at(place), .target = rank_at(target), .chunks = chunks_of(blocks)});
    }
  }
  return slice;
}

}  // namespace

Schedule binomial_scatter(const ScheduleRequest& request) { return in_channels(handed_down(request)); }

Schedule binomial_gather(const ScheduleRequest& request) {
  return in_channels(handed_down(request).mirrored(Combine::copy));
}

}  // namespace muster
