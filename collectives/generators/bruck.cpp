// SPDX-License-Identifier: Apache-2.0
// Bruck: ceil(log2 n) rounds for any n, paid for in all_to_all with bytes that are passed on by others. Chunk ids name
// the data on every rank, so the rotations of the textbook (before and after the rounds) vanish.
#include "collectives/generators/bruck.hpp"

#include <algorithm>

#include "collectives/generators/algorithms.hpp"

namespace muster {
namespace {

/// What `rank` passes `step` ranks on: blocks with bit `step` in the distance between source and target, which have
/// already gone the lower bits of it.
ChunkSet blocks_passed_on(int rank, int step, int ranks) {
  ChunkSet blocks;
  for (int distance = step; distance < ranks; ++distance) {
    if ((distance & step) == 0) continue;
    const int source = (rank - distance % step + ranks) % ranks;
    const int target = (source + distance) % ranks;
    blocks.push_back({source * ranks + target, 1});
  }
  return merged(std::move(blocks));
}

}  // namespace

Slice dissemination(const ScheduleRequest& request, int pieces) {
  Slice slice(request, pieces);
  const int ranks = request.ranks;
  for (int step = 1; step < ranks; step *= 2) {
    const int count = std::min(step, ranks - step);
    const int round = slice.rounds();
    for (int rank = 0; rank < ranks; ++rank) {
      const ChunkArc newest{.size = ranks, .first = rank - count + 1 + ranks, .count = count};
      slice.send(round, {.source = rank, .target = (rank + step) % ranks, .chunks = chunks_of(newest)});
    }
  }
  return slice;
}

Schedule bruck_all_gather(const ScheduleRequest& request) { return in_channels(dissemination(request, 1)); }

Schedule bruck_reduce_scatter(const ScheduleRequest& request) {
  return in_channels(dissemination(request, 1).mirrored(Combine::reduce));
}

Schedule bruck_all_reduce(const ScheduleRequest& request) {
  const Slice gather = dissemination(request, request.ranks);
  Slice slice = gather.mirrored(Combine::reduce);
  slice.append(gather);
  return in_channels(slice);
}

Schedule bruck_all_to_all(const ScheduleRequest& request) {
  Slice slice(request, 1);
  const int ranks = request.ranks;
  for (int step = 1; step < ranks; step *= 2) {
    const int round = slice.rounds();
    for (int rank = 0; rank < ranks; ++rank) {
      const int target = (rank + step) % ranks;
      slice.send(round, {.source = rank, .target = target, .chunks = blocks_passed_on(rank, step, ranks)});
    }
  }
  return in_channels(slice);
}

}  // namespace muster
