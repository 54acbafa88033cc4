// SPDX-License-Identifier: Apache-2.0
// An algorithm written out for a number of ranks, as data. Generators make it, proof.hpp proves it, program.hpp expands
// it for the rank that runs it, transports carry it out, cost.hpp counts it. No algorithm is written anywhere else.
#pragma once

#include <cstdint>
#include <vector>

#include "core/collective.hpp"

namespace muster {

/// Chunk ids [first, first + count). Chunk id = block * pieces + piece (blocks: problem.hpp). The same id means the
/// same data on every rank, so a transfer never needs an address.
struct ChunkRange {
  int first = 0;
  int count = 0;
  auto operator<=>(const ChunkRange&) const = default;
};

enum class Combine {
  copy,    ///< the target's chunk becomes the source's
  reduce,  ///< the target's chunk becomes its own (partial) sum + the source's
};

/// Names both ends, so an unmatched send cannot be written. source != target.
struct Transfer {
  int source = 0;
  int target = 0;
  std::vector<ChunkRange> chunks;  ///< ascending, disjoint, not empty: one message
  Combine combine = Combine::copy;
};

/// Transfers that read the state before the round and write the state after it: a rank may send a chunk and receive
/// into it in one round, and may add several incoming chunks to its own (program.hpp finds a second place for it). A
/// rank leaves the round when its own transfers are done; there is no barrier over all ranks.
struct Round {
  std::vector<Transfer> transfers;
};

/// An ordered list of rounds over chunks that no other channel touches. Channels run side by side; many short ones over
/// slices of the data are what pipelines a schedule.
struct Channel {
  std::vector<Round> rounds;
};

struct Schedule {
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::ring;
  int ranks = 1;
  int root = 0;    ///< broadcast, reduce, gather and scatter
  int pieces = 1;  ///< chunks per block
  std::vector<Channel> channels = {};
};

}  // namespace muster
