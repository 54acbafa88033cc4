// SPDX-License-Identifier: Apache-2.0
// How long a pipeline takes for all micro-batches of a step: its schedule played out, stage by stage, with the time of
// each stage and of the sends between them. Uneven stages need no formula.
#pragma once

#include <vector>

#include "core/units.hpp"
#include "training/layout.hpp"

namespace muster {

/// One model chunk; chunk c of rank r is stage c * ranks + r.
struct StageTime {
  double forward = 0;   ///< s per micro-batch
  double backward = 0;  ///< s per micro-batch, gradients of inputs and weights
  double weights = 0;   ///< s of `backward` that only the weights' gradient needs (zero bubble moves it)
};

struct Pipeline {
  PipelineSchedule schedule = PipelineSchedule::one_forward_one_backward;
  int ranks = 1;
  int micro_batches = 1;
  std::vector<StageTime> stages = {};  ///< ranks x virtual stages
  double send = 0;                     ///< s per boundary and micro-batch, either direction
  double busy_share = 1;               ///< of `send`, during which sender and receiver compute nothing
};

struct PipelineTime {
  double total = 0;    ///< s until the last rank is done
  double busiest = 0;  ///< s that the busiest rank computes
  double drain = 0;    ///< s between the first rank's last backward pass start and its end: what can hide a reduction
};

/// Schedules longer than a few rounds of the pipeline repeat themselves: they are played for kPlayedRounds rounds and
/// continued by their period (exact once it is reached; pipeline_test compares with the whole play).
PipelineTime play(const Pipeline& pipeline);
PipelineTime play_whole(const Pipeline& pipeline);

inline constexpr int kPlayedRounds = 4;

}  // namespace muster
