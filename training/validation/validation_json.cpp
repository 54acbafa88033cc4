// SPDX-License-Identifier: Apache-2.0
#include "training/validation/validation_json.hpp"

#include <algorithm>
#include <span>

#include "training/layout_json.hpp"

namespace muster {
namespace {

Json errors_json(const StepErrors& errors) {
  if (errors.runs == 0) return nullptr;
  return {{"runs", errors.runs},
          {"mean_absolute_error", errors.mean_absolute},
          {"median_absolute_error", errors.median_absolute},
          {"ninetieth_percentile", errors.ninetieth},
          {"worst_error", errors.worst},
          {"bias", errors.bias}};
}

Json table_json(const TableErrors& table) {
  return {{"name", table.name},
          {"fitted", errors_json(table.fitted)},
          {"checked", errors_json(table.checked)},
          {"shipped", errors_json(table.shipped)},
          {"rank_correlation", table.rank_correlation ? Json(*table.rank_correlation) : Json()},
          {"sweeps", table.sweeps},
          {"left_out", table.excluded}};
}

Json tables_json(const std::vector<TableErrors>& tables) {
  Json list = Json::array();
  for (const TableErrors& table : tables) list.push_back(table_json(table));
  return list;
}

Json run_json(const PublishedRun& run, const Validation& validation, std::size_t index) {
  Json json = {{"table", run.table}, {"line", run.line}, {"run", run.name}};
  if (!run.excluded.empty()) {
    json["left_out"] = run.excluded;
    return json;
  }
  json["model"] = run.model.name;
  json["machine"] = run.machine.name;
  json["software"] = name_of(run.software);
  json["layout"] = short_text(run.layout);
  json["assumed"] = run.assumed;
  json["half"] = validation.half[index] == Half::fitted ? "fitted" : "checked";
  json["published_seconds"] = run.step.value;
  json["fitted_error"] = validation.fitted_error[index];
  json["shipped_error"] = validation.shipped_error[index];
  return json;
}

template <typename Block, typename Blocks, typename Names>
void add_constants(Json& list, std::span<const ConstantInfo<Block>> infos, const Blocks& shipped, const Blocks& fitted,
                   Names name) {
  for (std::size_t i = 0; i < shipped.size(); ++i) {
    for (const ConstantInfo<Block>& info : infos) {
      list.push_back({{"of", name(i)},
                      {"name", info.name},
                      {"shipped", shipped[i].*info.member},
                      {"fitted", fitted[i].*info.member},
                      {"unit", info.unit},
                      {"why", info.why}});
    }
  }
}

Json constants_json(const Constants& fitted) {
  const Constants& shipped = shipped_constants();
  Json list = Json::array();
  add_constants(list, hardware_constant_table(), shipped.hardware, fitted.hardware,
                [](std::size_t i) { return name_of(static_cast<Architecture>(i)); });
  add_constants(list, software_constant_table(), shipped.software, fitted.software,
                [](std::size_t i) { return name_of(static_cast<Software>(i)); });
  return list;
}

}  // namespace

Json to_json(const Validation& validation, const std::vector<PublishedRun>& runs, std::uint64_t seed) {
  Json json = {{"schema", "muster/training-validation/1"}, {"seed", seed}};
  json["tables"] = tables_json(validation.tables);
  json["hardware"] = tables_json(validation.architectures);
  json["overall"] = table_json(validation.all);
  json["runs"] = Json::array();
  for (std::size_t i = 0; i < runs.size(); ++i) json["runs"].push_back(run_json(runs[i], validation, i));
  json["constants"] = constants_json(validation.fitted);
  return json;
}

}  // namespace muster
