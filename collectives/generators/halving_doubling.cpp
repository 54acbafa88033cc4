// SPDX-License-Identifier: Apache-2.0
// Recursive halving and doubling: log2(n) rounds each way with the least bytes, between ranks a power of two apart.
// Other numbers of ranks: all_reduce folds the surplus ranks in and out again (one more round of the whole vector on
// either side); all_gather and reduce_scatter go by dissemination, which needs neither.
#include <bit>

#include "collectives/generators/algorithms.hpp"
#include "collectives/generators/bruck.hpp"
#include "collectives/generators/slice.hpp"

namespace muster {
namespace {

bool is_power_of_two(int value) { return std::has_single_bit(static_cast<unsigned>(value)); }

int largest_power_of_two(int limit) { return static_cast<int>(std::bit_floor(static_cast<unsigned>(limit))); }

int reversed_bits(int value, int size) {
  int result = 0;
  for (int bit = 1; bit < size; bit *= 2) result = 2 * result + ((value & bit) != 0 ? 1 : 0);
  return result;
}

/// All-gather by recursive doubling: owners[c] has chunk c; in round k those who share 2^k chunks swap them with those
/// who have the neighbouring 2^k. The number of owners is a power of two.
void double_up(Slice& slice, const std::vector<int>& owners) {
  const int count = static_cast<int>(owners.size());
  for (int held = 1; held < count; held *= 2) {
    const int round = slice.rounds();
    for (int place = 0; place < count; ++place) {
      slice.send(round, {.source = owners[static_cast<std::size_t>(place)],
                         .target = owners[static_cast<std::size_t>(place ^ held)],
                         .chunks = {{place / held * held, held}}});
    }
  }
}

/// The ranks that take part for all: a power of two of them. Of the first 2 x surplus ranks only the odd ones.
std::vector<int> active_ranks(int ranks) {
  const int active = largest_power_of_two(ranks);
  const int surplus = ranks - active;
  std::vector<int> result;
  for (int place = 0; place < active; ++place) result.push_back(place < surplus ? 2 * place + 1 : place + surplus);
  return result;
}

/// Each surplus rank gives its whole vector to the active rank after it.
Slice fold(const ScheduleRequest& request, int pieces) {
  Slice slice(request, pieces);
  for (int rank = 0; rank < 2 * (request.ranks - pieces); rank += 2) {
    slice.send(0, {.source = rank, .target = rank + 1, .chunks = {{0, pieces}}, .combine = Combine::reduce});
  }
  return slice;
}

Slice gather_blocks(const ScheduleRequest& request) {
  if (!is_power_of_two(request.ranks)) return dissemination(request, 1);
  Slice slice(request, 1);
  double_up(slice, active_ranks(request.ranks));
  return slice;
}

}  // namespace

Schedule halving_all_reduce(const ScheduleRequest& request) {
  const std::vector<int> active = active_ranks(request.ranks);
  const int pieces = static_cast<int>(active.size());
  // In this order the halves of the vector go between neighbours and only single pieces over the longest distance.
  std::vector<int> owners;
  for (int piece = 0; piece < pieces; ++piece) {
    owners.push_back(active[static_cast<std::size_t>(reversed_bits(piece, pieces))]);
  }
  Slice gather(request, pieces);
  double_up(gather, owners);
  Slice slice = fold(request, pieces);
  slice.append(gather.mirrored(Combine::reduce));
  slice.append(gather);
  slice.append(fold(request, pieces).mirrored(Combine::copy));
  return in_channels(slice);
}

Schedule halving_reduce_scatter(const ScheduleRequest& request) {
  return in_channels(gather_blocks(request).mirrored(Combine::reduce));
}

Schedule doubling_all_gather(const ScheduleRequest& request) { return in_channels(gather_blocks(request)); }

}  // namespace muster
