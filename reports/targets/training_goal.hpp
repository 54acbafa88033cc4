// SPDX-License-Identifier: Apache-2.0
// A target that is not about a case but about training: this model, laid out so, on so many GPUs, this fast. reports/
// knows the demand and the verdict; the prediction behind it comes from training/goals.hpp as a GoalAnswer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace muster {

struct Report;
struct RuleResult;
struct Targets;

enum class GoalQuantity { step_seconds_at_most, tokens_per_second, tokens_per_second_per_gpu, mfu };

/// The key under "require".
std::string_view name_of(GoalQuantity quantity);

struct TrainingGoal {
  std::string name = {};
  std::string source = {};
  std::string model = {};     ///< a shipped name or a file
  std::string layout = {};    ///< a short text or a file; empty: the best
  std::string fixed = {};     ///< of the best: what must not be varied, "gbs=1536,precision=fp8"
  std::string machine = {};   ///< a shipped name or a file; empty: as the measured topology says
  std::string software = {};  ///< empty: the newest generation
  std::int64_t gpus = 0;      ///< 0: as the layout says
  GoalQuantity quantity = GoalQuantity::step_seconds_at_most;
  double demanded = 0;  ///< s, tokens/s, share of the 16-bit peak
};

/// `json` has the key "training". Throws Error naming `where` and the key.
TrainingGoal goal_from_json(const Json& json, const std::string& where);

/// "tokens_per_second >= 1.2e6 of llama3-70b on 512 GPUs".
std::string requirement_of(const TrainingGoal& goal);

/// What a prediction from the measured rates says of one goal.
struct GoalAnswer {
  std::string goal = {};       ///< its name
  double value = 0;            ///< of the demanded quantity
  double least = 0, most = 0;  ///< its 90 % interval
  std::string basis = {};      ///< what it rests on: measured shares, extrapolation
  std::vector<std::string> assumptions = {};
  std::string unknown = {};  ///< why there is no value; empty when there is one
};

/// pass: the whole interval meets the demand; fail: none of it; else ambiguous, with what to measure. no_data without
/// an answer.
RuleResult judge_goal(const TrainingGoal& goal, const GoalAnswer* answer);

/// Replaces the results of the goals in a report that judge() made, and its overall verdict.
void judge_goals(Report& report, const Targets& targets, const std::vector<GoalAnswer>& answers);

}  // namespace muster
