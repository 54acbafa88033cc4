// SPDX-License-Identifier: Apache-2.0
// The pipeline played against the formulas of the papers, and long plays against their periodic continuation.
#include "training/timing/pipeline.hpp"

#include <gtest/gtest.h>

#include <random>

namespace muster {
namespace {

Pipeline even(int ranks, int chunks, int micro_batches, double forward = 1, double backward = 2) {
  Pipeline pipeline{.ranks = ranks, .micro_batches = micro_batches};
  pipeline.stages.assign(static_cast<std::size_t>(ranks * chunks),
                         {.forward = forward / chunks, .backward = backward / chunks, .weights = 1.0 / chunks});
  return pipeline;
}

TEST(Pipeline, Even_stages_without_sends_take_the_bubble_of_Narayanan) {
  for (const int ranks : {1, 2, 4, 8}) {
    for (const int chunks : {1, 2, 4}) {
      const int micro_batches = 4 * ranks;
      const double bubble = (ranks - 1.0) / chunks;
      EXPECT_NEAR(play_whole(even(ranks, chunks, micro_batches)).total, (micro_batches + bubble) * 3, 1e-9)
          << ranks << " ranks, " << chunks << " chunks";
    }
  }
}

TEST(Pipeline, Gpipe_has_the_bubble_of_one_forward_one_backward) {
  Pipeline pipeline = even(4, 1, 12);
  pipeline.schedule = PipelineSchedule::gpipe;
  EXPECT_NEAR(play_whole(pipeline).total, (12 + 3) * 3, 1e-9);
}

TEST(Pipeline, Zero_bubble_leaves_a_third) {
  // Equal forward, input-gradient and weight-gradient passes: (p - 1)(F + B - W) of (p - 1)(F + B + W).
  Pipeline pipeline = even(4, 1, 16);
  pipeline.schedule = PipelineSchedule::zero_bubble;
  const PipelineTime time = play_whole(pipeline);
  EXPECT_NEAR(time.total - 16 * 3, 3 * 1, 1e-9);
  EXPECT_NEAR(time.busiest, 16 * 3, 1e-9);
}

TEST(Pipeline, The_slowest_stage_sets_the_pace) {
  Pipeline pipeline = even(4, 1, 40);
  pipeline.stages.back().forward = 1.5;
  const PipelineTime time = play_whole(pipeline);
  EXPECT_GE(time.total, 40 * 3.5);
  EXPECT_LT(time.total, 40 * 3.5 + 4 * 3.5);
  EXPECT_NEAR(time.busiest, 40 * 3.5, 1e-9);
}

TEST(Pipeline, Sends_lengthen_the_fill_and_waiting_for_them_every_pass) {
  Pipeline pipeline = even(2, 1, 8);
  pipeline.send = 0.1;
  pipeline.busy_share = 0;
  const double asides = play_whole(pipeline).total;
  pipeline.busy_share = 1;
  const double waits = play_whole(pipeline).total;
  EXPECT_GT(asides, (8 + 1) * 3);
  EXPECT_NEAR(waits - (8 + 1) * 3, 2 * 8 * 0.1, 0.4);
  EXPECT_GT(waits, asides);
}

TEST(Pipeline, Long_plays_are_continued_by_their_period) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> spread(0.5, 1.5);
  for (int trial = 0; trial < 40; ++trial) {
    const int ranks = 2 << (trial % 3);
    const int chunks = 1 << (trial % 4);
    Pipeline pipeline = even(ranks, chunks, 10 * ranks + (chunks == 1 ? trial % ranks : 0));
    for (StageTime& stage : pipeline.stages) stage = {.forward = spread(random), .backward = 2 * spread(random)};
    pipeline.send = trial % 2 == 0 ? 0 : 0.1;
    const double whole = play_whole(pipeline).total;
    EXPECT_NEAR(play(pipeline).total, whole, 0.01 * whole) << "trial " << trial;
    EXPECT_NEAR(play(pipeline).busiest, play_whole(pipeline).busiest, 1e-6) << "trial " << trial;
  }
}

TEST(Pipeline, Pipelines_with_slow_ends_are_continued_exactly) {
  for (const int chunks : {1, 2, 8}) {
    Pipeline pipeline = even(8, chunks, 96);
    pipeline.stages.front().forward *= 1.1;
    pipeline.stages.back().forward *= 1.4;
    pipeline.stages.back().backward *= 1.4;
    EXPECT_NEAR(play(pipeline).total, play_whole(pipeline).total, 1e-9) << chunks;
  }
}

}  // namespace
}  // namespace muster
