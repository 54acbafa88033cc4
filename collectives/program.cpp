// SPDX-License-Identifier: Apache-2.0
// Follows every chunk through the rounds on every rank, because a receiver must know where its source keeps the chunk
// at that moment; writes down only what concerns one rank.
#include "collectives/program.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

/// First-fit allocator of scratch bytes on one rank; offsets are multiples of a cache line.
class Scratch {
 public:
  std::uint64_t take(std::uint64_t bytes) {
    const std::uint64_t size = (bytes + 63) / 64 * 64;
    for (auto gap = free_.begin(); gap != free_.end(); ++gap) {
      if (gap->second < size) continue;
      const std::uint64_t offset = gap->first;
      const std::uint64_t rest = gap->second - size;
      free_.erase(gap);
      if (rest > 0) free_.emplace(offset + size, rest);
      return offset;
    }
    const std::uint64_t offset = end_;
    end_ += size;
    return offset;
  }

  void give(std::uint64_t offset, std::uint64_t bytes) {
    const auto slot = free_.emplace(offset, (bytes + 63) / 64 * 64).first;
    const auto next = std::next(slot);
    if (next != free_.end() && slot->first + slot->second == next->first) {
      slot->second += next->second;
      free_.erase(next);
    }
    if (slot == free_.begin()) return;
    const auto previous = std::prev(slot);
    if (previous->first + previous->second != slot->first) return;
    previous->second += slot->second;
    free_.erase(slot);
  }

  std::uint64_t end() const { return end_; }

 private:
  std::map<std::uint64_t, std::uint64_t> free_;  ///< offset -> bytes, never adjacent
  std::uint64_t end_ = 0;
};

class Expansion {
 public:
  Expansion(const Schedule& schedule, const Problem& problem, int rank)
      : schedule_(schedule),
        problem_(problem),
        rank_(rank),
        element_(size_of(problem.type)),
        chunks_(block_count(problem.collective, problem.ranks) * schedule.pieces),
        held_(static_cast<std::size_t>(problem.ranks) * static_cast<std::size_t>(chunks_)),
        scratch_(static_cast<std::size_t>(problem.ranks)),
        slot_bytes_(static_cast<std::size_t>(problem.ranks)) {}

  Program run() {
    for (const Channel& channel : schedule_.channels) {
      find_last_uses(channel);
      std::vector<Step> steps;
      for (std::size_t round = 0; round < channel.rounds.size(); ++round) {
        Step step = play(channel.rounds[round], static_cast<int>(round));
        if (!step.sends.empty() || !step.receives.empty()) steps.push_back(std::move(step));
      }
      program_.channels.push_back(std::move(steps));
      program_.closing_copies.push_back(closing_copies());
      program_.rounds.push_back(static_cast<int>(channel.rounds.size()));
      end_channel();
    }
    add_own_copies();
    place_scratch();
    return std::move(program_);
  }

 private:
  /// Where a rank keeps a chunk that a transfer has written there.
  struct Held {
    bool written = false;
    Place place;
    int last_use = -1;  ///< last round in which the rank sends the chunk or adds to it; scratch is free after a send
  };

  Held& held(int rank, int chunk) {
    return held_[static_cast<std::size_t>(rank) * static_cast<std::size_t>(chunks_) + static_cast<std::size_t>(chunk)];
  }

  ElementRange slice(ElementRange block, int chunk) const {
    return piece_of(block, chunk % schedule_.pieces, schedule_.pieces, problem_.type);
  }

  Place at(Region region, ElementRange range) const { return {region, range.first * element_}; }

  std::uint64_t bytes_of(int chunk) const {
    const int block = chunk / schedule_.pieces;
    const int owner = contributors(problem_, block).first;  // a block has the same size wherever it lies
    const ElementRange range = input_range(problem_, owner, block);
    return slice(range, chunk).count * element_;
  }

  Place current(int rank, int chunk) {
    const Held& state = held(rank, chunk);
    if (state.written) return state.place;
    const int block = chunk / schedule_.pieces;
    MUSTER_ASSERT(contributes(problem_, rank, block));
    return at(Region::input, slice(input_range(problem_, rank, block), chunk));
  }

  /// A place for what the chunk becomes: the output if the rank needs it there, else scratch; but not where the chunk
  /// is now if the rank sends it in the same round.
  Place destination(int rank, int chunk, std::uint64_t bytes, bool is_sent) {
    const int block = chunk / schedule_.pieces;
    const Held& state = held(rank, chunk);
    if (needs(problem_, rank, block)) {
      const Place output = at(Region::output, slice(output_range(problem_, rank, block), chunk));
      if (!is_sent || !same_memory(current(rank, chunk), output)) return output;
    } else if (state.written && !is_sent) {
      return state.place;
    }
    return {Region::scratch, scratch_[static_cast<std::size_t>(rank)].take(bytes)};
  }

  /// In place, a chunk's input and output are the same bytes.
  bool same_memory(const Place& now, const Place& output) const {
    return now == output || (now.region == Region::input && problem_.placement == Placement::in_place);
  }

  void find_last_uses(const Channel& channel) {
    for (std::size_t round = 0; round < channel.rounds.size(); ++round) {
      for (const Transfer& transfer : channel.rounds[round].transfers) {
        for_each_chunk(transfer, [&](int chunk) {
          held(transfer.source, chunk).last_use = static_cast<int>(round);
          if (transfer.combine == Combine::reduce) held(transfer.target, chunk).last_use = static_cast<int>(round);
        });
      }
    }
  }

  /// The next channel starts with empty scratch; what the largest channel needed is kept.
  void end_channel() {
    for (int rank = 0; rank < problem_.ranks; ++rank) {
      const auto r = static_cast<std::size_t>(rank);
      slot_bytes_[r] = std::max(slot_bytes_[r], scratch_[r].end());
      scratch_[r] = Scratch{};
    }
  }

  /// Channel c uses slot c mod kChannelsInFlight of its rank's scratch: turns offsets in a slot into offsets in
  /// scratch.
  void place_scratch() {
    const auto shift = [&](Place& place, int rank, std::size_t channel) {
      if (place.region != Region::scratch) return;
      place.offset += channel % kChannelsInFlight * slot_bytes_[static_cast<std::size_t>(rank)];
    };
    for (std::size_t channel = 0; channel < program_.channels.size(); ++channel) {
      for (Move& copy : program_.closing_copies[channel]) shift(copy.from, rank_, channel);
      for (Step& step : program_.channels[channel]) {
        for (Message& message : step.sends) {
          for (Move& move : message.moves) {
            shift(move.from, rank_, channel);
            shift(move.own, message.peer, channel);
            shift(move.to, message.peer, channel);
          }
        }
        for (Message& message : step.receives) {
          for (Move& move : message.moves) {
            shift(move.from, message.peer, channel);
            shift(move.own, rank_, channel);
            shift(move.to, rank_, channel);
          }
        }
      }
    }
    const std::size_t slots = std::min<std::size_t>(program_.channels.size(), kChannelsInFlight);
    program_.scratch_bytes = slots * slot_bytes_[static_cast<std::size_t>(rank_)];
  }

  template <typename Action>
  static void for_each_chunk(const Transfer& transfer, Action action) {
    for (const ChunkRange& range : transfer.chunks) {
      for (int chunk = range.first; chunk < range.first + range.count; ++chunk) action(chunk);
    }
  }

  /// All reads of a round see the state before it, so states change only after all transfers are written down.
  Step play(const Round& round, int number) {
    Step step{number, {}, {}};
    std::set<std::pair<int, int>> sent;            // rank, chunk
    std::map<std::pair<int, int>, Place> written;  // rank, chunk -> place after the round
    for (const Transfer& transfer : round.transfers) {
      for_each_chunk(transfer, [&](int chunk) { sent.emplace(transfer.source, chunk); });
    }
    for (const Transfer& transfer : round.transfers) {
      Message message{transfer.target, transfer.combine, 0, {}};
      for_each_chunk(transfer, [&](int chunk) {
        const std::uint64_t bytes = bytes_of(chunk);
        if (bytes == 0) return;
        const std::pair key(transfer.target, chunk);
        const bool is_first = !written.contains(key);
        const Place own = is_first && transfer.combine == Combine::copy ? Place{}
                          : is_first                                    ? current(transfer.target, chunk)
                                                                        : written[key];
        if (is_first) written[key] = destination(transfer.target, chunk, bytes, sent.contains(key));
        append(message, {current(transfer.source, chunk), own, written[key], bytes});
      });
      keep(step, transfer, std::move(message));
    }
    for (const auto& [key, place] : written) move_to(key.first, key.second, place);
    for (const auto& [rank, chunk] : sent) release(rank, chunk, number);
    return step;
  }

  void keep(Step& step, const Transfer& transfer, Message message) {
    if (message.bytes == 0) return;
    program_.largest_message = std::max(program_.largest_message, message.bytes);
    if (transfer.source == rank_) step.sends.push_back(message);
    if (transfer.target != rank_) return;
    message.peer = transfer.source;
    step.receives.push_back(std::move(message));
  }

  void move_to(int rank, int chunk, const Place& place) {
    Held& state = held(rank, chunk);
    if (state.written && state.place.region == Region::scratch && state.place != place) {
      scratch_[static_cast<std::size_t>(rank)].give(state.place.offset, bytes_of(chunk));
    }
    state.written = true;
    state.place = place;
  }

  /// Neighbouring chunks become one move, so that a message of many chunks is still one copy.
  static void append(Message& message, const Move& move) {
    message.bytes += move.bytes;
    if (!message.moves.empty()) {
      Move& last = message.moves.back();
      const auto follows = [&](const Place& a, const Place& b) {
        return a.region == b.region && a.offset + last.bytes == b.offset;
      };
      const bool same_own = message.combine == Combine::copy || follows(last.own, move.own);
      if (follows(last.from, move.from) && follows(last.to, move.to) && same_own) {
        last.bytes += move.bytes;
        return;
      }
    }
    message.moves.push_back(move);
  }

  void release(int rank, int chunk, int round) {
    Held& state = held(rank, chunk);
    const bool is_needed = needs(problem_, rank, chunk / schedule_.pieces);
    if (is_needed || state.last_use != round || !state.written || state.place.region != Region::scratch) return;
    scratch_[static_cast<std::size_t>(rank)].give(state.place.offset, bytes_of(chunk));
    state.written = false;
  }

  /// What ended in scratch although this rank needs it as output.
  std::vector<Move> closing_copies() {
    Message copies{rank_, Combine::copy, 0, {}};
    for (int chunk = 0; chunk < chunks_; ++chunk) {
      const int block = chunk / schedule_.pieces;
      Held& state = held(rank_, chunk);
      if (!state.written || state.place.region != Region::scratch || !needs(problem_, rank_, block)) continue;
      const Place output = at(Region::output, slice(output_range(problem_, rank_, block), chunk));
      append(copies, {state.place, {}, output, bytes_of(chunk)});
      state.place = output;
    }
    return copies.moves;
  }

  void add_own_copies() {
    for (int chunk = 0; chunk < chunks_; ++chunk) {
      const int block = chunk / schedule_.pieces;
      if (!needs(problem_, rank_, block) || held(rank_, chunk).written) continue;
      const std::uint64_t bytes = bytes_of(chunk);
      if (bytes == 0) continue;
      Message own{rank_, Combine::copy, 0, {}};
      std::swap(own.moves, program_.own_copies);
      append(
          own,
          {current(rank_, chunk), {}, at(Region::output, slice(output_range(problem_, rank_, block), chunk)), bytes});
      std::swap(own.moves, program_.own_copies);
    }
  }

  const Schedule& schedule_;
  const Problem& problem_;
  int rank_;
  std::uint64_t element_;
  int chunks_;
  std::vector<Held> held_;                 ///< [rank][chunk]
  std::vector<Scratch> scratch_;           ///< [rank]: of the channel in hand
  std::vector<std::uint64_t> slot_bytes_;  ///< [rank]: largest scratch of any channel
  Program program_;
};

}  // namespace

Program expand(const Schedule& schedule, const Problem& problem, int rank) {
  MUSTER_ASSERT(schedule.ranks == problem.ranks && schedule.root == problem.root && rank >= 0 && rank < problem.ranks);
  return Expansion(schedule, problem, rank).run();
}

}  // namespace muster
