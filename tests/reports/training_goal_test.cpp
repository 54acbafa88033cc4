// SPDX-License-Identifier: Apache-2.0
// Training goals: read strictly, judged by the whole interval, and never silently passed over.
#include "reports/targets/training_goal.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "reports/report.hpp"

namespace muster {
namespace {

Json goal_json(const char* require) {
  return {{"name", "llama in time"},
          {"training", {{"model", "llama3-70b"}, {"layout", "dp=2,tp=8,pp=1,mbs=1,gbs=2"}, {"gpus", 16}}},
          {"require", parse_json(require, "test")}};
}

Verdict verdict_of(const char* require, double least, double most) {
  const TrainingGoal goal = goal_from_json(goal_json(require), "t.json: rule 1");
  const GoalAnswer answer{.goal = goal.name,
                          .value = (least + most) / 2,
                          .least = least,
                          .most = most,
                          .basis = "measured",
                          .assumptions = {"all_reduce of 512 ranks: not measured"}};
  const RuleResult result = judge_goal(goal, &answer);
  EXPECT_EQ(result.reason.find("; measure all_reduce of 512 ranks") != std::string::npos,
            result.verdict == Verdict::ambiguous)
      << result.reason;
  return result.verdict;
}

TEST(TrainingGoal, The_whole_interval_decides) {
  EXPECT_EQ(verdict_of(R"({"step_seconds_at_most": 10})", 8, 10), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"step_seconds_at_most": 10})", 8, 10.1), Verdict::ambiguous);
  EXPECT_EQ(verdict_of(R"({"step_seconds_at_most": 10})", 10.1, 12), Verdict::fail);
  EXPECT_EQ(verdict_of(R"({"tokens_per_second_at_least": 10})", 10, 12), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"tokens_per_second_per_gpu_at_least": 10})", 9, 12), Verdict::ambiguous);
  EXPECT_EQ(verdict_of(R"({"mfu_at_least": 0.5})", 0.3, 0.4), Verdict::fail);
}

TEST(TrainingGoal, Without_an_answer_there_is_no_data) {
  const TrainingGoal goal = goal_from_json(goal_json(R"({"mfu_at_least": 0.5})"), "t.json: rule 1");
  EXPECT_EQ(judge_goal(goal, nullptr).verdict, Verdict::no_data);
  const GoalAnswer unknown{.goal = goal.name, .unknown = "no such machine"};
  const RuleResult result = judge_goal(goal, &unknown);
  EXPECT_EQ(result.verdict, Verdict::no_data);
  EXPECT_EQ(result.reason, "no such machine");
}

TEST(TrainingGoal, A_report_without_predictions_cannot_pass) {
  Plan plan;
  Case& product = plan.cases.emplace_back();
  product.family = Family::matmul;
  product.m = product.n = product.k = 8;
  plan.cases.front().id = case_id(plan.cases.front());
  Targets targets{.name = "t"};
  targets.training.push_back(goal_from_json(goal_json(R"({"mfu_at_least": 0.5})"), "t"));
  Report report = judge(plan, {}, {}, {}, targets);
  ASSERT_EQ(report.rules.size(), 1U);
  EXPECT_EQ(report.rules.front().verdict, Verdict::no_data);
  judge_goals(report, targets, {{.goal = "llama in time", .value = 0.6, .least = 0.55, .most = 0.65, .basis = "b"}});
  EXPECT_EQ(report.rules.front().verdict, Verdict::pass);
  EXPECT_NE(report.verdict, Verdict::pass) << "the run itself is empty";
}

TEST(TrainingGoal, The_requirement_says_what_is_demanded) {
  EXPECT_EQ(requirement_of(goal_from_json(goal_json(R"({"step_seconds_at_most": 2.5})"), "t")),
            "step_seconds <= 2.5 of llama3-70b, dp=2,tp=8,pp=1,mbs=1,gbs=2, 16 GPUs");
}

std::string error_of(const Json& json) {
  try {
    (void)goal_from_json(json, "t.json: rule 1");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(TrainingGoal, What_is_wrong_is_said_in_one_line_with_its_place) {
  Json none = goal_json("{}");
  EXPECT_NE(error_of(none).find("t.json: rule 1 (\"llama in time\"): \"require\" needs exactly one of"),
            std::string::npos);
  Json two = goal_json(R"({"mfu_at_least": 0.5, "step_seconds_at_most": 1})");
  EXPECT_NE(error_of(two).find("exactly one"), std::string::npos);
  Json unknown = goal_json(R"({"mfu_at_least": 0.5})");
  unknown["training"]["surprise"] = 1;
  EXPECT_NE(error_of(unknown).find("surprise"), std::string::npos);
  Json best = goal_json(R"({"mfu_at_least": 0.5})");
  best["training"]["layout"] = "best";
  best["training"].erase("gpus");
  EXPECT_NE(error_of(best).find("gpus"), std::string::npos);
  Json fixed = goal_json(R"({"mfu_at_least": 0.5})");
  fixed["training"]["fixed"] = "tp=8";
  EXPECT_NE(error_of(fixed).find("best"), std::string::npos);
}

}  // namespace
}  // namespace muster
