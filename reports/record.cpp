// SPDX-License-Identifier: Apache-2.0
// The lines of run.jsonl, written. Their reader, which trusts nothing, is run_reader.cpp.
#include "reports/record.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 3> kStatuses = {"measured", "unsupported", "failed"};

Json line_of_kind(std::string_view kind) { return {{"schema", kRunSchema}, {"kind", kind}}; }

}  // namespace

std::string_view name_of(Status status) { return kStatuses.at(static_cast<std::size_t>(status)); }

Status parse_status(std::string_view name) { return static_cast<Status>(index_of_name("status", kStatuses, name)); }

Json to_json(const Gpu& gpu) {
  return {{"ordinal", gpu.ordinal},
          {"model", gpu.model},
          {"uuid", gpu.uuid},
          {"address", gpu.address},
          {"compute_capability", gpu.compute_capability},
          {"multiprocessors", gpu.multiprocessors},
          {"memory_bytes", gpu.memory.value},
          {"cache_bytes", gpu.cache.value},
          {"clock_hertz", gpu.clock_hertz},
          {"memory_bytes_per_second", gpu.memory_rate.value}};
}

Json to_json(const RunHeader& header) {
  Json json = line_of_kind("header");
  json["started"] = header.started;
  json["plan_hash"] = header.plan_hash;
  json["launcher"] = header.launcher;
  json["ranks"] = header.ranks;
  json["hosts"] = header.hosts;
  if (!header.gpus.empty()) json["gpus"] = Json::array();
  for (const Gpu& gpu : header.gpus) json["gpus"].push_back(to_json(gpu));
  json["clock_error_seconds"] = header.clock_error;
  json["versions"] = header.versions;
  json["environment"] = header.environment;
  return json;
}

Json to_json(const CheckResult& check) {
  return {{"iterations", check.iterations},
          {"elements", check.elements},
          {"wrong", check.wrong},
          {"first_wrong", check.first_wrong}};
}

Json to_json(const Record& record) {
  Json json = line_of_kind("case");
  json["case"] = record.case_id;
  json["launch"] = record.launch;
  json["status"] = name_of(record.status);
  json["reason"] = record.reason;
  json["ranks"] = record.ranks;
  json["warmup"] = record.warmup;
  json["agreed_samples"] = record.agreed_samples;
  json["bytes"] = record.bytes.value;
  json["flops"] = record.flops.value;
  json["configuration"] = record.configuration;
  json["check"] = to_json(record.check);
  if (record.averaged_over != 1) json["averaged_over"] = record.averaged_over;
  if (!record.origin.empty()) json["origin"] = record.origin;
  if (!record.values.empty()) json["values"] = record.values;
  json["seconds"] = record.seconds;
  json["rank_seconds"] = record.rank_seconds;
  json["arrival_seconds"] = record.arrival_seconds;
  if (!record.telemetry.empty()) json["telemetry"] = Json::array();
  for (const Telemetry& telemetry : record.telemetry) json["telemetry"].push_back(to_json(telemetry));
  return json;
}

Json to_json(const Incident& incident) {
  Json json = line_of_kind("incident");
  json["launch"] = incident.launch;
  json["rank"] = incident.rank;
  json["host"] = incident.host;
  json["case"] = incident.case_id;
  json["what"] = incident.what;
  return json;
}

Json health_line(const HealthReport& report) {
  Json json = line_of_kind("health");
  json.update(to_json(report));
  return json;
}

Json end_line(std::size_t records) {
  Json json = line_of_kind("end");
  json["records"] = records;
  return json;
}

}  // namespace muster
