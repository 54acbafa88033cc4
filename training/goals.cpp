// SPDX-License-Identifier: Apache-2.0
#include "training/goals.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "reports/text_table.hpp"
#include "training/layout_fixed.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/machine_topology.hpp"
#include "training/measured_report.hpp"
#include "training/model_library.hpp"
#include "training/prediction.hpp"
#include "training/search.hpp"

namespace muster {
namespace {

constexpr Software kNewest = Software::megatron_2026_06;

Machine machine_for(const TrainingGoal& goal, const Report& report) {
  return goal.machine.empty() ? machine_of(report.topology, "this run") : read_machine(goal.machine);
}

Layout best_layout(const TrainingGoal& goal, const Question& question) {
  const FixedLayout fixed = read_fixed_layout(goal.fixed);
  SearchRequest request{.model = question.model,
                        .machine = question.machine,
                        .software = question.software,
                        .measured = question.measured,
                        .gpus = static_cast<int>(goal.gpus),
                        .given = fixed.layout,
                        .allowed = [&](const Layout& layout) { return fixed.allows(layout); },
                        .top = 1};
  const SearchResult result = search_layouts(request);
  if (result.best.empty()) {
    throw Error("no layout of " + question.model.name + " on " + std::to_string(goal.gpus) + " GPUs fits their memory");
  }
  return result.best.front().layout;
}

std::string basis_of(const Question& question, const Prediction& prediction, const Report& report) {
  const std::int64_t gpus = gpus_of(question.layout);
  std::string text = "measured: " + percent(prediction.measured_products) + " % of the products, " +
                     percent(prediction.measured_exchanges) + " % of the collectives' bytes";
  if (report.plan.ranks < gpus) {
    text += "; extrapolated from " + std::to_string(report.plan.ranks) + " to " + std::to_string(gpus) + " ranks";
  }
  return text + "; layout " + short_text(question.layout);
}

/// Turns a step's seconds into the demanded quantity; a longer step is a lower rate.
double quantity_at(const TrainingGoal& goal, const Prediction& prediction, double step) {
  const double faster = prediction.time.total / step;
  switch (goal.quantity) {
    case GoalQuantity::step_seconds_at_most:
      return step;
    case GoalQuantity::tokens_per_second:
      return prediction.tokens_per_second * faster;
    case GoalQuantity::tokens_per_second_per_gpu:
      return prediction.tokens_per_second_per_gpu * faster;
    case GoalQuantity::mfu:
      return prediction.mfu * faster;
  }
  return step;
}

GoalAnswer answer(const TrainingGoal& goal, const Report& report, const std::string& origin) {
  GoalAnswer answer{.goal = goal.name};
  Question question{.model = read_model(goal.model), .machine = machine_for(goal, report), .software = kNewest};
  if (!goal.software.empty()) question.software = parse_software(goal.software);
  const Measured measured = measured_of(report, question.machine, origin);
  question.measured = &measured;
  question.layout = goal.layout.empty() ? best_layout(goal, question) : read_layout(goal.layout);
  if (goal.gpus > 0 && gpus_of(question.layout) != goal.gpus) {
    throw Error("the layout takes " + std::to_string(gpus_of(question.layout)) + " GPUs, not " +
                std::to_string(goal.gpus));
  }
  const Prediction prediction = predict(question);
  if (prediction.measured_products == 0 && prediction.measured_exchanges == 0) {
    answer.unknown = "nothing that this training needs was measured; `muster training require` lists what to measure";
    return answer;
  }
  answer.value = quantity_at(goal, prediction, prediction.time.total);
  const double one_end = quantity_at(goal, prediction, prediction.least);
  const double other_end = quantity_at(goal, prediction, prediction.most);
  answer.least = std::min(one_end, other_end);
  answer.most = std::max(one_end, other_end);
  answer.basis = basis_of(question, prediction, report);
  for (const Assumption& one : prediction.assumptions) answer.assumptions.push_back(one.about + ": " + one.text);
  return answer;
}

}  // namespace

std::vector<GoalAnswer> answer_goals(const Targets& targets, const Report& report, const std::string& origin) {
  std::vector<GoalAnswer> answers;
  for (const TrainingGoal& goal : targets.training) {
    try {
      answers.push_back(answer(goal, report, origin));
    } catch (const Error& error) {
      answers.push_back({.goal = goal.name, .unknown = error.what()});
    }
  }
  return answers;
}

}  // namespace muster
