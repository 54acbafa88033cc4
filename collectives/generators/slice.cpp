// SPDX-License-Identifier: Apache-2.0
// Slices: counting while they grow, mirroring, and the map from chunk ids of a slice to those of the schedule.
#include "collectives/generators/slice.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

ScheduleTooLarge too_large(const ScheduleRequest& request) {
  return ScheduleTooLarge("the " + std::string(name_of(request.algorithm)) + " schedule of " +
                          std::string(name_of(request.collective)) + " for " + std::to_string(request.ranks) +
                          " ranks and " + std::to_string(request.channels) + " channels has more than " +
                          std::to_string(kMaxTransfers) + " transfers: use fewer ranks or channels");
}

/// Pieces of a channel lie side by side in each block of the schedule.
struct ChunkMap {
  int pieces_of_slice = 1;
  int channels = 1;
  int channel = 0;

  int operator()(int chunk) const {
    const int block = chunk / pieces_of_slice;
    return (block * channels + channel) * pieces_of_slice + chunk % pieces_of_slice;
  }
};

ChunkSet mapped(const ChunkSet& chunks, const ChunkMap& map) {
  if (map.channels == 1) return chunks;
  ChunkSet result;
  for (const ChunkRange& range : chunks) {
    const int end = range.first + range.count;
    for (int first = range.first; first < end;) {
      const int end_of_block = (first / map.pieces_of_slice + 1) * map.pieces_of_slice;
      const int next = std::min(end, end_of_block);
      result.push_back({map(first), next - first});
      first = next;
    }
  }
  return result;
}

/// `budget`: chunk ranges that the schedule may still take.
Channel mapped(const Slice& slice, const ChunkMap& map, long long& budget) {
  Channel result = slice.channel();
  for (Round& round : result.rounds) {
    for (Transfer& transfer : round.transfers) {
      transfer.chunks = mapped(transfer.chunks, map);
      budget -= static_cast<long long>(transfer.chunks.size());
      if (budget < 0) throw too_large(slice.request());
    }
  }
  return result;
}

Schedule interleaved(const std::vector<const Slice*>& turns, int channels) {
  const Slice& first = *turns.front();
  const ScheduleRequest& request = first.request();
  // No algorithm that stays below kMaxTransfers has nearly as many chunks as an int can count.
  const long long chunks_of_channel =
      static_cast<long long>(block_count(request.collective, request.ranks)) * first.pieces();
  MUSTER_ASSERT(chunks_of_channel <= std::numeric_limits<int>::max() / channels);
  Schedule schedule{.collective = request.collective,
                    .algorithm = request.algorithm,
                    .ranks = request.ranks,
                    .root = request.root,
                    .pieces = first.pieces() * channels,
                    .channels = {}};
  long long budget = kMaxTransfers;
  for (int channel = 0; channel < channels; ++channel) {
    const Slice& slice = *turns[static_cast<std::size_t>(channel) % turns.size()];
    MUSTER_ASSERT(slice.pieces() == first.pieces());
    const ChunkMap map{.pieces_of_slice = first.pieces(), .channels = channels, .channel = channel};
    schedule.channels.push_back(mapped(slice, map, budget));
  }
  return schedule;
}

}  // namespace

ChunkSet merged(ChunkSet ranges) {
  std::sort(ranges.begin(), ranges.end());
  ChunkSet result;
  for (const ChunkRange& range : ranges) {
    if (!result.empty() && result.back().first + result.back().count == range.first) {
      result.back().count += range.count;
    } else {
      result.push_back(range);
    }
  }
  return result;
}

ChunkSet chunks_of(const ChunkArc& arc) {
  if (arc.count == 0) return {};
  const int first = arc.first % arc.size;
  const int before_wrap = std::min(arc.count, arc.size - first);
  if (before_wrap == arc.count) return {{arc.base + first, arc.count}};
  return merged({{arc.base, arc.count - before_wrap}, {arc.base + first, before_wrap}});
}

Slice::Slice(const ScheduleRequest& request, int pieces) : request_(request), pieces_(pieces) {}

void Slice::send(int round, Transfer transfer) {
  if (transfer.chunks.empty()) return;
  ranges_ += static_cast<long long>(transfer.chunks.size());
  if (ranges_ > kMaxTransfers / request_.channels) throw too_large(request_);
  if (round >= rounds()) channel_.rounds.resize(static_cast<std::size_t>(round) + 1);
  channel_.rounds[static_cast<std::size_t>(round)].transfers.push_back(std::move(transfer));
}

void Slice::append(const Slice& other) {
  const int begin = rounds();
  for (int round = 0; round < other.rounds(); ++round) {
    for (const Transfer& transfer : other.channel_.rounds[static_cast<std::size_t>(round)].transfers) {
      send(begin + round, transfer);
    }
  }
}

Slice Slice::mirrored(Combine combine) const {
  Slice result = *this;
  std::reverse(result.channel_.rounds.begin(), result.channel_.rounds.end());
  for (Round& round : result.channel_.rounds) {
    for (Transfer& transfer : round.transfers) {
      std::swap(transfer.source, transfer.target);
      transfer.combine = combine;
    }
  }
  return result;
}

Schedule in_channels(const Slice& slice) { return interleaved({&slice}, slice.request().channels); }

Schedule in_channels(const Slice& even, const Slice& odd) {
  return interleaved({&even, &odd}, (even.request().channels + 1) / 2 * 2);
}

}  // namespace muster
