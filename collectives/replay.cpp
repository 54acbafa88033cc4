// SPDX-License-Identifier: Apache-2.0
// Sums as sets of contributions: a copy replaces the set, a reduction unites two sets that must be disjoint.
#include "collectives/replay.hpp"

#include <algorithm>
#include <bit>

namespace muster {
namespace {

constexpr std::size_t kWordBits = 64;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

std::string rank_text(int rank) { return "rank " + std::to_string(rank); }

/// Number of the first bit that is set in `bit_at` (word) of `words` words; -1 if none is.
template <typename BitsOf>
int first_bit(std::size_t words, BitsOf bits_of) {
  for (std::size_t word = 0; word < words; ++word) {
    const std::uint64_t bits = bits_of(word);
    if (bits != 0) return static_cast<int>(word * kWordBits) + std::countr_zero(bits);
  }
  return -1;
}

}  // namespace

ChunkReplay::ChunkReplay(const Problem& problem, int pieces, std::span<const Instant> instants)
    : problem_(problem), pieces_(pieces), instants_(instants), access_(index(problem.ranks)) {
  // All blocks of a collective have equally many contributors.
  words_ = (index(contributors(problem, 0).count) + kWordBits - 1) / kWordBits;
  sums_.resize(index(problem.ranks) * words_);
}

std::span<std::uint64_t> ChunkReplay::sum(int rank) { return std::span(sums_).subspan(index(rank) * words_, words_); }

std::span<const std::uint64_t> ChunkReplay::sum(int rank) const {
  return std::span(sums_).subspan(index(rank) * words_, words_);
}

bool ChunkReplay::holds(int rank) const {
  return std::ranges::any_of(sum(rank), [](std::uint64_t word) { return word != 0; });
}

ChunkReplay::Fault ChunkReplay::fault(const ChunkMove& move, int rank, const std::string& text) const {
  const Instant& when = instants_[index(move.instant)];
  return "channel " + std::to_string(when.channel) + " round " + std::to_string(when.round) + ": " + rank_text(rank) +
         " " + text;
}

void ChunkReplay::begin(int chunk) {
  chunk_ = chunk;
  contributors_ = contributors(problem_, chunk / pieces_);
  for (int i = 0; i < contributors_.count; ++i) {
    sum(contributors_.first + i)[index(i) / kWordBits] = std::uint64_t{1} << (index(i) % kWordBits);
  }
}

void ChunkReplay::forget(std::span<const ChunkMove> history) {
  const auto forget_rank = [&](int rank) {
    std::ranges::fill(sum(rank), 0);
    access_[index(rank)] = {};
  };
  for (int i = 0; i < contributors_.count; ++i) forget_rank(contributors_.first + i);
  for (const ChunkMove& move : history) {
    forget_rank(move.source);
    forget_rank(move.target);
  }
}

ChunkReplay::Fault ChunkReplay::fault_of_race(const ChunkMove& move) {
  Access& target = access_[index(move.target)];
  const bool adds = move.combine == Combine::reduce;
  if (target.copied == move.instant || (!adds && target.added == move.instant)) {
    return fault(move, move.target, "receives chunk " + std::to_string(chunk_) + " twice");
  }
  (adds ? target.added : target.copied) = move.instant;
  return std::nullopt;
}

ChunkReplay::Fault ChunkReplay::fault_of_instant(std::span<const ChunkMove> moves) {
  read_.clear();
  for (const ChunkMove& move : moves) {
    if (!holds(move.source)) {
      return fault(move, move.source, "sends chunk " + std::to_string(chunk_) + " which it does not hold");
    }
    const auto from = sum(move.source);
    read_.insert(read_.end(), from.begin(), from.end());
  }
  for (std::size_t i = 0; i < moves.size(); ++i) {
    Fault found = fault_of_race(moves[i]);
    if (!found) found = fault_of_move(moves[i], std::span(read_).subspan(i * words_, words_));
    if (found) return found;
  }
  return std::nullopt;
}

ChunkReplay::Fault ChunkReplay::fault_of_move(const ChunkMove& move, std::span<const std::uint64_t> from) {
  const std::string chunk = "chunk " + std::to_string(chunk_);
  const auto to = sum(move.target);
  if (move.combine == Combine::copy) {
    std::ranges::copy(from, to.begin());
    return std::nullopt;
  }
  if (!holds(move.target)) return fault(move, move.target, "adds to " + chunk + " which it does not hold");
  const int twice = first_bit(words_, [&](std::size_t word) { return from[word] & to[word]; });
  if (twice >= 0) {
    const std::string whose = rank_text(contributors_.first + twice);
    return fault(move, move.target, "adds the contribution of " + whose + " to " + chunk + " a second time");
  }
  for (std::size_t word = 0; word < words_; ++word) to[word] |= from[word];
  return std::nullopt;
}

ChunkReplay::Fault ChunkReplay::fault_at_end() const {
  const RankRange needing = receivers(problem_, chunk_ / pieces_);
  const auto all_bits = [&](std::size_t word) {
    const std::size_t bits = std::min(kWordBits, index(contributors_.count) - word * kWordBits);
    return bits == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  };
  for (int rank = needing.first; rank < needing.first + needing.count; ++rank) {
    const std::string who = rank_text(rank) + " ends without ";
    if (!holds(rank)) return who + "chunk " + std::to_string(chunk_);
    const int missing = first_bit(words_, [&](std::size_t word) { return all_bits(word) & ~sum(rank)[word]; });
    if (missing < 0) continue;
    return who + "the contribution of " + rank_text(contributors_.first + missing) + " to chunk " +
           std::to_string(chunk_);
  }
  return std::nullopt;
}

std::optional<std::string> ChunkReplay::fault_in(int chunk, std::span<const ChunkMove> history) {
  begin(chunk);
  Fault found;
  for (auto rest = history; !rest.empty() && !found;) {
    const int channel = instants_[index(rest.front().instant)].channel;
    const int first_channel = instants_[index(history.front().instant)].channel;
    if (channel != first_channel) {
      found = "chunk " + std::to_string(chunk) + " is moved by channel " + std::to_string(first_channel) +
              " and by channel " + std::to_string(channel);
    }
    std::size_t count = 1;
    while (count < rest.size() && rest[count].instant == rest.front().instant) ++count;
    if (!found) found = fault_of_instant(rest.first(count));
    rest = rest.subspan(count);
  }
  if (!found) found = fault_at_end();
  forget(history);
  return found;
}

}  // namespace muster
