// SPDX-License-Identifier: Apache-2.0
#include "training/prediction_json.hpp"

#include "training/layout_json.hpp"

namespace muster {

Json to_json(const Question& question, const Prediction& prediction, const std::vector<Sensitivity>& sensitivities) {
  Json json = {{"schema", "muster/training-prediction/1"},
               {"model", question.model.name},
               {"layout", to_json(question.layout)},
               {"machine", question.machine.name},
               {"accelerator", question.machine.accelerator.name},
               {"software", name_of(question.software)},
               {"gpus", gpus_of(question.layout)},
               {"step_seconds", prediction.time.total},
               {"step_seconds_interval", {prediction.least, prediction.most}},
               {"tokens_per_second", prediction.tokens_per_second},
               {"tokens_per_second_per_gpu", prediction.tokens_per_second_per_gpu},
               {"model_flops", prediction.model_flops},
               {"hardware_flops", prediction.hardware_flops},
               {"mfu", prediction.mfu},
               {"hfu", prediction.hfu},
               {"joules_per_token", prediction.joules_per_token}};
  for (int i = 0; i < kSpent; ++i) {
    const auto spent = static_cast<Spent>(i);
    json["seconds_spent"][std::string(name_of(spent))] = prediction.time[spent];
  }
  json["sensitivities"] = Json::array();
  for (const Sensitivity& one : sensitivities) {
    json["sensitivities"].push_back({{"ten_percent_better", one.what}, {"saves_share", one.gain}});
  }
  json["assumptions"] = Json::array();
  for (const Assumption& one : prediction.assumptions) {
    json["assumptions"].push_back({{"about", one.about}, {"text", one.text}});
  }
  json["measured_from"] = question.measured == nullptr ? Json(nullptr) : Json(question.measured->origin);
  return json;
}

}  // namespace muster
