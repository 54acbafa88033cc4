// SPDX-License-Identifier: Apache-2.0
// Counting by hand: a dense, a grouped-query and a mixture-of-experts model, each with tensor, pipeline and ZeRO; the
// numbers in the comments are worked out from the formulas of docs/training.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "training/counting/operators.hpp"
#include "training/counting/step_exchanges.hpp"
#include "training/counting/traffic.hpp"

namespace muster {
namespace {

Operator only(const Operators& all, Part part) {
  std::optional<Operator> found;
  for (const Operator& one : all) {
    if (one.part != part) continue;
    EXPECT_FALSE(found.has_value()) << "two of " << part_name(part);
    found = one;
  }
  EXPECT_TRUE(found.has_value()) << "no " << part_name(part);
  return found.value_or(Operator{});
}

void expect_product(const Operator& one, double m, double n, double k, double batch = 1) {
  EXPECT_EQ(one.m, m);
  EXPECT_EQ(one.n, n);
  EXPECT_EQ(one.k, k);
  EXPECT_EQ(one.batch, batch);
  EXPECT_EQ(one.flops, 2 * m * n * k * batch);
}

const CountedExchange* find(const std::vector<CountedExchange>& all, ParallelAxis axis, Collective collective) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const CountedExchange& one) {
    return one.exchange.axis == axis && one.exchange.collective == collective;
  });
  return found == all.end() ? nullptr : &*found;
}

void expect_exchange(const std::vector<CountedExchange>& all, ParallelAxis axis, Collective collective, double bytes,
                     double times, int ranks, int per_node) {
  const CountedExchange* one = find(all, axis, collective);
  ASSERT_NE(one, nullptr) << name_of(axis) << " " << name_of(collective);
  EXPECT_EQ(one->exchange.bytes, bytes) << name_of(axis) << " " << name_of(collective);
  EXPECT_EQ(one->times, times) << name_of(axis) << " " << name_of(collective);
  EXPECT_EQ(one->group.ranks, ranks) << name_of(axis);
  EXPECT_EQ(one->group.per_node, per_node) << name_of(axis);
}

Model dense_model() {
  Model model;
  model.layers = 4;
  model.hidden = 1024;
  model.heads = model.kv_heads = 16;
  model.head_size = 64;
  model.inner = 4096;
  model.vocabulary = 32000;
  model.sequence = 2048;
  return model;
}

/// tensor 2, pipeline 2, data 2, ZeRO-1, four micro-batches.
Layout dense_layout() {
  Layout layout;
  layout.tensor = 2;
  layout.pipeline = 2;
  layout.data = 2;
  layout.micro_batch = 1;
  layout.global_batch = 8;
  layout.sharding = Sharding::optimizer;
  return layout;
}

TEST(Counting, Products_of_a_dense_layer_are_those_of_the_paper_divided_by_the_tensor_group) {
  const Operators all = layer_operators(dense_model(), dense_layout(), LayerKind::dense);
  expect_product(only(all, Part::attention_input), 2048, 3 * 1024 / 2, 1024);
  expect_product(only(all, Part::attention_output), 2048, 1024, 512);
  expect_product(only(all, Part::feed_forward_input), 2048, 2048, 1024);
  expect_product(only(all, Part::feed_forward_output), 2048, 1024, 2048);
  // Half of all pairs: 2 x 2048 tokens x 1024 seen x 8 heads x (64 + 64).
  EXPECT_EQ(only(all, Part::attention_core).flops, 4'294'967'296.0);
  expect_product(only(output_operators(dense_model(), dense_layout()), Part::logits), 2048, 16000, 1024);
}

TEST(Counting, Unfused_attention_multiplies_all_pairs_and_passes_over_the_scores) {
  Layout layout = dense_layout();
  layout.attention = AttentionKernel::unfused;
  double flops = 0;
  double passed = 0;
  for (const Operator& one : layer_operators(dense_model(), layout, LayerKind::dense)) {
    if (one.part == Part::attention_core) flops += one.flops;
    if (one.part == Part::softmax) passed += one.bytes;
  }
  EXPECT_EQ(flops, 2.0 * 2 * 2048 * 2048 * 512);
  EXPECT_EQ(passed, 4.5 * 8 * 2048 * 2048 * 2);
}

TEST(Counting, Flops_per_token_of_a_dense_model_are_24_h2_l_plus_attention_and_logits) {
  const double h = 1024, l = 4, s = 2048, v = 32000;
  EXPECT_DOUBLE_EQ(forward_flops_per_token(dense_model(), 2048, Masked::counted),
                   24 * h * h * l + 4 * s * h * l + 2 * h * v);
  EXPECT_DOUBLE_EQ(forward_flops_per_token(dense_model(), 2048, Masked::left_out),
                   24 * h * h * l + 2 * s * h * l + 2 * h * v);
}

TEST(Counting, Collectives_of_a_dense_step) {
  const auto all = exchanges_of_step(dense_model(), dense_layout(), 8);
  // 2 layers on the first stage, 4 micro-batches, 2 forward and 2 backward each; 2048 x 1024 elements of two bytes.
  expect_exchange(all, ParallelAxis::tensor, Collective::all_reduce, 4'194'304, 32, 2, 2);
  // Each tensor rank sends its half of the rows of one micro-batch on, and gets a gradient for it.
  expect_exchange(all, ParallelAxis::pipeline, Collective::send_recv, 2'097'152, 8, 2, 2);
  // Two layers of 12 h^2 / 2 weights and two norms of 1024, half the embedding; 4 bytes in gradients, 2 in weights.
  const double weights = 2 * (12.0 * 1024 * 1024 / 2 + 2 * 1024) + 32000.0 * 1024 / 2;
  expect_exchange(all, ParallelAxis::data, Collective::reduce_scatter, weights * 4, 1, 2, 2);
  expect_exchange(all, ParallelAxis::data, Collective::all_gather, weights * 2, 1, 2, 2);
  EXPECT_EQ(all.size(), 4U);
}

Model grouped_model() {
  Model model;
  model.layers = 32;
  model.hidden = 4096;
  model.heads = 32;
  model.kv_heads = 8;
  model.head_size = 128;
  model.inner = 14336;
  model.feed_forward = FeedForward::gated;
  model.vocabulary = 128256;
  model.sequence = 8192;
  return model;
}

/// tensor 4 with sequence parallel, pipeline 4 of two chunks, context 2, data 4, ZeRO-1: 128 GPUs.
Layout grouped_layout() {
  Layout layout;
  layout.tensor = 4;
  layout.sequence_parallel = true;
  layout.pipeline = 4;
  layout.virtual_stages = 2;
  layout.context = 2;
  layout.data = 4;
  layout.micro_batch = 1;
  layout.global_batch = 64;
  layout.sharding = Sharding::optimizer;
  return layout;
}

TEST(Counting, Products_of_a_grouped_query_layer) {
  const Operators all = layer_operators(grouped_model(), grouped_layout(), LayerKind::dense);
  expect_product(only(all, Part::attention_input), 4096, (32 + 2 * 8) * 128 / 4, 4096);
  expect_product(only(all, Part::feed_forward_input), 4096, 2 * 14336 / 4, 4096);
  expect_product(only(all, Part::feed_forward_output), 4096, 4096, 14336 / 4);
}

TEST(Counting, Collectives_of_a_grouped_query_step) {
  const auto all = exchanges_of_step(grouped_model(), grouped_layout(), 8);
  const double rows = 4096.0 * 4096 * 2;  // half of 8192 tokens on this context rank, two bytes each
  // 8 layers on the rank, 16 micro-batches; all_gather: 2 forward and 4 backward, reduce_scatter: 2 and 2.
  expect_exchange(all, ParallelAxis::tensor, Collective::all_gather, rows, 16 * 8 * 6, 4, 4);
  expect_exchange(all, ParallelAxis::tensor, Collective::reduce_scatter, rows, 16 * 8 * 4, 4, 4);
  // Keys and values of 2 heads of 128: 4096 x 512 elements, once forward and twice backward.
  expect_exchange(all, ParallelAxis::context, Collective::send_recv, 4096.0 * 512 * 2, 16 * 8 * 3, 2, 2);
  // Two chunks, two directions, 16 micro-batches; a stage is 32 GPUs away.
  expect_exchange(all, ParallelAxis::pipeline, Collective::send_recv, rows / 4, 64, 2, 1);
  // Gradients go over data x context = 8 ranks, 4 apart: two in a node.
  const double attention = (32 + 2 * 8) * 128.0 * 4096 + 4096.0 * 4096;
  const double weights = 8 * ((attention + 3 * 4096.0 * 14336) / 4 + 2 * 4096) + 128256.0 * 4096 / 4;
  expect_exchange(all, ParallelAxis::data, Collective::reduce_scatter, weights * 4, 1, 8, 2);
}

Model expert_model() {
  Model model = grouped_model();
  model.vocabulary = 32000;
  model.sequence = 4096;
  model.experts = Experts{.count = 8, .top_k = 2, .inner = 14336};
  return model;
}

/// tensor 2 with sequence parallel, pipeline 2, data 8, expert 4, ZeRO-1: 32 GPUs.
Layout expert_layout() {
  Layout layout;
  layout.tensor = 2;
  layout.sequence_parallel = true;
  layout.pipeline = 2;
  layout.data = 8;
  layout.expert = 4;
  layout.micro_batch = 1;
  layout.global_batch = 32;
  layout.sharding = Sharding::optimizer;
  return layout;
}

TEST(Counting, Products_of_an_expert_layer_are_spread_over_the_local_experts) {
  const Operators all = layer_operators(expert_model(), expert_layout(), LayerKind::experts);
  // 4096 tokens, split over 2 tensor ranks, two experts each: 4096 copies arrive on 2 local experts.
  expect_product(only(all, Part::router), 2048, 8, 4096);
  expect_product(only(all, Part::expert_input), 2048, 2 * 14336, 4096, 2);
  expect_product(only(all, Part::expert_output), 2048, 4096, 14336, 2);
}

TEST(Counting, Collectives_of_an_expert_step) {
  const auto all = exchanges_of_step(expert_model(), expert_layout(), 8);
  // 16 layers, 4 micro-batches, dispatch and combine forward and backward; 2048 tokens x 2 copies x 4096 x 2 bytes.
  expect_exchange(all, ParallelAxis::expert, Collective::all_to_all, 2048.0 * 2 * 4096 * 2, 4 * 16 * 4, 4, 4);
  // Routed experts take split rows as they are: only attention needs the tensor group.
  expect_exchange(all, ParallelAxis::tensor, Collective::all_gather, 4096.0 * 4096 * 2, 4 * 16 * 3, 2, 2);
  // The two experts of a rank are shared by 16 / 4 ranks, 4 apart.
  const double experts = 16.0 * 2 * 3 * 4096 * 14336;
  expect_exchange(all, ParallelAxis::expert_data, Collective::reduce_scatter, experts * 4, 1, 4, 2);
}

TEST(Counting, Fully_sharded_weights_are_gathered_twice_and_scattered_once_per_layer) {
  Layout layout;
  layout.data = 16;
  layout.global_batch = 32;
  layout.sharding = Sharding::parameters;
  layout.gradient_bytes = 2;
  const auto all = exchanges_of_step(dense_model(), layout, 8);
  const double weights = 12.0 * 1024 * 1024 + 2 * 1024;
  expect_exchange(all, ParallelAxis::data, Collective::all_gather, weights * 2, 2 * 4 * 2, 16, 8);
  expect_exchange(all, ParallelAxis::data, Collective::reduce_scatter, weights * 2, 2 * 4, 16, 8);
}

TEST(Counting, Nodes_that_a_token_meets) {
  EXPECT_DOUBLE_EQ(nodes_met(1, 8), 1);
  EXPECT_DOUBLE_EQ(nodes_met(2, 1), 1);
  EXPECT_DOUBLE_EQ(nodes_met(2, 2), 1.5);  // both experts on one node half of the time
}

TEST(Counting, Layers_that_do_not_divide_are_spread_as_evenly_as_can_be) {
  Model model = grouped_model();
  model.layers = 61;
  Layout layout;
  layout.pipeline = 16;
  int layers = 0;
  for (int stage = 0; stage < 16; ++stage) {
    const int own = stage_layers(model, layout, stage).all;
    EXPECT_TRUE(own == 3 || own == 4) << stage;
    layers += own;
  }
  EXPECT_EQ(layers, 61);
}

TEST(Counting, Lean_ends_hold_one_layer_less) {
  Model model = grouped_model();
  model.layers = 126;
  Layout layout;
  layout.pipeline = 16;
  layout.virtual_stages = 8;
  layout.lean_ends = true;
  int layers = 0;
  for (int stage = 0; stage < 128; ++stage) layers += stage_layers(model, layout, stage).all;
  EXPECT_EQ(layers, 126);
  EXPECT_EQ(stage_layers(model, layout, 0).all, 0);
  EXPECT_EQ(stage_layers(model, layout, 127).all, 0);
  EXPECT_EQ(stage_layers(model, layout, 64).all, 1);
}

}  // namespace
}  // namespace muster
