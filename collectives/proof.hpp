// SPDX-License-Identifier: Apache-2.0
// The proofs: every schedule is checked here before it runs, whoever wrote it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collectives/schedule.hpp"

namespace muster {

/// What the schedule moves, per rank, counted while it is proven. Unit: chunks (all chunks of one collective have the
/// same size up to rounding, except all_to_allv).
struct Volume {
  std::uint64_t max_sent_chunks = 0;      ///< over ranks
  std::uint64_t max_received_chunks = 0;  ///< over ranks
  std::uint64_t max_messages = 0;         ///< messages sent by the busiest rank
  std::uint64_t rounds = 0;               ///< of the longest channel
};

struct Proof {
  std::optional<std::string>
      fault;  ///< nullopt = proven; else one line: what is wrong at which channel, round, rank, chunk
  Volume volume;
};

/// Proves for any data and any timing of ranks:
/// - form: ranks, root, chunk ids and ranges valid, no transfer to itself, no empty transfer;
/// - races: inside a round no chunk of a rank is written twice, or written and read; no chunk is touched by two
/// channels;
/// - semantics: every needed chunk ends with each contribution exactly once, and no chunk is sent that its source
/// lacks;
/// - deadlock: the ranks' programs, run with rendezvous (a send waits for its receive) and no buffering, all end.
/// Cost: chunks moved x ranks / 64 words (all_reduce over 1,024 ranks: below a second).
Proof prove(const Schedule& schedule);

}  // namespace muster
