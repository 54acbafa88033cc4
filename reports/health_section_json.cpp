// SPDX-License-Identifier: Apache-2.0
// The section "health" of report.json, both ways.
#include "core/fields.hpp"
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

constexpr Range<int> kCounts = {0, 1 << 20};
constexpr Range<double> kSeconds = {0, 86400};
constexpr Range<double> kShares = {0, 1e12};

Finding finding_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Finding finding{.severity = fields.word("severity", parse_severity),
                  .code = fields.text("code"),
                  .place = fields.text("place"),
                  .meaning = fields.text("meaning")};
  fields.finish();
  return finding;
}

CaseDegradation degradation_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  CaseDegradation degradation{.case_id = fields.text("case"),
                              .severity = fields.word("severity", parse_severity),
                              .reason = fields.text("reason")};
  fields.finish();
  return degradation;
}

GpuSpread spread_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  GpuSpread spread{.case_id = fields.text("case"),
                   .gpus = fields.integer("gpus", kCounts),
                   .median_seconds = fields.number("median_seconds", kSeconds),
                   .worst_seconds = fields.number("worst_seconds", kSeconds),
                   .worst_rank = fields.integer("worst_rank", kCounts),
                   .worst_gpu = fields.text("worst_gpu"),
                   .slower_by = fields.number("slower_by", kShares),
                   .sigmas = fields.number("sigmas", kShares)};
  fields.finish();
  return spread;
}

template <typename Read>
auto list_from_json(Fields& fields, const std::string& key, const std::string& where, Read read) {
  const Json& list = fields.value(key);
  if (!list.is_array()) throw fields.error(key, "must be a list in brackets");
  std::vector<decltype(read(list, where))> items;
  for (const Json& entry : list) items.push_back(read(entry, where + ": " + in_quotes(key)));
  return items;
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

HealthSummary health_summary_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  HealthSummary summary{.gpus = list_from_json(fields, "gpus", where, gpu_health_from_json),
                        .findings = list_from_json(fields, "findings", where, finding_from_json),
                        .degraded_cases = list_from_json(fields, "degraded_cases", where, degradation_from_json),
                        .spreads = list_from_json(fields, "spreads", where, spread_from_json)};
  fields.finish();
  return summary;
}

}  // namespace muster
