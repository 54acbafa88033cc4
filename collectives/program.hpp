// SPDX-License-Identifier: Apache-2.0
// One rank's part of a schedule: which bytes of which buffer it sends and receives in which order. Made from a Schedule
// and a Problem by expand(); transports carry it out without knowing collectives or algorithms.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/problem.hpp"
#include "collectives/schedule.hpp"

namespace muster {

/// A rank's three buffers. Partial results that the rank itself does not need live in scratch.
enum class Region : std::uint8_t { input, output, scratch };

/// A byte offset into a region.
struct Place {
  Region region = Region::input;
  std::uint64_t offset = 0;
  bool operator==(const Place&) const = default;
};

/// One contiguous piece of a message. Copy: to = from. Reduce: to = own + from, where `own` is what the target holds
/// after the receives listed before it in the same step; `to` is never a place that the target itself sends from in
/// this step.
struct Move {
  Place from;  ///< at the source rank
  Place own;   ///< at the target rank; only for reduce
  Place to;    ///< at the target rank
  std::uint64_t bytes = 0;
};

/// Channels that a rank works on at the same time; channel c starts when channel c - kChannelsInFlight has ended, so
/// the two share scratch. Two keep a core busy while the other waits; four cover a peer that is a little late.
inline constexpr int kChannelsInFlight = 4;

/// What one transfer means for one of its two ends.
struct Message {
  int peer = 0;
  Combine combine = Combine::copy;
  std::uint64_t bytes = 0;  ///< sum over moves, > 0
  std::vector<Move> moves;
};

/// This rank's transfers of one round. The round's number is kept because a rank may sit out rounds in between.
struct Step {
  int round = 0;
  std::vector<Message> sends;
  std::vector<Message> receives;
};

struct Program {
  std::vector<std::vector<Step>> channels;
  std::vector<int> rounds;                        ///< [channel]: rounds of the channel over all ranks
  std::vector<Move> own_copies;                   ///< from the rank's input to its output, without any transfer
  std::vector<std::vector<Move>> closing_copies;  ///< [channel]: from scratch to output once the channel has ended
  std::uint64_t scratch_bytes = 0;
  std::uint64_t largest_message = 0;  ///< bytes
};

/// The program of `rank`. The schedule must be proven (proof.hpp) and of the problem's collective, ranks and root.
/// Transfers of zero bytes vanish at both ends. Scratch is reused as soon as a partial result has been sent on.
Program expand(const Schedule& schedule, const Problem& problem, int rank);

}  // namespace muster
