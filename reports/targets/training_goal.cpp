// SPDX-License-Identifier: Apache-2.0
#include "reports/targets/training_goal.hpp"

#include <algorithm>
#include <array>

#include "reports/report.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct QuantityWords {
  GoalQuantity quantity;
  std::string_view key;
  bool at_most;
};
constexpr std::array<QuantityWords, 4> kQuantities = {{
    {GoalQuantity::step_seconds_at_most, "step_seconds_at_most", true},
    {GoalQuantity::tokens_per_second, "tokens_per_second_at_least", false},
    {GoalQuantity::tokens_per_second_per_gpu, "tokens_per_second_per_gpu_at_least", false},
    {GoalQuantity::mfu, "mfu_at_least", false},
}};
constexpr Range<double> kDemand = {1e-9, 1e15};
constexpr std::size_t kNamedAssumptions = 3;

const QuantityWords& words_of(GoalQuantity quantity) { return kQuantities.at(static_cast<std::size_t>(quantity)); }

std::string text_or_empty(Fields& fields, const std::string& key) { return fields.has(key) ? fields.text(key) : ""; }

void read_demand(const Json& json, const std::string& where, TrainingGoal& goal) {
  Fields fields(json, where + ": \"require\"");
  int found = 0;
  for (const QuantityWords& words : kQuantities) {
    const std::string key(words.key);
    if (!fields.has(key)) continue;
    goal.quantity = words.quantity;
    goal.demanded = fields.number(key, kDemand);
    ++found;
  }
  fields.finish();
  if (found == 1) return;
  std::string known;
  for (const QuantityWords& words : kQuantities) known += (known.empty() ? "" : ", ") + std::string(words.key);
  throw Error(where + ": \"require\" needs exactly one of " + known);
}

std::string interval_text(const GoalAnswer& answer) {
  return significant(answer.value) + " (90 %: " + significant(answer.least) + " to " + significant(answer.most) + ")";
}

std::string what_to_measure(const GoalAnswer& answer) {
  if (answer.assumptions.empty()) return "; longer measurements narrow it";
  std::string text = "; measure ";
  for (std::size_t i = 0; i < std::min(kNamedAssumptions, answer.assumptions.size()); ++i) {
    const std::string& assumption = answer.assumptions[i];
    text += (i == 0 ? "" : ", ") + assumption.substr(0, assumption.find(": "));
  }
  if (answer.assumptions.size() > kNamedAssumptions) {
    text += " and " + std::to_string(answer.assumptions.size() - kNamedAssumptions) + " more";
  }
  return text;
}

}  // namespace

std::string_view name_of(GoalQuantity quantity) { return words_of(quantity).key; }

TrainingGoal goal_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  TrainingGoal goal;
  goal.name = fields.text("name");
  if (goal.name.empty()) throw fields.error("name", "is empty; the report shows it");
  goal.source = text_or_empty(fields, "source");
  const std::string named = where + " (" + in_quotes(goal.name) + ")";
  Fields about(fields.value("training"), named + ": \"training\"");
  goal.model = about.text("model");
  const std::string layout = about.text("layout");
  goal.layout = layout == "best" ? "" : layout;
  goal.fixed = text_or_empty(about, "fixed");
  goal.machine = text_or_empty(about, "machine");
  goal.software = text_or_empty(about, "software");
  if (about.has("gpus")) goal.gpus = about.integer<std::int64_t>("gpus", {1, 1 << 24});
  about.finish();
  if (goal.layout.empty() && goal.gpus == 0) throw about.error("gpus", "is needed with the layout \"best\"");
  if (!goal.layout.empty() && !goal.fixed.empty()) {
    throw about.error("fixed", "goes with the layout \"best\" only; write it into the layout");
  }
  read_demand(fields.value("require"), named, goal);
  fields.finish();
  return goal;
}

std::string requirement_of(const TrainingGoal& goal) {
  const QuantityWords& words = words_of(goal.quantity);
  const std::string key(words.key);
  const std::string quantity = key.substr(0, key.rfind(words.at_most ? "_at_most" : "_at_least"));
  std::string text = quantity + (words.at_most ? " <= " : " >= ") + without_zeros(significant(goal.demanded)) + " of " +
                     goal.model + ", ";
  text += goal.layout.empty() ? "best layout" : goal.layout;
  if (goal.gpus > 0) text += ", " + std::to_string(goal.gpus) + " GPUs";
  return text;
}

RuleResult judge_goal(const TrainingGoal& goal, const GoalAnswer* answer) {
  RuleResult result{.rule = goal.name, .requirement = requirement_of(goal), .reason = {}};
  if (answer == nullptr || !answer->unknown.empty()) {
    result.reason = answer == nullptr ? "no prediction was made from this run" : answer->unknown;
    return result;
  }
  const bool at_most = words_of(goal.quantity).at_most;
  const double worst = at_most ? answer->most : answer->least;
  const double best = at_most ? answer->least : answer->most;
  const auto meets = [&](double value) { return at_most ? value <= goal.demanded : value >= goal.demanded; };
  result.verdict = meets(worst) ? Verdict::pass : meets(best) ? Verdict::ambiguous : Verdict::fail;
  result.reason = "predicted " + interval_text(*answer) + ", " + answer->basis;
  if (result.verdict == Verdict::ambiguous) result.reason += what_to_measure(*answer);
  return result;
}

}  // namespace muster
