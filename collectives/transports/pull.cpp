// SPDX-License-Identifier: Apache-2.0
// The pull protocol. Each rank publishes one number per channel: base + the round it is ready for, all its receives
// before that round being done. A target pulls when its source is ready for the round; a source leaves the round when
// its targets are ready for a later one. No other synchronisation, no barrier.
#include "collectives/transports/pull.hpp"

#include <algorithm>
#include <cstring>

#include "collectives/spin.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

/// One published number; a cache line each, so that ranks and channels do not disturb each other.
struct alignas(64) Flag {
  std::atomic<std::uint64_t> value;
};

/// Flags lie before the arena in shared memory; 16 KiB of them.
constexpr std::size_t kFlags = 256;
constexpr std::uint64_t kFlagBytes = kFlags * sizeof(Flag);

Flag* flags_at(std::byte* base) { return reinterpret_cast<Flag*>(base); }

class PullExecution final : public Execution {
 public:
  PullExecution(Team& team, const Program& program, const RankMemory& mine, std::vector<RankMemory> peers,
                const std::vector<std::byte*>& bases, ElementType type, ReduceFunction reduce, Tap* tap)
      : team_(team),
        program_(program),
        mine_(mine),
        peers_(std::move(peers)),
        bases_(bases),
        type_(type),
        reduce_(reduce),
        tap_(tap) {}

  void run() override {
    ++operation_;
    active_.clear();
    std::size_t started = 0;
    const std::size_t channels = program_.channels.size();
    const auto start_next = [&] {
      while (started < channels && active_.size() < kChannelsInFlight) start(started++);
    };
    start_next();
    copy(program_.own_copies);
    for (Spin spin(team_.ranks()); !active_.empty();) {
      bool moved = false;
      for (Progress& progress : active_) moved = advance(progress) || moved;
      // Channels end in order (front first), because the next one reuses the scratch of the one that ended.
      while (!active_.empty() && ended(active_.front())) {
        copy(program_.closing_copies[active_.front().channel]);
        active_.erase(active_.begin());
        start_next();
        moved = true;
      }
      if (moved) {
        spin.found();
      } else {
        team_.stop_if_broken();
        spin.pause();
      }
    }
  }

  std::string configuration() const override {
    return std::to_string(program_.channels.size()) + " channels, the target reads the source's buffer in place";
  }

 private:
  struct Progress {
    std::size_t channel = 0;
    std::uint64_t base = 0;
    std::size_t step = 0;
    std::size_t receives = 0;      ///< of the step, done
    std::size_t acknowledged = 0;  ///< sends of the step that their targets have read
    bool published = false;
  };

  const std::vector<Step>& steps(const Progress& progress) const { return program_.channels[progress.channel]; }
  bool ended(const Progress& progress) const { return progress.step == steps(progress).size(); }

  std::atomic<std::uint64_t>& flag(int rank, std::size_t channel) const {
    return flags_at(bases_[static_cast<std::size_t>(rank)])[channel % kFlags].value;
  }

  void start(std::size_t channel) {
    Progress progress{channel, base_of(channel), 0, 0, 0, false};
    if (!ended(progress)) publish(progress);
    active_.push_back(progress);
  }

  /// Numbers of one flag only grow: channels that share a flag take turns inside an operation, operations follow.
  std::uint64_t base_of(std::size_t channel) const {
    const std::uint64_t turns = (program_.channels.size() + kFlags - 1) / kFlags;
    const std::uint64_t span =
        static_cast<std::uint64_t>(*std::max_element(program_.rounds.begin(), program_.rounds.end())) + 1;
    return (operation_ * turns + channel / kFlags) * span;
  }

  void publish(const Progress& progress) {
    const std::vector<Step>& all = steps(progress);
    const int ready_for = progress.step < all.size() ? all[progress.step].round : program_.rounds[progress.channel];
    flag(team_.rank(), progress.channel)
        .store(progress.base + static_cast<std::uint64_t>(ready_for), std::memory_order_release);
  }

  bool is_ready(int rank, const Progress& progress, int round) const {
    return flag(rank, progress.channel).load(std::memory_order_acquire) >=
           progress.base + static_cast<std::uint64_t>(round);
  }

  /// Goes as far as it can without waiting; true when anything was done.
  bool advance(Progress& progress) {
    bool moved = false;
    while (!ended(progress)) {
      const Step& step = steps(progress)[progress.step];
      for (; progress.receives < step.receives.size(); ++progress.receives, moved = true) {
        const Message& message = step.receives[progress.receives];
        if (!is_ready(message.peer, progress, step.round)) return moved;
        pull(message);
      }
      if (!progress.published) {
        ++progress.step;
        publish(progress);
        --progress.step;
        progress.published = moved = true;
      }
      for (; progress.acknowledged < step.sends.size(); ++progress.acknowledged, moved = true) {
        if (!is_ready(step.sends[progress.acknowledged].peer, progress, step.round + 1)) return moved;
      }
      progress = {progress.channel, progress.base, progress.step + 1, 0, 0, false};
    }
    return moved;
  }

  void pull(const Message& message) {
    const RankMemory& source = peers_[static_cast<std::size_t>(message.peer)];
    for (const Move& move : message.moves) {
      const std::byte* from = source.at(move.from);
      std::byte* to = mine_.at(move.to);
      if (message.combine == Combine::reduce) {
        reduce_({to, move.bytes}, {mine_.at(move.own), move.bytes}, {from, move.bytes}, type_);
      } else {
        move_bytes(to, from, move.bytes);
      }
    }
    if (tap_ != nullptr) tap_->delivered({mine_.at(message.moves.front().to), message.moves.front().bytes}, type_);
  }

  void copy(const std::vector<Move>& moves) const {
    for (const Move& move : moves) move_bytes(mine_.at(move.to), mine_.at(move.from), move.bytes);
  }

  static void move_bytes(std::byte* to, const std::byte* from, std::uint64_t bytes) {
    if (to != from) std::memcpy(to, from, bytes);
  }

  Team& team_;
  Program program_;
  RankMemory mine_;
  std::vector<RankMemory> peers_;  ///< [rank], in this rank's address space
  std::vector<std::byte*> bases_;
  ElementType type_;
  ReduceFunction reduce_;
  Tap* tap_;
  std::uint64_t operation_ = 0;
  std::vector<Progress> active_;
};

/// Offsets of a rank's regions from its base, as it tells the others.
struct RegionOffsets {
  std::uint64_t begin[3];
  std::uint64_t size[3];
};

}  // namespace

std::span<std::byte> PullTransport::arena(std::uint64_t bytes) {
  // All ranks share again or none does: the largest need decides.
  const std::vector<std::uint64_t> needs = all_gather(team(), bytes);
  const std::uint64_t largest = *std::max_element(needs.begin(), needs.end());
  if (bases_.empty() || largest > arena_bytes_) {
    bases_ = share(kFlagBytes + largest);
    arena_bytes_ = largest;
  }
  return {bases_[static_cast<std::size_t>(team().rank())] + kFlagBytes, arena_bytes_};
}

std::unique_ptr<Execution> PullTransport::prepare(const Program& program, const RankMemory& memory, ElementType type,
                                                  Tap* tap) {
  std::byte* own_base = bases_[static_cast<std::size_t>(team().rank())];
  RegionOffsets own{};
  const std::span<std::byte> regions[3] = {memory.input, memory.output, memory.scratch};
  for (int i = 0; i < 3; ++i) {
    own.begin[i] = static_cast<std::uint64_t>(regions[i].data() - own_base);
    own.size[i] = regions[i].size();
  }
  std::vector<RankMemory> peers;
  const std::vector<RegionOffsets> all = all_gather(team(), own);
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    const auto region = [&](int i) { return std::span(bases_[rank] + all[rank].begin[i], all[rank].size[i]); };
    peers.push_back({region(0), region(1), region(2)});
  }
  for (std::size_t i = 0; i < kFlags; ++i) flags_at(own_base)[i].value.store(0, std::memory_order_relaxed);
  team().barrier();
  return std::make_unique<PullExecution>(team(), program, memory, std::move(peers), bases_, type, reduce_, tap);
}

}  // namespace muster
