// SPDX-License-Identifier: Apache-2.0
// Required rates: they reach the step that was demanded, no less does, and their target file says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/targets.hpp"
#include "tests/training/one_line_error.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/require_json.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Bytes kLargest{std::uint64_t{1} << 32};
constexpr RankSpread kNode{.ranks = 8, .per_node = 8};

/// All groups within a node: everything that a step needs can be checked there.
Question one_node() {
  return {.model = read_model("llama3-8b"),
          .layout = parse_layout("dp=1,tp=8,sp,pp=1,mbs=1,gbs=8"),
          .machine = read_machine("dgx-h100")};
}

double predicted_step(const Question& question) { return predict(question).time.total; }

/// What a run that reaches `share` of every required rate would have measured.
Measured measured_at(const Requirements& found, double share) {
  Measured measured;
  for (const RequiredProduct& one : found.products) {
    const auto m = static_cast<double>(one.product.m), n = static_cast<double>(one.product.n),
               k = static_cast<double>(one.product.k);
    const double seconds = 2 * m * n * k / (share * one.required.rate);
    measured.products.push_back({one.product.precision, m, n, k, {seconds, seconds, seconds}});
  }
  for (const RequiredExchange& one : found.exchanges) {
    const auto bytes = static_cast<double>(one.exchange.size.value);
    const Collective collective = one.exchange.needed.exchange.collective;
    const double seconds = bytes * busbw_factor(collective, one.exchange.group.ranks) / (share * one.required.rate);
    measured.exchanges.push_back(
        {collective, one.exchange.group.ranks, one.exchange.group.per_node, bytes, {seconds, seconds, seconds}});
  }
  return measured;
}

double step_when_measured(Question question, const Measured& measured) {
  question.measured = &measured;
  return predict_time(question).total;
}

TEST(RequiredRates, A_run_at_these_rates_is_predicted_to_reach_the_step) {
  const Question question = one_node();
  for (const double share : {0.85, 1.0, 1.5, 3.0}) {
    const double step = share * predicted_step(question);
    const Requirements found = requirements_of(question, {step}, kNode, kLargest);
    EXPECT_TRUE(found.unchecked.empty());
    EXPECT_NEAR(step_when_measured(question, measured_at(found, 1)), step, 1e-6 * step) << share;
    EXPECT_GT(step_when_measured(question, measured_at(found, 0.9)), step) << share;
  }
}

TEST(RequiredRates, What_is_predicted_needs_just_the_predicted_rates) {
  const Question question = one_node();
  const Requirements found = requirements_of(question, {predicted_step(question)}, kNode, kLargest);
  EXPECT_NEAR(found.factor, 1, 1e-6);
  for (const RequiredProduct& one : found.products) EXPECT_NEAR(one.required.rate / one.required.predicted, 1, 1e-6);
  for (const RequiredExchange& one : found.exchanges) EXPECT_NEAR(one.required.rate / one.required.predicted, 1, 1e-6);
}

TEST(RequiredRates, No_rate_beyond_the_peak_is_demanded_and_the_others_make_up_for_it) {
  const Question question = one_node();
  const double step = 0.64 * predicted_step(question);  // at 0.62 everything is at its peak
  const Requirements found = requirements_of(question, {step}, kNode, kLargest);
  const double peak = peak_of(question.machine, Precision::bf16).value;
  double highest = 0;
  for (const RequiredProduct& one : found.products) {
    EXPECT_LT(one.required.rate, found.factor * one.required.predicted * (1 + 1e-9));
    EXPECT_LE(one.required.rate, peak * (1 + 1e-12));
    highest = std::max(highest, one.required.rate);
  }
  EXPECT_NEAR(highest / peak, 1, 1e-9);
  EXPECT_NEAR(step_when_measured(question, measured_at(found, 1)), step, 1e-6 * step);
}

TEST(RequiredRates, Alone_a_rate_may_be_lower_than_with_all_others) {
  const Question question = one_node();
  const double step = 1.1 * predicted_step(question);
  const Requirements found = requirements_of(question, {step}, kNode, kLargest);
  for (const RequiredProduct& one : found.products) {
    ASSERT_TRUE(one.required.alone);
    EXPECT_LT(*one.required.alone, found.factor) << text_of(one.product);
  }
  // The others as predicted, one shape at what it needs alone: the step that was demanded.
  Measured measured = measured_at(requirements_of(question, {predicted_step(question)}, kNode, kLargest), 1);
  measured.products.front().time.seconds /= *found.products.front().required.alone;
  EXPECT_NEAR(step_when_measured(question, measured), step, 1e-6 * step);
}

TEST(RequiredRates, One_rate_alone_cannot_make_up_for_all) {
  const Question question = one_node();
  const Requirements found = requirements_of(question, {0.85 * predicted_step(question)}, kNode, kLargest);
  EXPECT_FALSE(found.products.front().required.alone);
}

TEST(RequiredRates, A_step_beyond_peak_and_line_rates_is_refused_with_the_best_there_is) {
  const std::string why = one_line_error([] { requirements_of(one_node(), {1e-3}, kNode, kLargest); });
  EXPECT_THAT(why, HasSubstr("1.000 ms is out of reach of dgx-h100"));
  EXPECT_THAT(why, HasSubstr("it takes"));
}

TEST(RequiredTargets, The_file_reads_back_with_a_rule_for_each_rate) {
  Question question = one_node();
  question.layout = parse_layout("dp=16,tp=8,sp,pp=1,mbs=1,gbs=16,zero=1");
  const Requirements found = requirements_of(question, {predicted_step(question)}, kNode, kLargest);
  const Targets targets = targets_from_json(to_json(question, found), "targets.json");
  ASSERT_EQ(targets.rules.size(), 1 + found.products.size() + found.exchanges.size());
  EXPECT_EQ(targets.rules.front().quantity, Quantity::correct);
  EXPECT_THAT(targets.notes, Contains(HasSubstr("not checked: reduce_scatter of 16 ranks, 1 per node")));
  // Four digits, never less than what is needed.
  const Rule& first = targets.rules[1];
  EXPECT_EQ(first.quantity, Quantity::flops_per_second);
  EXPECT_GE(first.demanded, found.products.front().required.rate * (1 - 1e-9));
  EXPECT_LE(first.demanded, found.products.front().required.rate * 1.001);
}

TEST(RequiredTargets, Each_rule_selects_its_case_and_no_other) {
  const Question question = one_node();
  const Requirements found = requirements_of(question, {predicted_step(question)}, kNode, kLargest);
  const Targets targets = targets_from_json(to_json(question, found), "targets.json");
  std::size_t rule = 1;
  for (const RequiredProduct& wanted : found.products) {
    for (const RequiredProduct& one : found.products) {
      Case item;
      item.family = Family::matmul;
      item.type = ElementType::bfloat16;
      item.m = one.product.m, item.n = one.product.n, item.k = one.product.k;
      item.processor = Processor::gpu;
      item.id = case_id(item);
      EXPECT_EQ(selects(targets.rules[rule].select, item, 8), &one == &wanted) << item.id;
    }
    ++rule;
  }
  for (const RequiredExchange& wanted : found.exchanges) {
    for (const RequiredExchange& one : found.exchanges) {
      Case item;
      item.type = ElementType::bfloat16;
      item.collective = one.exchange.needed.exchange.collective;
      item.transport = TransportKind::nccl;
      item.size = one.exchange.size;
      EXPECT_EQ(selects(targets.rules[rule].select, item, 8), &one == &wanted) << case_id(item);
      EXPECT_FALSE(selects(targets.rules[rule].select, item, 4));
    }
    ++rule;
  }
}

}  // namespace
}  // namespace muster
