// SPDX-License-Identifier: Apache-2.0
#include "training/timing/pipeline.hpp"

#include <algorithm>
#include <cstddef>

#include "core/error.hpp"

namespace muster {
namespace {

struct Pass {
  int stage;
  int micro;
  bool forward;
};

/// The `index`-th forward pass of a rank with several chunks: `ranks` micro-batches of one chunk, then of the next.
/// Source: Narayanan et al. 2021, figure 4; Megatron-LM's interleaved schedule.
Pass interleaved(int index, int rank, int ranks, int chunks, bool forward) {
  const int round = index / (ranks * chunks);
  const int within = index % (ranks * chunks);
  const int chunk = forward ? within / ranks : chunks - 1 - within / ranks;
  return {.stage = chunk * ranks + rank, .micro = round * ranks + within % ranks, .forward = forward};
}

/// Forward passes that a rank does before its first backward pass.
int warm_up(const Pipeline& pipeline, int rank, int chunks) {
  const int all = pipeline.micro_batches * chunks;
  if (pipeline.schedule == PipelineSchedule::gpipe) return all;
  if (chunks == 1) return std::min(all, pipeline.ranks - rank - 1);
  return std::min(all, (pipeline.ranks - rank - 1) * 2 + (chunks - 1) * pipeline.ranks);
}

std::vector<Pass> order_of(const Pipeline& pipeline, int rank, int chunks) {
  const int all = pipeline.micro_batches * chunks;
  const auto pass = [&](int index, bool forward) {
    if (chunks == 1) return Pass{.stage = rank, .micro = index, .forward = forward};
    return interleaved(index, rank, pipeline.ranks, chunks, forward);
  };
  std::vector<Pass> order;
  order.reserve(static_cast<std::size_t>(2 * all));
  const int ahead = warm_up(pipeline, rank, chunks);
  for (int i = 0; i < ahead; ++i) order.push_back(pass(i, true));
  for (int i = ahead; i < all; ++i) {
    order.push_back(pass(i, true));
    order.push_back(pass(i - ahead, false));
  }
  for (int i = all - ahead; i < all; ++i) order.push_back(pass(i, false));
  return order;
}

class Play {
 public:
  explicit Play(const Pipeline& pipeline)
      : pipeline_(pipeline),
        chunks_(static_cast<int>(pipeline.stages.size()) / pipeline.ranks),
        lag_(pipeline.send),
        pause_(pipeline.send * pipeline.busy_share),
        ranks_(static_cast<std::size_t>(pipeline.ranks)) {
    MUSTER_ASSERT(chunks_ >= 1 && pipeline.micro_batches >= 1);
    const std::size_t passes = pipeline.stages.size() * static_cast<std::size_t>(pipeline.micro_batches);
    forward_.assign(passes, kNever);
    backward_.assign(passes, kNever);
    for (int rank = 0; rank < pipeline.ranks; ++rank) at(rank).order = order_of(pipeline, rank, chunks_);
  }

  PipelineTime run() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (int rank = 0; rank < pipeline_.ranks; ++rank) moved |= advance(rank);
    }
    PipelineTime time;
    for (int rank = 0; rank < pipeline_.ranks; ++rank) {
      RankState& state = at(rank);
      MUSTER_ASSERT(state.next == state.order.size());  // the schedule has no deadlock
      while (state.owed > 0) do_weights(rank);
      time.total = std::max(time.total, state.clock);
      time.busiest = std::max(time.busiest, state.busy);
    }
    time.drain = pipeline_.stages.front().backward;
    return time;
  }

 private:
  static constexpr double kNever = -1;
  struct RankState {
    std::vector<Pass> order = {};
    std::size_t next = 0;
    double clock = 0;
    double busy = 0;
    int owed = 0;  ///< weight gradients put off
  };

  RankState& at(int rank) { return ranks_[static_cast<std::size_t>(rank)]; }
  double& slot(std::vector<double>& ends, int stage, int micro) {
    return ends[static_cast<std::size_t>(stage) * static_cast<std::size_t>(pipeline_.micro_batches) +
                static_cast<std::size_t>(micro)];
  }
  const StageTime& stage(int index) const { return pipeline_.stages[static_cast<std::size_t>(index)]; }
  bool puts_off() const { return pipeline_.schedule == PipelineSchedule::zero_bubble; }

  /// When the pass's input is there; kNever: not known yet.
  double ready(const Pass& pass) {
    const int last = static_cast<int>(pipeline_.stages.size()) - 1;
    if (pass.forward) {
      if (pass.stage == 0) return 0;
      const double end = slot(forward_, pass.stage - 1, pass.micro);
      return end == kNever ? kNever : end + lag_;
    }
    const double end =
        pass.stage == last ? slot(forward_, last, pass.micro) : slot(backward_, pass.stage + 1, pass.micro);
    if (end == kNever) return kNever;
    return pass.stage == last ? end : end + lag_;
  }

  void do_weights(int rank) {
    RankState& state = at(rank);
    state.clock += stage(rank).weights;
    state.busy += stage(rank).weights;
    --state.owed;
  }

  bool advance(int rank) {
    RankState& state = at(rank);
    bool moved = false;
    while (state.next < state.order.size()) {
      const Pass& pass = state.order[state.next];
      const double from = ready(pass);
      if (from == kNever) break;
      // ZB-H1 (Qi et al. 2023): idle time goes to weight gradients; a rank may owe as many as its place in the
      // pipeline.
      while (state.owed > 0 && (state.clock + stage(rank).weights <= from || state.owed > rank)) do_weights(rank);
      begin(state, pass, from);
      moved = true;
    }
    return moved;
  }

  void begin(RankState& state, const Pass& pass, double from) {
    const StageTime& cost = stage(pass.stage);
    const bool split = !pass.forward && puts_off();
    const double work = pass.forward ? cost.forward : cost.backward - (split ? cost.weights : 0);
    state.clock = std::max(state.clock, from) + work;
    state.busy += work;
    slot(pass.forward ? forward_ : backward_, pass.stage, pass.micro) = state.clock;
    state.clock += pause_;
    if (split) ++state.owed;
    ++state.next;
  }

  const Pipeline& pipeline_;
  int chunks_;
  double lag_;
  double pause_;
  std::vector<RankState> ranks_;
  std::vector<double> forward_, backward_;  ///< ends, by stage and micro-batch
};

/// One rank does everything in turn.
PipelineTime alone(const Pipeline& pipeline) {
  PipelineTime time;
  for (const StageTime& stage : pipeline.stages) time.total += stage.forward + stage.backward;
  time.total *= pipeline.micro_batches;
  time.busiest = time.total;
  time.drain = pipeline.stages.front().backward;
  return time;
}

}  // namespace

PipelineTime play_whole(const Pipeline& pipeline) {
  return pipeline.ranks == 1 ? alone(pipeline) : Play(pipeline).run();
}

PipelineTime play(const Pipeline& pipeline) {
  const int rounds = pipeline.micro_batches / pipeline.ranks;
  if (pipeline.ranks == 1 || rounds <= kPlayedRounds) return play_whole(pipeline);
  Pipeline shorter = pipeline;
  shorter.micro_batches -= (rounds - kPlayedRounds) * pipeline.ranks;
  const PipelineTime longest = Play(shorter).run();
  shorter.micro_batches -= pipeline.ranks;
  const PipelineTime before = Play(shorter).run();
  PipelineTime time = longest;
  time.total += (rounds - kPlayedRounds) * (longest.total - before.total);
  time.busiest += (rounds - kPlayedRounds) * (longest.busiest - before.busiest);
  return time;
}

}  // namespace muster
