// SPDX-License-Identifier: Apache-2.0
// What every generator writes into: the rounds of one channel over its own slice of the data. in_channels() then puts
// slices side by side. Chunk ids inside a slice are block * pieces + piece, as if it were the only channel.
#pragma once

#include <vector>

#include "collectives/generators.hpp"
#include "collectives/schedule.hpp"

namespace muster {

using ChunkSet = std::vector<ChunkRange>;  ///< ascending and disjoint; may be empty

/// The same chunks in order, as few ranges as possible. No chunk may be named twice.
ChunkSet merged(ChunkSet ranges);

/// `count` chunks of a circle of `size` that begins at chunk `base`, from its place `first` (any number >= 0) on.
struct ChunkArc {
  int size = 1;
  int first = 0;
  int count = 0;
  int base = 0;
};
ChunkSet chunks_of(const ChunkArc& arc);

class Slice {
 public:
  /// `pieces` = chunks per block in this slice.
  Slice(const ScheduleRequest& request, int pieces);

  /// Adds a transfer to a round, which may be the next one or any later one; without chunks there is nothing to send.
  /// Throws Error when the whole schedule would grow beyond kMaxTransfers.
  void send(int round, Transfer transfer);

  /// All rounds of `other` after those of this slice.
  void append(const Slice& other);

  /// The same transfers backwards in time and direction. What copies parts to where they are needed becomes what adds
  /// contributions up at the part's owner: reduce-scatter is all-gather seen in this mirror.
  Slice mirrored(Combine combine) const;

  const ScheduleRequest& request() const { return request_; }
  int pieces() const { return pieces_; }
  int rounds() const { return static_cast<int>(channel_.rounds.size()); }
  const Channel& channel() const { return channel_; }

 private:
  ScheduleRequest request_;
  int pieces_;
  long long ranges_ = 0;  ///< over all transfers
  Channel channel_;
};

/// Channel c of request.channels is a copy of `slice` over its own pieces.
Schedule in_channels(const Slice& slice);

/// Channels take turns: an even channel is a copy of `even`, an odd one of `odd`. At least one of each, and as many of
/// one as of the other.
Schedule in_channels(const Slice& even, const Slice& odd);

}  // namespace muster
