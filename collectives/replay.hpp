// SPDX-License-Identifier: Apache-2.0
// The history of one chunk on all ranks: who holds which contributions after each round. Chunks never influence each
// other, so the proof replays them one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectives/problem.hpp"
#include "collectives/schedule.hpp"

namespace muster {

/// A round of a channel.
struct Instant {
  int channel = 0;
  int round = 0;
};

/// One chunk moved by one transfer.
struct ChunkMove {
  int source = 0;
  int target = 0;
  int instant = 0;  ///< which one of the replay's instants: channels and rounds in one number
  Combine combine = Combine::copy;
};

class ChunkReplay {
 public:
  /// `problem` needs collective, ranks and root only. `instants` must outlive the replay.
  ChunkReplay(const Problem& problem, int pieces, std::span<const Instant> instants);

  /// Moves in order of time. nullopt = no race, nothing sent that is not there, and every rank that needs the chunk
  /// ends with each contribution exactly once; else one line.
  std::optional<std::string> fault_in(int chunk, std::span<const ChunkMove> history);

 private:
  using Fault = std::optional<std::string>;
  static constexpr int kNever = -1;

  /// Latest instants in which a rank's chunk was replaced and added to.
  struct Access {
    int copied = kNever;
    int added = kNever;
  };

  void begin(int chunk);
  void forget(std::span<const ChunkMove> history);
  /// Transfers of one instant read what was there before it.
  Fault fault_of_instant(std::span<const ChunkMove> moves);
  Fault fault_of_race(const ChunkMove& move);
  /// `from` holds the source's contributions before the instant.
  Fault fault_of_move(const ChunkMove& move, std::span<const std::uint64_t> from);
  Fault fault_at_end() const;
  Fault fault(const ChunkMove& move, int rank, const std::string& text) const;

  std::span<std::uint64_t> sum(int rank);
  std::span<const std::uint64_t> sum(int rank) const;
  bool holds(int rank) const;

  Problem problem_;
  int pieces_;
  std::span<const Instant> instants_;
  int chunk_ = 0;
  RankRange contributors_;           ///< of the chunk in hand
  std::size_t words_ = 1;            ///< per rank, for the chunk in hand
  std::vector<std::uint64_t> sums_;  ///< [rank][word]: bit i = contribution of contributors_.first + i; 0 = not held
  std::vector<Access> access_;       ///< [rank]
  std::vector<std::uint64_t> read_;  ///< [move of the instant][word]: what its source held before
};

}  // namespace muster
