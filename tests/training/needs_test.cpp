// SPDX-License-Identifier: Apache-2.0
// What a step asks of a machine, and which part of it a launch can measure.
#include "training/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/training/training_samples.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Bytes kAnySize{std::uint64_t{1} << 40};

TrainingNeeds needs(const Model& model, const Layout& layout, int gpus_per_node = 2) {
  return needs_of(model, layout, gpus_per_node, Precision::bf16);
}

std::vector<std::string> texts(const std::vector<NeededProduct>& products) {
  std::vector<std::string> all;
  for (const NeededProduct& one : products) all.push_back(text_of(one));
  return all;
}

std::vector<std::string> texts(const std::vector<NeededExchange>& exchanges) {
  std::vector<std::string> all;
  for (const NeededExchange& one : exchanges) all.push_back(text_of(one));
  return all;
}

TEST(TrainingNeeds, Each_linear_layer_is_three_products) {
  const Layout layout{.tensor = 2};
  const TrainingNeeds found = needs(small_dense(), layout);
  // 32 tokens; queries, keys and values of 2 heads of 16 are 96 columns of 64.
  EXPECT_EQ(text_of(found.products[0]), "32 x 96 x 64 in bf16");
  EXPECT_EQ(text_of(found.products[1]), "32 x 64 x 96 in bf16");
  EXPECT_EQ(text_of(found.products[2]), "64 x 96 x 32 in bf16");
  EXPECT_EQ(found.products[2].pass, ProductPass::weight_gradient);
  EXPECT_EQ(found.products[0].use, "attention input, forward");
  EXPECT_THAT(texts(found.products), Contains("32 x 256 x 64 in bf16"));  // logits: half of 512 words
}

TEST(TrainingNeeds, No_shape_and_no_collective_is_there_twice) {
  const Layout layout{.data = 4,
                      .tensor = 2,
                      .sequence_parallel = true,
                      .pipeline = 2,
                      .sharding = Sharding::optimizer,
                      .micro_batch = 1,
                      .global_batch = 8};
  const TrainingNeeds found = needs(small_experts(), layout);
  for (auto list : {texts(found.products), texts(found.exchanges)}) {
    const std::size_t all = list.size();
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
    EXPECT_EQ(list.size(), all);
  }
  for (std::size_t i = 0; i < found.products.size(); ++i) EXPECT_EQ(found.products[i].place, i);
  for (std::size_t i = 0; i < found.exchanges.size(); ++i) EXPECT_EQ(found.exchanges[i].place, i);
}

TEST(TrainingNeeds, Router_and_logits_stay_in_16_bits) {
  const Layout layout{.precision = Precision::fp8};
  for (const NeededProduct& one : needs(small_experts(), layout).products) {
    const bool is_wide = one.use.starts_with("router") || one.use.starts_with("logits");
    EXPECT_EQ(one.precision, is_wide ? Precision::bf16 : Precision::fp8) << one.use;
  }
}

TEST(TrainingNeeds, The_groups_are_those_of_the_layout) {
  const Layout layout{.data = 4, .tensor = 2, .pipeline = 2, .micro_batch = 1, .global_batch = 4};
  // 32 tokens x 64 x 2 bytes; the boundary is split over the tensor ranks.
  const TrainingNeeds found = needs(small_dense(), layout);
  EXPECT_EQ(text_of(found.exchanges[0]), "all_reduce of 2 ranks, 2 per node, 0.003906 MiB");
  EXPECT_EQ(text_of(found.exchanges[1]), "send_recv of 2 ranks, 1 per node, 0.001953 MiB");
  EXPECT_THAT(texts(found.exchanges), Contains(HasSubstr("all_reduce of 4 ranks, 1 per node")));
}

TEST(MeasurableNeeds, A_launch_of_one_node_leaves_out_what_crosses_nodes) {
  const Layout layout{.data = 4, .tensor = 2, .micro_batch = 1, .global_batch = 4};
  const Measurable found = measurable_on(needs(small_dense(), layout), {.ranks = 2, .per_node = 2}, kAnySize);
  ASSERT_EQ(found.exchanges.size(), 1U);
  EXPECT_EQ(found.exchanges.front().size, Bytes{4096});
  EXPECT_THAT(found.left_out, ElementsAre(HasSubstr("the launch is within a node")));
  EXPECT_THAT(found.borrowed, IsEmpty());
}

std::string text_of(const Group& group) {
  return std::to_string(group.ranks) + " ranks, " + std::to_string(group.per_node) + " per node, stride " +
         std::to_string(group.stride);
}

TEST(MeasurableNeeds, A_launch_over_nodes_forms_the_groups_of_the_layout) {
  const Layout layout{.data = 4, .tensor = 2, .micro_batch = 1, .global_batch = 4};
  const Measurable found = measurable_on(needs(small_dense(), layout), {.ranks = 8, .per_node = 2}, kAnySize);
  ASSERT_EQ(found.exchanges.size(), 2U);
  EXPECT_EQ(text_of(found.exchanges[0].group), "2 ranks, 2 per node, stride 1");
  EXPECT_EQ(text_of(found.exchanges[1].group), "4 ranks, 1 per node, stride 2");
  EXPECT_THAT(found.left_out, IsEmpty());
  EXPECT_THAT(found.borrowed, IsEmpty());
}

TEST(MeasurableNeeds, A_smaller_launch_forms_the_largest_groups_of_that_kind) {
  const Layout layout{.data = 8, .tensor = 4, .micro_batch = 1, .global_batch = 8};
  const Measurable found = measurable_on(needs(small_dense(), layout, 4), {.ranks = 4, .per_node = 2}, kAnySize);
  ASSERT_EQ(found.exchanges.size(), 2U);
  EXPECT_EQ(text_of(found.exchanges[0].group), "2 ranks, 2 per node, stride 1");
  EXPECT_EQ(text_of(found.exchanges[1].group), "2 ranks, 1 per node, stride 2");
  EXPECT_THAT(found.borrowed, ElementsAre(HasSubstr("measured on groups of 2 ranks, 2 per node"),
                                          HasSubstr("measured on groups of 2 ranks, 1 per node")));
}

TEST(MeasurableNeeds, Nodes_of_one_rank_leave_out_what_stays_within_a_node) {
  const Layout layout{.data = 4, .tensor = 2, .micro_batch = 1, .global_batch = 4};
  const Measurable found = measurable_on(needs(small_dense(), layout), {.ranks = 4, .per_node = 1}, kAnySize);
  ASSERT_EQ(found.exchanges.size(), 1U);
  EXPECT_THAT(found.left_out, ElementsAre(HasSubstr("no two ranks of the launch share a node")));
}

TEST(MeasurableNeeds, One_rank_measures_products_only) {
  const Layout layout{.tensor = 2};
  const Measurable found = measurable_on(needs(small_dense(), layout), {}, kAnySize);
  EXPECT_FALSE(found.products.empty());
  EXPECT_THAT(found.exchanges, IsEmpty());
  EXPECT_THAT(found.left_out, ElementsAre(HasSubstr("the launch has one rank")));
}

TEST(MeasurableNeeds, A_size_beyond_the_largest_is_measured_there_and_said) {
  const Layout layout{.tensor = 2};
  const Measurable found = measurable_on(needs(small_dense(), layout), {.ranks = 2, .per_node = 2}, Bytes{1024});
  ASSERT_EQ(found.exchanges.size(), 1U);
  EXPECT_EQ(found.exchanges.front().size, Bytes{1024});
  EXPECT_THAT(found.borrowed, ElementsAre(HasSubstr("measured at 0.0009766 MiB")));
}

TEST(TrainingNeeds, What_the_layout_overlaps_is_marked) {
  Layout layout{.data = 2, .tensor = 2, .sharding = Sharding::optimizer, .micro_batch = 1, .global_batch = 2};
  layout.overlap = {};
  layout.overlap.gradients = true;
  layout.overlap.parameters = false;
  layout.overlap.tensor = false;
  for (const NeededExchange& one : needs(small_dense(), layout).exchanges) {
    const bool is_of_gradients = one.exchange.axis == ParallelAxis::data && reduces(one.exchange.collective);
    EXPECT_EQ(one.is_overlapped, is_of_gradients) << text_of(one);
  }
}

TEST(MeasurableNeeds, Overlaps_run_beside_the_largest_product_of_a_layer) {
  const Measurable found = measurable_on(needs(small_dense(), {.tensor = 2}), {.ranks = 2, .per_node = 2}, kAnySize);
  ASSERT_TRUE(found.beside);
  // The logits are larger: 32 x 256 x 64.
  EXPECT_THAT(found.beside->use, HasSubstr("feed-forward"));
}

TEST(MeasurableNeeds, A_format_that_no_case_has_is_left_out) {
  const Layout layout{.precision = Precision::nvfp4};
  const Measurable found = measurable_on(needs(small_dense(), layout), {}, kAnySize);
  for (const NeededProduct& one : found.products) EXPECT_EQ(one.precision, Precision::bf16);
  EXPECT_THAT(found.left_out, Contains(HasSubstr("in nvfp4: no case has this format")));
}

}  // namespace
}  // namespace muster
