// SPDX-License-Identifier: Apache-2.0
// Plays the programs one after the other (channel by channel, round by round, rank by rank: an order that is right,
// because no rank overwrites in a round what it sends in it) and notes who touched which bytes last. Where programs do
// not meet in memory, nodes stay free to run at the same time.
#include "collectives/transports/gpu_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"

namespace muster {
namespace {

using Address = std::uintptr_t;

/// Who wrote each byte last, and who has read it since.
class Accesses {
 public:
  /// Adds to `after` the nodes that must precede `node` because it reads [place, place + bytes).
  void read(const std::byte* place, std::uint64_t bytes, int node, std::vector<int>& after) {
    for_each_stretch(place, bytes, [&](Stretch& stretch) {
      if (stretch.writer != kNobody) after.push_back(stretch.writer);
      stretch.readers.push_back(node);
    });
  }

  /// Readers come after the last writer, so that whoever writes next need only wait for them.
  void write(const std::byte* place, std::uint64_t bytes, int node, std::vector<int>& after) {
    for_each_stretch(place, bytes, [&](const Stretch& stretch) {
      if (stretch.readers.empty() && stretch.writer != kNobody) after.push_back(stretch.writer);
      for (const int reader : stretch.readers) {
        if (reader != node) after.push_back(reader);
      }
    });
    const auto begin = reinterpret_cast<Address>(place);
    stretches_.erase(stretches_.find(begin), stretches_.lower_bound(begin + bytes));
    stretches_[begin] = {begin + bytes, node, {}};
  }

 private:
  static constexpr int kNobody = -1;

  struct Stretch {
    Address end = 0;
    int writer = kNobody;
    std::vector<int> readers{};
  };
  using Stretches = std::map<Address, Stretch>;

  /// Cuts the stretch that `at` lies inside of in two.
  void cut(Address at) {
    auto next = stretches_.upper_bound(at);
    if (next == stretches_.begin()) return;
    const auto holder = std::prev(next);
    if (holder->first == at || holder->second.end <= at) return;
    Stretch rest = holder->second;
    holder->second.end = at;
    stretches_.emplace_hint(next, at, std::move(rest));
  }

  /// Every stretch of the range, gaps filled by stretches that nobody has touched.
  template <typename Action>
  void for_each_stretch(const std::byte* place, std::uint64_t bytes, Action action) {
    auto at = reinterpret_cast<Address>(place);
    const Address end = at + bytes;
    cut(at);
    cut(end);
    while (at < end) {
      auto stretch = stretches_.lower_bound(at);
      if (stretch == stretches_.end() || stretch->first > at) {
        const Address gap_end = stretch == stretches_.end() ? end : std::min(end, stretch->first);
        stretch = stretches_.emplace_hint(stretch, at, Stretch{gap_end});
      }
      action(stretch->second);
      at = stretch->second.end;
    }
  }

  Stretches stretches_;  ///< begin -> stretch, disjoint
};

class Planning {
 public:
  explicit Planning(std::span<const GpuRank> ranks) : ranks_(ranks) {}

  GpuPlan run() {
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) add_copies(rank, ranks_[rank].program->own_copies);
    const std::size_t channels = ranks_.front().program->channels.size();
    for (std::size_t channel = 0; channel < channels; ++channel) play(channel);
    return std::move(plan_);
  }

 private:
  void play(std::size_t channel) {
    std::vector<std::size_t> next(ranks_.size(), 0);
    for (int round = 0; round < ranks_.front().program->rounds[channel]; ++round) {
      for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
        const std::vector<Step>& steps = ranks_[rank].program->channels[channel];
        if (next[rank] == steps.size() || steps[next[rank]].round != round) continue;
        receive(rank, channel, steps[next[rank]++]);
      }
    }
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      add_copies(rank, ranks_[rank].program->closing_copies[channel]);
    }
  }

  void receive(std::size_t rank, std::size_t channel, const Step& step) {
    const GpuRank& mine = ranks_[rank];
    std::byte* staging = mine.staging.data() + channel % kChannelsInFlight * (mine.staging.size() / kChannelsInFlight);
    for (const Message& message : step.receives) {
      const RankMemory& source = ranks_[static_cast<std::size_t>(message.peer)].memory;
      const bool is_far = std::ranges::binary_search(mine.unreadable, message.peer);
      for (const Move& move : message.moves) {
        const std::byte* from = source.at(move.from);
        if (message.combine == Combine::copy) {
          add({.rank = static_cast<int>(rank), .to = mine.memory.at(move.to), .from = from, .bytes = move.bytes});
          continue;
        }
        if (is_far) {
          add({.rank = static_cast<int>(rank), .to = staging, .from = from, .bytes = move.bytes});
          from = staging;
          staging += move.bytes;
        }
        add({static_cast<int>(rank), Combine::reduce, mine.memory.at(move.to), mine.memory.at(move.own), from,
             move.bytes});
      }
    }
  }

  void add_copies(std::size_t rank, const std::vector<Move>& moves) {
    const RankMemory& memory = ranks_[rank].memory;
    for (const Move& move : moves) {
      add({.rank = static_cast<int>(rank),
           .to = memory.at(move.to),
           .from = memory.at(move.from),
           .bytes = move.bytes});
    }
  }

  void add(GpuNode node) {
    if (node.bytes == 0 || (node.combine == Combine::copy && node.to == node.from)) return;
    const int index = static_cast<int>(plan_.size());
    accesses_.read(node.from, node.bytes, index, node.after);
    if (node.combine == Combine::reduce) accesses_.read(node.own, node.bytes, index, node.after);
    accesses_.write(node.to, node.bytes, index, node.after);
    keep_nearest(node.after);
    plan_.push_back(std::move(node));
  }

  /// Drops what another one of the list waits for anyway. The search is bounded: an edge too many costs little.
  void keep_nearest(std::vector<int>& after) const {
    constexpr std::size_t kFarEnough = 64;  ///< ancestors looked at, latest first
    std::ranges::sort(after);
    after.erase(std::unique(after.begin(), after.end()), after.end());
    if (after.size() < 2) return;
    std::set<int> ancestors;
    const auto add_parents = [&](int node) {
      for (const int parent : plan_[static_cast<std::size_t>(node)].after) {
        if (parent >= after.front()) ancestors.insert(parent);
      }
    };
    std::ranges::for_each(after, add_parents);
    std::size_t looked_at = 0;
    for (auto node = ancestors.rbegin(); node != ancestors.rend() && looked_at < kFarEnough; ++node, ++looked_at) {
      add_parents(*node);  // parents are smaller, so they are met later
    }
    std::erase_if(after, [&](int node) { return ancestors.contains(node); });
  }

  std::span<const GpuRank> ranks_;
  Accesses accesses_;
  GpuPlan plan_;
};

}  // namespace

std::uint64_t staging_bytes(const Program& program, std::span<const int> unreadable) {
  std::uint64_t largest = 0;
  for (const std::vector<Step>& steps : program.channels) {
    for (const Step& step : steps) {
      std::uint64_t bytes = 0;
      for (const Message& message : step.receives) {
        const bool is_far = std::ranges::binary_search(unreadable, message.peer);
        if (is_far && message.combine == Combine::reduce) bytes += message.bytes;
      }
      largest = std::max(largest, bytes);
    }
  }
  constexpr std::uint64_t kLine = 64;  ///< slots start at cache lines, so that sums can load 16 bytes at a time
  return (largest + kLine - 1) / kLine * kLine * kChannelsInFlight;
}

GpuPlan plan_gpu(std::span<const GpuRank> ranks) {
  MUSTER_ASSERT(!ranks.empty());
  return Planning(ranks).run();
}

Bytes memory_traffic(const GpuPlan& plan) {
  std::uint64_t bytes = 0;
  for (const GpuNode& node : plan) bytes += node.bytes * (node.combine == Combine::reduce ? 3 : 2);
  return {bytes};
}

}  // namespace muster
