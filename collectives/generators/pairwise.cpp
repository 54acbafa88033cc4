// SPDX-License-Identifier: Apache-2.0
// Pairwise: every block goes straight from its source to its target, one partner per round.
#include <bit>

#include "collectives/generators/algorithms.hpp"
#include "collectives/generators/slice.hpp"

namespace muster {
namespace {

/// Whom `rank` sends to in a round 1 .. n-1: with a power of two the one it receives from, so that both directions of
/// one path are busy.
int partner(int rank, int round, int ranks) {
  if (std::has_single_bit(static_cast<unsigned>(ranks))) return rank ^ round;
  return (rank + round) % ranks;
}

/// `block_for` (source, target) is the block that goes between them.
template <typename BlockFor>
Schedule straight(const ScheduleRequest& request, Combine combine, BlockFor block_for) {
  Slice slice(request, 1);
  for (int round = 1; round < request.ranks; ++round) {
    for (int rank = 0; rank < request.ranks; ++rank) {
      const int target = partner(rank, round, request.ranks);
      const ChunkSet block = {{block_for(rank, target), 1}};
      slice.send(round - 1, {.source = rank, .target = target, .chunks = block, .combine = combine});
    }
  }
  return in_channels(slice);
}

/// Each rank's block from the root to it, in one round.
Slice from_root(const ScheduleRequest& request) {
  Slice slice(request, 1);
  for (int step = 1; step < request.ranks; ++step) {
    const int target = (request.root + step) % request.ranks;
    slice.send(0, {.source = request.root, .target = target, .chunks = {{target, 1}}});
  }
  return slice;
}

}  // namespace

Schedule pairwise_all_to_all(const ScheduleRequest& request) {
  return straight(request, Combine::copy, [&](int source, int target) { return source * request.ranks + target; });
}

Schedule pairwise_all_gather(const ScheduleRequest& request) {
  return straight(request, Combine::copy, [](int source, int) { return source; });
}

/// One round: every rank reads every other rank's whole vector and adds it to its own. The most bytes of all, and the
/// fewest waits: best for small vectors, and for few ranks that share a cache.
Schedule pairwise_all_reduce(const ScheduleRequest& request) {
  Slice slice(request, 1);
  for (int target = 0; target < request.ranks; ++target) {
    for (int step = 1; step < request.ranks; ++step) {
      slice.send(0, {.source = (target + step) % request.ranks,
                     .target = target,
                     .chunks = {{0, 1}},
                     .combine = Combine::reduce});
    }
  }
  return in_channels(slice);
}

Schedule pairwise_reduce_scatter(const ScheduleRequest& request) {
  return straight(request, Combine::reduce, [](int, int target) { return target; });
}

/// All blocks at once: the root's own link is the bottleneck whatever the order.
Schedule pairwise_scatter(const ScheduleRequest& request) { return in_channels(from_root(request)); }

Schedule pairwise_gather(const ScheduleRequest& request) {
  return in_channels(from_root(request).mirrored(Combine::copy));
}

}  // namespace muster
