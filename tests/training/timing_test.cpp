// SPDX-License-Identifier: Apache-2.0
// The time model: bounds no formula may break, corrections by measurements, the fit, and the answer as a whole.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/prediction.hpp"
#include "training/timing/kernels.hpp"
#include "training/timing/transfers.hpp"
#include "training/validation/least_squares.hpp"
#include "training/validation/validation.hpp"

namespace muster {
namespace {

Question question_of(const std::string& model, const std::string& layout, const std::string& machine = "dgx-h100") {
  return {.model = read_model(model), .layout = parse_layout(layout), .machine = read_machine(machine)};
}

constexpr const char* kLayout = "dp=16,tp=8,sp,pp=4,vp=4,mbs=1,gbs=128,zero=1";

TEST(StepTime, Its_parts_sum_to_it_and_none_is_negative) {
  for (const char* layout : {kLayout, "dp=512,tp=1,pp=1,mbs=1,gbs=512,zero=3,recompute=full",
                             "dp=8,tp=4,pp=8,mbs=2,gbs=256,attention=unfused,recompute=selective"}) {
    const StepTime time = predict_time(question_of("llama3-70b", layout));
    double sum = 0;
    for (const double part : time.spent) {
      EXPECT_GE(part, -1e-9) << layout;
      sum += part;
    }
    EXPECT_NEAR(sum, time.total, 1e-9 * time.total) << layout;
  }
}

TEST(StepTime, No_product_beats_the_peak_and_no_step_its_flops) {
  for (const MachineText& shipped : shipped_machines()) {
    Question question = question_of("llama3-70b", kLayout, std::string(shipped.name));
    question.layout.precision = sixteen_bits(question.machine);
    const StepTime time = predict_time(question);
    const double flops = 3.0 * forward_flops_per_token(question.model, 8192, Masked::left_out) * 8192 * 128;
    EXPECT_GT(time.total, flops / 512 / peak_of(question.machine, question.layout.precision).value) << shipped.name;
  }
}

TEST(StepTime, More_of_anything_good_never_costs_time) {
  const Question base = question_of("llama3-70b", kLayout);
  const double now = predict_time(base).total;
  for (const auto better :
       {+[](Question& q) { q.machine.scale_up.value *= 2; }, +[](Question& q) { q.machine.scale_out.value *= 2; },
        +[](Question& q) { q.machine.accelerator.memory_rate.value *= 2; },
        +[](Question& q) { q.layout.global_batch /= 2; }}) {
    Question question = base;
    better(question);
    EXPECT_LE(predict_time(question).total, now * (1 + 1e-12));
  }
}

TEST(StepTime, Recomputing_costs_a_forward_pass_at_most) {
  const double none = predict_time(question_of("llama3-70b", kLayout)).total;
  const double full = predict_time(question_of("llama3-70b", std::string(kLayout) + ",recompute=full")).total;
  EXPECT_GT(full, none * 1.15);
  EXPECT_LT(full, none * 1.45);
}

TEST(Exchange, Bus_bandwidth_approaches_the_links_share_and_is_monotone) {
  const Machine machine = read_machine("dgx-h100");
  const HardwareConstants constants;
  const Group node{.ranks = 8, .per_node = 8};
  double last = 0;
  for (double bytes = 1024; bytes < 1e11; bytes *= 2) {
    const double time = exchange_time({.collective = Collective::all_reduce, .bytes = bytes}, node, machine, constants);
    EXPECT_GT(time, last);
    last = time;
    EXPECT_LT(bytes * 1.75 / time, machine.scale_up.value);
  }
}

TEST(Exchange, Sending_once_per_node_spares_the_network) {
  const Machine machine = read_machine("dgx-h100");
  const HardwareConstants constants;
  const Group nodes{.ranks = 32, .per_node = 8};
  const GroupExchange plain{.axis = ParallelAxis::expert, .collective = Collective::all_to_all, .bytes = 1e9};
  GroupExchange once = plain;
  once.copies = 8;
  EXPECT_LT(exchange_time(once, nodes, machine, constants), 0.6 * exchange_time(plain, nodes, machine, constants));
}

TEST(Corrections, A_measured_shape_is_taken_as_measured_and_a_far_one_not_at_all) {
  const Machine machine = read_machine("dgx-h100");
  const HardwareConstants constants;
  const double formula = product_time(4096, 4096, 4096, 1, machine, Precision::bf16, constants);
  Measured measured;
  measured.products.push_back({.precision = Precision::bf16,
                               .m = 4096,
                               .n = 4096,
                               .k = 4096,
                               .time = {2 * formula, 1.9 * formula, 2.1 * formula}});
  const Corrections corrections(measured, machine, constants);
  const Correction same = corrections.of_product(Precision::bf16, 4096, 4096, 4096);
  EXPECT_TRUE(same.measured);
  EXPECT_NEAR(same.factor, 2, 1e-6);
  EXPECT_NEAR(same.uncertainty, 0.05, 1e-6);
  EXPECT_FALSE(corrections.of_product(Precision::bf16, 4096, 4096, 64).measured);
  EXPECT_FALSE(corrections.of_product(Precision::fp8, 4096, 4096, 4096).measured);
  const Correction near = corrections.of_product(Precision::fp16, 8192, 4096, 4096);
  EXPECT_NEAR(near.factor, 2, 1e-6);
  EXPECT_GT(near.uncertainty, same.uncertainty);
}

TEST(Corrections, A_curve_is_followed_in_logarithms_and_larger_groups_borrow_it_with_more_doubt) {
  const Machine machine = read_machine("dgx-h100");
  const HardwareConstants constants;
  const Group node{.ranks = 8, .per_node = 8};
  const auto formula = [&](double bytes) {
    return exchange_time({.collective = Collective::all_reduce, .bytes = bytes}, node, machine, constants);
  };
  Measured measured;
  for (const auto& [bytes, factor] : {std::pair{1e6, 4.0}, std::pair{1e8, 1.0}}) {
    const double time = factor * formula(bytes);
    measured.exchanges.push_back(
        {.collective = Collective::all_reduce, .ranks = 8, .per_node = 8, .bytes = bytes, .time = {time, time, time}});
  }
  const Corrections corrections(measured, machine, constants);
  const auto at = [&](double bytes, const Group& group) {
    return corrections.of_exchange({.collective = Collective::all_reduce, .bytes = bytes}, group);
  };
  EXPECT_NEAR(at(1e6, node).factor, 4, 1e-9);
  EXPECT_NEAR(at(1e7, node).factor, 2, 1e-9);  // halfway in ln bytes
  EXPECT_NEAR(at(1e9, node).factor, 1, 1e-9);
  EXPECT_EQ(at(1e7, node).uncertainty, 0);
  EXPECT_NEAR(at(1e7, {.ranks = 4, .per_node = 4}).uncertainty, 2 * kGroupDoubt, 1e-9);
  EXPECT_FALSE(at(1e7, {.ranks = 64, .per_node = 8}).measured) << "a node says nothing about the network";
}

TEST(Prediction, What_is_measured_moves_the_step_and_narrows_its_interval) {
  Question question = question_of("llama3-70b", kLayout);
  const Prediction alone = predict(question);
  Measured measured;
  for (const Operator& one : layer_operators(question.model, question.layout, LayerKind::dense)) {
    if (one.work != Work::product) continue;
    for (const auto& [m, n, k] :
         {std::tuple{one.m, one.n, one.k}, std::tuple{one.m, one.k, one.n}, std::tuple{one.k, one.n, one.m}}) {
      const double time = 2 * m * n * k / 400e12;
      measured.products.push_back({.precision = Precision::bf16, .m = m, .n = n, .k = k, .time = {time, time, time}});
    }
  }
  question.measured = &measured;
  const Prediction slow = predict(question);
  EXPECT_GT(slow.time.total, alone.time.total * 1.15);
  EXPECT_LT((slow.most - slow.least) / slow.time.total, (alone.most - alone.least) / alone.time.total);
  EXPECT_LT(slow.assumptions.size(), alone.assumptions.size());
}

TEST(Prediction, Rates_follow_from_the_step) {
  const Question question = question_of("llama3-70b", kLayout);
  const Prediction answer = predict(question);
  EXPECT_DOUBLE_EQ(answer.tokens, 128.0 * 8192);
  EXPECT_DOUBLE_EQ(answer.tokens_per_second_per_gpu, answer.tokens / answer.time.total / 512);
  EXPECT_NEAR(answer.mfu, answer.model_flops / (answer.time.total * 512 * 989e12), 1e-3);
  EXPECT_LT(answer.least, answer.time.total);
  EXPECT_GT(answer.most, answer.time.total);
}

TEST(Prediction, What_cannot_be_is_refused_in_one_line) {
  EXPECT_THROW(predict(question_of("llama3-70b", "dp=1,tp=7,pp=1,mbs=1,gbs=1")), Error);
  Question question = question_of("llama3-70b", std::string(kLayout) + ",precision=nvfp4");
  EXPECT_THROW(predict(question), Error);
}

TEST(Sensitivity, The_largest_part_of_a_step_gains_most_and_no_gain_exceeds_it) {
  const std::vector<Sensitivity> all = sensitivities(question_of("llama3-70b", kLayout));
  ASSERT_EQ(all.size(), 5U);
  for (const Sensitivity& one : all) {
    EXPECT_GE(one.gain, 0) << one.what;
    EXPECT_LE(one.gain, 1 - 1 / 1.1 + 1e-9) << one.what;
  }
  EXPECT_GT(all.front().gain, 0.03);
}

TEST(LeastSquares, Finds_two_constants_and_is_not_bent_by_one_sick_point) {
  double scale = 1, power = 1;
  const auto residuals = [&] {
    std::vector<double> values;
    for (int x = 1; x <= 40; ++x) {
      const double truth = 3 * std::pow(x, 0.5) * (x == 20 ? 5 : 1);
      values.push_back(std::log(scale * std::pow(x, power) / truth));
    }
    return values;
  };
  minimise({{&scale, 0.1, 10}, {&power, 0.1, 2}}, residuals, {.rounds = 60, .huber = 0.05, .pull = 1e-6});
  EXPECT_NEAR(scale, 3, 0.05);
  EXPECT_NEAR(power, 0.5, 0.01);
}

TEST(LeastSquares, Constants_stay_within_their_bounds) {
  double value = 1;
  minimise({{&value, 0.5, 2}}, [&] { return std::vector<double>{std::log(value / 100)}; }, {});
  EXPECT_NEAR(value, 2, 1e-9);
}

TEST(RankCorrelation, Orders_count_and_ties_share_a_rank) {
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {10, 20, 30, 400}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_NEAR(rank_correlation({1, 2, 3, 4}, {1, 2, 2, 4}), 0.9486832980505138, 1e-12);  // SciPy 1.17, spearmanr
}

}  // namespace
}  // namespace muster
