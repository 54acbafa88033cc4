// SPDX-License-Identifier: Apache-2.0
// Memory counted by hand: activations of a layer against Korthikanti et al. 2022, states under ZeRO, pipelines.
#include "training/counting/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/training/training_samples.hpp"
#include "training/accelerators.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kSbh = 32 * 64;  // tokens x hidden of small_dense()

Layout tensor_2() {
  Layout layout;
  layout.tensor = 2;
  layout.attention = AttentionKernel::unfused;
  return layout;
}

TEST(LayerMemory, OfADenseLayerIsKorthikantisFormula) {
  const Model model = small_dense();
  const double scores = 5 * 4 * 32 / 64.0;  // 5 a s / h
  Layout layout = tensor_2();
  EXPECT_EQ(kept_bytes(model, layout, LayerKind::dense), kSbh * (10 + 24 / 2.0 + scores / 2));
  layout.sequence_parallel = true;
  EXPECT_EQ(kept_bytes(model, layout, LayerKind::dense), kSbh * (34 + scores) / 2);
  layout.recompute = Recompute::selective;
  EXPECT_EQ(kept_bytes(model, layout, LayerKind::dense), kSbh * 34 / 2);
  layout.recompute = Recompute::full;
  EXPECT_EQ(kept_bytes(model, layout, LayerKind::dense), kSbh * 2 / 2);
}

TEST(LayerMemory, OfAGroupedLayerIsTheSumOfItsTensors) {
  Layout layout;
  layout.tensor = 2;
  layout.sequence_parallel = true;
  const double norms = 2 * (32 * 64 * 4);                   // two inputs of two bytes each, of 32 of the 64 tokens
  const double attention = 64 * 2 * ((4 + 2) * 8 + 4 * 8);  // 4 query heads, 1 of keys and of values, the output
  const double sums = 64 * 4 * 4;                           // fp32, per token and head
  const double feed_forward = 64 * 2 * (3 * 64);            // gate, up and product, half of 128 each
  EXPECT_EQ(kept_bytes(small_grouped(), layout, LayerKind::dense), norms + attention + sums + feed_forward);
}

TEST(LayerMemory, OfAnExpertLayerIsTheSumOfItsTensors) {
  Layout layout;
  layout.data = layout.expert = 4;
  const double norms = 2 * (64 * 64 * 4);
  const double attention = 64 * 2 * (3 * 64 + 64);
  const double sums = 64 * 4 * 8;
  const double copies = 64 * 2;
  const double experts = copies * 2 * (64 + 3 * 32 + 64);  // what arrives, three inner rows, what goes back
  const double router = 64 * 8 * (4 + 4);
  EXPECT_EQ(kept_bytes(small_experts(), layout, LayerKind::experts), norms + attention + sums + experts + router);
}

TEST(LayerMemory, EightBitOperandsHalveWhatProductsKeep) {
  Layout layout;
  const double whole = kept_bytes(small_grouped(), layout, LayerKind::dense);
  layout.precision = Precision::fp8;
  // Inputs of the four products: two norms, attention's output, the activation.
  EXPECT_EQ(whole - kept_bytes(small_grouped(), layout, LayerKind::dense), 64 * (64 + 64 + 64 + 128));
}

TEST(LayerMemory, LatentAttentionKeepsItsNarrowRowsOnEveryRank) {
  Model model = small_grouped();
  Layout layout;
  const double plain = kept_bytes(model, layout, LayerKind::dense);
  model.latent =
      LatentAttention{.query_rank = 24, .key_value_rank = 16, .plain_size = 8, .rotary_size = 4, .value_size = 8};
  // 12 per query and key and 8 per value of 8 heads, and the narrow rows, instead of 8 queries and 2 x 2 of the rest.
  EXPECT_EQ(kept_bytes(model, layout, LayerKind::dense) - plain, 64 * 2 * (24 + 16 + 4 + 8 * (12 + 12 + 8) - 12 * 8));
}

TEST(ChunksInFlight, AreStagesBehindAndTheInterleavingFactor) {
  Layout layout;
  layout.pipeline = 4;
  layout.global_batch = 64;
  EXPECT_EQ(chunks_in_flight(layout, 0), 4);
  EXPECT_EQ(chunks_in_flight(layout, 3), 1);
  layout.virtual_stages = 3;
  // Korthikanti et al., section 4.2.3: L / (p v) layers per chunk, L (1 + (p - 1) / (p v)) layers in all.
  EXPECT_EQ(chunks_in_flight(layout, 0), 4 * 3 * (1 + 3.0 / (4 * 3)));
  layout.global_batch = 4;
  EXPECT_EQ(chunks_in_flight(layout, 0), 4 * 3) << "no more than there are";
  layout.virtual_stages = 1;
  layout.global_batch = 64;
  layout.schedule = PipelineSchedule::gpipe;
  EXPECT_EQ(chunks_in_flight(layout, 0), 64);
  layout.schedule = PipelineSchedule::zero_bubble;
  EXPECT_EQ(chunks_in_flight(layout, 3), 4) << "weight gradients wait, and what they need with them";
  layout.global_batch = 2;
  EXPECT_EQ(chunks_in_flight(layout, 3), 2);
}

// Weights of one GPU: 4 layers of (10240 + 24576) / 2 + 128, and half of the words twice; 64 scales of the last norm.
constexpr double kGroupedWeights = 4 * 17536 + 2 * 8192;
constexpr double kLastNorm = 64;

TEST(States, OfAGroupedModelShrinkWithEachStageOfZero) {
  Layout layout;
  layout.tensor = 2;
  layout.data = 4;
  const auto expect = [&](Sharding sharding, double weights, double gradients, double optimizer) {
    layout.sharding = sharding;
    const MemoryUse use = memory_use(small_grouped(), layout, 0);
    EXPECT_NEAR(use.weights, weights * kGroupedWeights, weights * kLastNorm);
    EXPECT_NEAR(use.gradients, gradients * kGroupedWeights, gradients * kLastNorm);
    EXPECT_NEAR(use.optimizer, optimizer * kGroupedWeights, optimizer * kLastNorm);
  };
  expect(Sharding::none, 2, 4, 12);
  expect(Sharding::optimizer, 2, 4, 12 / 4.0);
  expect(Sharding::gradients, 2, 4 / 4.0, 12 / 4.0);
  expect(Sharding::parameters, 4 / 4.0, 4 / 4.0, 8 / 4.0);
  layout.shard_group = 2;
  expect(Sharding::parameters, 4 / 2.0, 4 / 2.0, 8 / 2.0);
  layout.shard_group = 0;
  layout.precision = Precision::fp32;
  expect(Sharding::none, 4, 4, 8);
}

TEST(States, OfExpertsAreDividedOverTheRanksThatShareThem) {
  Layout layout;
  layout.data = 8;
  layout.expert = 4;
  layout.sharding = Sharding::optimizer;
  const double dense = 4 * (4 * 64 * 64 + 64 * 8 + 128) + 2 * 256 * 64;
  const double experts = 4 * (8 / 4) * 3 * 64 * 32;
  const MemoryUse use = memory_use(small_experts(), layout, 0);
  EXPECT_NEAR(use.weights, 2 * (dense + experts), 2 * kLastNorm);
  EXPECT_NEAR(use.optimizer, 12 * (dense / 8 + experts / 2), 12 * kLastNorm / 8);
}

TEST(StageMemory, FirstStageHoldsMicroBatchesAndLastStageLogits) {
  Layout layout = tensor_2();
  layout.pipeline = 2;
  layout.global_batch = 8;
  const double layer = kept_bytes(small_dense(), layout, LayerKind::dense);
  const MemoryUse first = memory_use(small_dense(), layout, 0);
  const MemoryUse last = memory_use(small_dense(), layout, 1);
  EXPECT_EQ(first.activations, 2 * (2 * layer + kSbh)) << "two micro-batches of two layers, and the embedding's masks";
  EXPECT_EQ(first.logits, 0);
  EXPECT_EQ(last.activations, 2 * layer);
  EXPECT_EQ(last.logits, 2 * 2 * kSbh + 4 * 32 * 512 / 2) << "inputs of norm and projection; logits and their gradient";
}

TEST(StageMemory, WorkingSpaceIsRowsAndTheGradientOfTheLargestMatrix) {
  Layout layout = tensor_2();
  const double rows = 4 * kSbh * 2;
  EXPECT_EQ(memory_use(small_dense(), layout, 0).working, rows + (2 + 4) * 256 * 64 / 2);
  layout.pipeline = 2;
  EXPECT_EQ(memory_use(small_dense(), layout, 0).working, rows + (2 + 4) * 256 * 64 / 2 + 2 * (2 * kSbh / 2))
      << "and what comes from either side, a share of each tensor rank";
  Layout routed;
  routed.data = routed.expert = 4;
  EXPECT_EQ(memory_use(small_experts(), routed, 0).working, 4 * 64 * 64 * 2 + (2 + 4) * 2 * 2 * 32 * 64);
}

TEST(StageMemory, WorkingSpaceOfFsdpHoldsThreeLayersAndTheWords) {
  Layout layout;
  layout.data = 4;
  const double none = memory_use(small_grouped(), layout, 0).working;
  layout.sharding = Sharding::parameters;
  EXPECT_EQ(memory_use(small_grouped(), layout, 0).working - none, 3 * 2 * (10240 + 24576 + 128) + 2 * 2 * 256 * 64);
}

TEST(StageMemory, WorkingSpaceHoldsTheLayerThatIsRecomputed) {
  Layout layout = tensor_2();
  const MemoryUse none = memory_use(small_dense(), layout, 0);
  const double layer = kept_bytes(small_dense(), layout, LayerKind::dense);
  layout.recompute = Recompute::full;
  EXPECT_EQ(memory_use(small_dense(), layout, 0).working, none.working + layer);
  layout.recompute = Recompute::none;
  layout.fused_loss = false;
  layout.micro_batch = layout.global_batch = 64;
  EXPECT_EQ(memory_use(small_dense(), layout, 0).working, 64 * 32 * 512 / 2 * 12.0) << "three fp32 copies of logits";
}

TEST(StageMemory, PeakIsTheFullestStage) {
  Layout layout = tensor_2();
  layout.pipeline = 4;
  layout.global_batch = 8;
  EXPECT_EQ(peak_memory(small_dense(), layout).pipeline_rank, 0);
  Model wordy = small_dense();
  wordy.vocabulary = 65536;
  wordy.tied = false;
  EXPECT_EQ(peak_memory(wordy, layout).pipeline_rank, 3);
}

TEST(MemoryRefusals, SayWhichStageNeedsHowMuchForWhat) {
  Layout layout = tensor_2();
  Accelerator accelerator = *find_accelerator("H100 SXM");
  EXPECT_EQ(memory_refusal(small_dense(), layout, accelerator), "");
  accelerator.memory = {1000};
  EXPECT_THAT(memory_refusal(small_dense(), layout, accelerator),
              AllOf(HasSubstr("pipeline rank 0 needs 0.0 GB of 0.0 GB"), HasSubstr("activations")));
}

}  // namespace
}  // namespace muster
