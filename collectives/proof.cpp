// SPDX-License-Identifier: Apache-2.0
// The proof in four steps: form, then volume, then each chunk's history (races and semantics, replay.hpp), then whether
// the ranks' programs end (rendezvous.hpp).
#include "collectives/proof.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "collectives/problem.hpp"
#include "collectives/rendezvous.hpp"
#include "collectives/replay.hpp"

namespace muster {
namespace {

using Fault = std::optional<std::string>;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Calls action(transfer, Instant, number of the instant) for all transfers, channel by channel, in order of rounds.
template <typename Action>
void for_each_transfer(const Schedule& schedule, Action action) {
  int number = 0;
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    const std::vector<Round>& rounds = schedule.channels[channel].rounds;
    for (std::size_t round = 0; round < rounds.size(); ++round, ++number) {
      const Instant when{.channel = static_cast<int>(channel), .round = static_cast<int>(round)};
      for (const Transfer& transfer : rounds[round].transfers) action(transfer, when, number);
    }
  }
}

/// Calls action(chunk) for the transfer's chunks inside the window.
template <typename Action>
void for_each_chunk(const Transfer& transfer, const ChunkRange& window, Action action) {
  for (const ChunkRange& range : transfer.chunks) {
    const int end = std::min(range.first + range.count, window.first + window.count);
    for (int chunk = std::max(range.first, window.first); chunk < end; ++chunk) action(chunk);
  }
}

Fault fault_in_frame(const Schedule& schedule) {
  if (schedule.ranks < 1 || schedule.ranks > kMaxRanks) {
    return "a schedule cannot have " + std::to_string(schedule.ranks) + " ranks";
  }
  if (schedule.root < 0 || schedule.root >= schedule.ranks) {
    return "the root " + std::to_string(schedule.root) + " is not one of " + std::to_string(schedule.ranks) + " ranks";
  }
  const int blocks = block_count(schedule.collective, schedule.ranks);
  if (schedule.pieces < 1 || schedule.pieces > std::numeric_limits<int>::max() / blocks) {
    return std::to_string(blocks) + " blocks cannot have " + std::to_string(schedule.pieces) + " pieces each";
  }
  return std::nullopt;
}

Fault fault_in_form(const Transfer& transfer, int ranks, int chunks) {
  for (const int rank : {transfer.source, transfer.target}) {
    if (rank < 0 || rank >= ranks) return "a transfer with rank " + std::to_string(rank);
  }
  const std::string who = "rank " + std::to_string(transfer.source);
  if (transfer.source == transfer.target) return who + " sends to itself";
  if (transfer.chunks.empty()) return who + " sends nothing";
  int end = 0;
  for (const ChunkRange& range : transfer.chunks) {
    if (range.first < 0 || range.count < 1 || range.first > chunks - range.count) {
      return who + " sends chunks " + std::to_string(range.first) + " + " + std::to_string(range.count) + " of " +
             std::to_string(chunks);
    }
    if (range.first < end) return who + " sends chunk " + std::to_string(range.first) + " out of order";
    end = range.first + range.count;
  }
  return std::nullopt;
}

Fault fault_in_transfers(const Schedule& schedule) {
  const int chunks = block_count(schedule.collective, schedule.ranks) * schedule.pieces;
  Fault found;
  for_each_transfer(schedule, [&](const Transfer& transfer, const Instant& when, int) {
    if (found) return;
    found = fault_in_form(transfer, schedule.ranks, chunks);
    if (!found) return;
    found = "channel " + std::to_string(when.channel) + " round " + std::to_string(when.round) + ": " + *found;
  });
  return found;
}

Volume volume_of(const Schedule& schedule) {
  std::vector<std::uint64_t> sent(index(schedule.ranks));
  std::vector<std::uint64_t> received(index(schedule.ranks));
  std::vector<std::uint64_t> messages(index(schedule.ranks));
  for_each_transfer(schedule, [&](const Transfer& transfer, const Instant&, int) {
    std::uint64_t chunks = 0;
    for (const ChunkRange& range : transfer.chunks) chunks += index(range.count);
    sent[index(transfer.source)] += chunks;
    received[index(transfer.target)] += chunks;
    ++messages[index(transfer.source)];
  });
  std::uint64_t rounds = 0;
  for (const Channel& channel : schedule.channels) rounds = std::max<std::uint64_t>(rounds, channel.rounds.size());
  return {.max_sent_chunks = std::ranges::max(sent),
          .max_received_chunks = std::ranges::max(received),
          .max_messages = std::ranges::max(messages),
          .rounds = rounds};
}

/// Moves that are sorted at a time, 256 MiB of them: store-and-forward among many ranks moves more than fit in memory.
constexpr std::size_t kMovesAtOnce = std::size_t{16} << 20;

/// [chunk]: moves of all chunks before it; one more at the end, the total.
std::vector<std::size_t> moves_before(const Schedule& schedule, int chunks) {
  std::vector<std::size_t> before(index(chunks) + 1);
  for_each_transfer(schedule, [&](const Transfer& transfer, const Instant&, int) {
    for_each_chunk(transfer, {.first = 0, .count = chunks}, [&](int chunk) { ++before[index(chunk) + 1]; });
  });
  std::partial_sum(before.begin(), before.end(), before.begin());
  return before;
}

/// Chunks from `first` on, at least one, whose moves fit in kMovesAtOnce.
ChunkRange next_window(const std::vector<std::size_t>& before, int first) {
  const auto begin = before.begin() + first;
  const auto end = std::upper_bound(begin + 1, before.end(), *begin + kMovesAtOnce);
  return {.first = first, .count = std::max(1, static_cast<int>(end - begin) - 1)};
}

/// The moves of the chunks in `window`: chunk by chunk, and in order of time for each.
std::vector<ChunkMove> sorted_moves(const Schedule& schedule, const std::vector<std::size_t>& before,
                                    const ChunkRange& window) {
  const std::size_t begin = before[index(window.first)];
  std::vector<ChunkMove> moves(before[index(window.first + window.count)] - begin);
  std::vector<std::size_t> next(before.begin() + window.first, before.begin() + window.first + window.count);
  for_each_transfer(schedule, [&](const Transfer& transfer, const Instant&, int number) {
    const ChunkMove move{
        .source = transfer.source, .target = transfer.target, .instant = number, .combine = transfer.combine};
    for_each_chunk(transfer, window, [&](int chunk) { moves[next[index(chunk - window.first)]++ - begin] = move; });
  });
  return moves;
}

std::vector<Instant> instants_of(const Schedule& schedule) {
  std::vector<Instant> instants;
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    for (std::size_t round = 0; round < schedule.channels[channel].rounds.size(); ++round) {
      instants.push_back({.channel = static_cast<int>(channel), .round = static_cast<int>(round)});
    }
  }
  return instants;
}

Fault fault_in_histories(const Schedule& schedule) {
  const int chunks = block_count(schedule.collective, schedule.ranks) * schedule.pieces;
  const Problem problem{.collective = schedule.collective, .ranks = schedule.ranks, .root = schedule.root};
  const std::vector<Instant> instants = instants_of(schedule);
  const std::vector<std::size_t> before = moves_before(schedule, chunks);
  ChunkReplay replay(problem, schedule.pieces, instants);
  for (int first = 0; first < chunks;) {
    const ChunkRange window = next_window(before, first);
    const std::vector<ChunkMove> moves = sorted_moves(schedule, before, window);
    const int end = window.first + window.count;
    for (; first < end; ++first) {
      const std::size_t begin = before[index(first)] - before[index(window.first)];
      const std::size_t count = before[index(first) + 1] - before[index(first)];
      if (Fault found = replay.fault_in(first, std::span(moves).subspan(begin, count))) return found;
    }
  }
  return std::nullopt;
}

/// Channels share no chunks and no rank waits in one for another, so each must end by itself.
Fault fault_in_progress(const Schedule& schedule) {
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    const auto stuck = find_stuck_rank(programs_of(schedule.channels[channel], schedule.ranks));
    if (!stuck) continue;
    return "channel " + std::to_string(channel) + ": rank " + std::to_string(stuck->rank) + " waits in its step " +
           std::to_string(stuck->step) + " for ever";
  }
  return std::nullopt;
}

}  // namespace

Proof prove(const Schedule& schedule) {
  Proof proof;
  proof.fault = fault_in_frame(schedule);
  if (!proof.fault) proof.fault = fault_in_transfers(schedule);
  if (proof.fault) return proof;
  proof.volume = volume_of(schedule);
  proof.fault = fault_in_histories(schedule);
  if (!proof.fault) proof.fault = fault_in_progress(schedule);
  return proof;
}

}  // namespace muster
