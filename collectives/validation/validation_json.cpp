// SPDX-License-Identifier: Apache-2.0
#include "collectives/validation/validation_json.hpp"

namespace muster {

namespace {

constexpr double kGiga = 1e9;

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json point_json(const PredictedPoint& point) {
  return {{"size_bytes", point.published.size.value},
          {"published_seconds", point.published.time.value},
          {"predicted_seconds", point.predicted.time.value},
          {"choice", point.predicted.name()},
          {"limit_seconds", point.limit.value > 0 ? Json(point.limit.value) : Json()}};
}

Json beaten_json(const Beaten& row) {
  return {{"line", row.line},
          {"size_bytes", row.size.value},
          {"published_seconds", row.published.value},
          {"limit_seconds", row.limit.value},
          {"bound", row.bound}};
}

/// The members of a list, each as `json_of` writes it.
template <typename Item>
Json list_of(const std::vector<Item>& items, Json (*json_of)(const Item&)) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(json_of(item));
  return list;
}

Json curve_json(const ValidatedCurve& curve) {
  const bool is_between = curve.group.group.nodes > 1;
  return {{"file", curve.file},
          {"collective", name_of(curve.collective)},
          {"ranks", curve.ranks},
          {"template", curve.template_name},
          {"fabric", name_of(curve.kind)},
          {"links", name_of(curve.group.fabric.links)},
          {"network", is_between ? Json(name_of(curve.group.fabric.network)) : Json()},
          {"choice", curve.choice},
          {"published_busbw_gigabytes_per_second", curve.plateau_published / kGiga},
          {"predicted_busbw_gigabytes_per_second", curve.plateau_predicted / kGiga},
          {"plateau_error", curve.errors.plateau},
          {"half_size_error", or_null(curve.errors.half_size)},
          {"latency_error", or_null(curve.errors.latency)},
          {"points", list_of(curve.points, point_json)},
          {"beaten_limits", list_of(curve.beaten, beaten_json)}};
}

Json summary_json(const ErrorSummary& summary) {
  return {{"name", summary.name},
          {"curves", summary.curves},
          {"median_plateau_error", summary.plateau},
          {"median_half_size_error", or_null(summary.half_size)},
          {"median_latency_error", or_null(summary.latency)}};
}

Json left_out_json(const PublishedTable& table) { return {{"file", table.file}, {"reason", table.reason}}; }

Json constant_json(const FabricConstant& constant) {
  return {{"generation", constant.generation}, {"name", constant.name},
          {"value", constant.value},           {"unit", constant.unit},
          {"meaning", constant.meaning},       {"why", constant.why}};
}

}  // namespace

Json to_json(const ValidationReport& report) {
  return {{"schema", "muster/collective-validation/1"},
          {"holds", holds(report)},
          {"curves", list_of(report.curves, curve_json)},
          {"left_out", list_of(report.left_out, left_out_json)},
          {"generations", list_of(report.generations, summary_json)},
          {"fabrics", list_of(report.classes, summary_json)},
          {"overall", summary_json(report.overall)},
          {"constants", list_of(fabric_constants(), constant_json)}};
}

}  // namespace muster
