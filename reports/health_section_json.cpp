// SPDX-License-Identifier: Apache-2.0
// The section "health" of report.json, written.
#include "reports/health_rules.hpp"

namespace muster {
namespace {

Json to_json(const Finding& finding) {
  return {{"severity", name_of(finding.severity)},
          {"code", finding.code},
          {"place", finding.place},
          {"meaning", finding.meaning}};
}

Json to_json(const CaseDegradation& degradation) {
  return {{"case", degradation.case_id}, {"severity", name_of(degradation.severity)}, {"reason", degradation.reason}};
}

Json to_json(const GpuSpread& spread) {
  return {{"case", spread.case_id},
          {"gpus", spread.gpus},
          {"median_seconds", spread.median_seconds},
          {"worst_seconds", spread.worst_seconds},
          {"worst_rank", spread.worst_rank},
          {"worst_gpu", spread.worst_gpu},
          {"slower_by", spread.slower_by},
          {"sigmas", spread.sigmas}};
}

template <typename Item>
Json list_json(const std::vector<Item>& items) {
  Json json = Json::array();
  for (const Item& item : items) json.push_back(to_json(item));
  return json;
}

}  // namespace

Json to_json(const HealthSummary& summary) {
  return {{"gpus", list_json(summary.gpus)},
          {"findings", list_json(summary.findings)},
          {"degraded_cases", list_json(summary.degraded_cases)},
          {"spreads", list_json(summary.spreads)}};
}

}  // namespace muster
