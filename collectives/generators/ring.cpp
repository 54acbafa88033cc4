// SPDX-License-Identifier: Apache-2.0
// Ring: each rank sends to the next one only. Least bytes for large sizes, n - 1 rounds of latency.
#include "collectives/generators/ring.hpp"

#include <algorithm>

#include "collectives/generators/algorithms.hpp"

namespace muster {
namespace {

/// All ranks in order; rank r owns chunk r: a piece of the one block, or its own block.
RingOfOwners all_ranks(int ranks) {
  RingOfOwners ring;
  for (int rank = 0; rank < ranks; ++rank) {
    ring.members.push_back(rank);
    ring.parts.push_back({{rank, 1}});
  }
  return ring;
}

/// Whole blocks go from rank to rank along the chain that starts at `first`, n - 1 rounds.
Schedule chain(const ScheduleRequest& request, int first, Combine combine) {
  Slice slice(request, 1);
  for (int round = 0; round < request.ranks - 1; ++round) {
    const int source = (first + round) % request.ranks;
    const int target = (source + 1) % request.ranks;
    slice.send(round, {.source = source, .target = target, .chunks = {{0, 1}}, .combine = combine});
  }
  return in_channels(slice);
}

}  // namespace

int pass_around(Slice& slice, int first_round, const RingOfOwners& ring, Combine combine) {
  const int members = static_cast<int>(ring.members.size());
  // Copies leave their owner in round 0; sums leave the member after their owner, the last one to be reached.
  const int lag = combine == Combine::copy ? 0 : 1;
  for (int step = 0; step < members - 1; ++step) {
    for (int member = 0; member < members; ++member) {
      const int next = (member + 1) % members;
      const int owner = (member - step - lag + members) % members;
      slice.send(first_round + step, {.source = ring.members[static_cast<std::size_t>(member)],
                                      .target = ring.members[static_cast<std::size_t>(next)],
                                      .chunks = ring.parts[static_cast<std::size_t>(owner)],
                                      .combine = combine});
    }
  }
  return first_round + std::max(0, members - 1);
}

Schedule ring_all_reduce(const ScheduleRequest& request) {
  Slice slice(request, request.ranks);
  const RingOfOwners ring = all_ranks(request.ranks);
  const int summed = pass_around(slice, 0, ring, Combine::reduce);
  pass_around(slice, summed, ring, Combine::copy);
  return in_channels(slice);
}

Schedule ring_reduce_scatter(const ScheduleRequest& request) {
  Slice slice(request, 1);
  pass_around(slice, 0, all_ranks(request.ranks), Combine::reduce);
  return in_channels(slice);
}

Schedule ring_all_gather(const ScheduleRequest& request) {
  Slice slice(request, 1);
  pass_around(slice, 0, all_ranks(request.ranks), Combine::copy);
  return in_channels(slice);
}

Schedule ring_broadcast(const ScheduleRequest& request) { return chain(request, request.root, Combine::copy); }

Schedule ring_reduce(const ScheduleRequest& request) {
  return chain(request, (request.root + 1) % request.ranks, Combine::reduce);
}

Schedule ring_all_to_all(const ScheduleRequest& request) {
  Slice slice(request, 1);
  const int ranks = request.ranks;
  for (int round = 0; round < ranks - 1; ++round) {
    for (int rank = 0; rank < ranks; ++rank) {
      const int origin = (rank - round + ranks) % ranks;  // whose blocks have come this far
      const ChunkArc going_on{.size = ranks, .first = rank + 1, .count = ranks - 1 - round, .base = origin * ranks};
      slice.send(round, {.source = rank, .target = (rank + 1) % ranks, .chunks = chunks_of(going_on)});
    }
  }
  return in_channels(slice);
}

Schedule ring_send_recv(const ScheduleRequest& request) {
  Slice slice(request, 1);
  for (int rank = 0; rank < request.ranks && request.ranks > 1; ++rank) {
    slice.send(0, {.source = rank, .target = (rank + 1) % request.ranks, .chunks = {{rank, 1}}});
  }
  return in_channels(slice);
}

}  // namespace muster
