// SPDX-License-Identifier: Apache-2.0
// report.json, written. Every key carries its unit; what is unknown is left out, never 0; nothing tells the time of
// judging, so that the same files give the same bytes.
#include "reports/rows.hpp"

namespace muster {

namespace {

Json to_json(const Summary& time) {
  return {{"median", time.median}, {"low", time.low},   {"high", time.high},    {"confidence", time.confidence},
          {"p50", time.p50},       {"p90", time.p90},   {"p99", time.p99},      {"min", time.min},
          {"max", time.max},       {"mean", time.mean}, {"samples", time.count}};
}

Json to_json(const RuleResult& result) {
  return {{"rule", result.rule},
          {"requirement", result.requirement},
          {"verdict", name_of(result.verdict)},
          {"reason", result.reason}};
}

Json to_json(const std::vector<RuleResult>& results) {
  Json json = Json::array();
  for (const RuleResult& result : results) json.push_back(to_json(result));
  return json;
}

void write_expectation(const Row& row, Json& json) {
  const auto& [limit, prediction, unknown] = row.expectation;
  if (limit) json["limit"] = {{"seconds", limit->time.value}, {"binds", limit->binds}};
  if (prediction) json["prediction"] = {{"seconds", prediction->time.value}, {"basis", prediction->binds}};
  if (!unknown.empty()) json["unknown"] = unknown;
  if (row.fraction_of_limit) json["fraction_of_limit"] = *row.fraction_of_limit;
  if (row.fraction_of_prediction) json["fraction_of_prediction"] = *row.fraction_of_prediction;
  if (row.fraction_at_clock) json["fraction_at_clock"] = *row.fraction_at_clock;
  if (row.fraction_of_data_sheet) json["fraction_of_data_sheet"] = *row.fraction_of_data_sheet;
}

void write_record(const Row& row, Json& json) {
  const Record& record = *row.record;
  json["status"] = name_of(record.status);
  json["launch"] = record.launch;
  json["ranks"] = record.ranks;
  json["warmup"] = record.warmup;
  if (!record.configuration.empty()) json["configuration"] = record.configuration;
  if (record.bytes > Bytes{0}) json["bytes"] = record.bytes.value;
  if (record.flops > Flops{0}) json["flops"] = record.flops.value;
  if (has_collective(row.item)) json["count"] = element_count(row.item, record.bytes, record.ranks);
  if (record.check.elements > 0) json["check"] = to_json(record.check);
  if (record.averaged_over != 1) json["averaged_over"] = record.averaged_over;
  if (!record.origin.empty()) json["origin"] = record.origin;
  if (!record.seconds.empty()) json["samples_seconds"] = record.seconds;
  if (!record.values.empty()) json["sample_values"] = record.values;
}

Json to_json(const Row& row) {
  Json json = to_json(row.item);
  if (json.erase("ranks") > 0) json["planned_ranks"] = row.item.ranks;  // those that took part are the record's
  json["verdict"] = name_of(row.verdict);
  json["reason"] = row.reason;
  if (row.record) write_record(row, json);
  if (row.time) json["time_seconds"] = to_json(*row.time);
  if (row.value) json["value"] = to_json(*row.value);
  if (!row.rank_medians.empty()) json["rank_median_seconds"] = row.rank_medians;
  if (row.algbw > 0) json["algbw_bytes_per_second"] = row.algbw;
  if (row.busbw > 0) json["busbw_bytes_per_second"] = row.busbw;
  if (row.flops_per_second > 0) json["flops_per_second"] = row.flops_per_second;
  write_expectation(row, json);
  if (row.hidden_share) json["hidden_share"] = *row.hidden_share;
  if (!row.remarks.empty()) json["remarks"] = row.remarks;
  json["rules"] = to_json(row.rules);
  return json;
}

Json to_json(const MachineSummary& machine) {
  Json hosts = Json::array();
  for (const Host& host : machine.hosts) {
    hosts.push_back({{"name", host.name},
                     {"cpu_model", host.cpu_model},
                     {"physical_cores", host.physical_cores},
                     {"logical_cpus", host.logical_cpus},
                     {"numa_nodes", host.numa_nodes},
                     {"memory_bytes", host.memory.value}});
  }
  return {{"hosts", hosts}, {"devices", machine.devices}, {"links", machine.links}};
}

// Of the plan, what neither its hash nor a row tells.
Json plan_json(const Plan& plan) {
  return {{"launcher", plan.launcher},
          {"budget_seconds", plan.budget.value},
          {"seed", plan.seed},
          {"check_iterations", plan.check_iterations}};
}

// Rows by verdict; unsupported ones stand apart because they do not count.
Json counts_of(const std::vector<Row>& rows) {
  Json counts;
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::ambiguous, Verdict::no_data}) {
    counts[name_of(verdict)] = 0;
  }
  counts["unsupported"] = 0;
  for (const Row& row : rows) {
    Json& count = counts[is_unsupported(row) ? "unsupported" : name_of(row.verdict)];
    count = count.get<int>() + 1;
  }
  return counts;
}

// A line of run.jsonl inside a report: the document says its schema and the key its kind.
template <typename Line>
Json embedded(const std::vector<Line>& lines) {
  Json json = Json::array();
  for (const Line& line : lines) {
    json.push_back(to_json(line));
    json.back().erase("schema");
    json.back().erase("kind");
  }
  return json;
}

}  // namespace

Json to_json(const Report& report) {
  Json rows = Json::array();
  for (const Row& row : report.rows) rows.push_back(to_json(row));
  Json guidelines = Json::array();
  for (const GuidelineViolation& violation : report.guidelines) guidelines.push_back(to_json(violation));
  Json json = {{"schema", kReportSchema},
               {"verdict", name_of(report.verdict)},
               {"reason", report.reason},
               {"counts", counts_of(report.rows)},
               {"suite", report.plan.suite},
               {"plan_hash", plan_hash(report.plan)},
               {"ranks", report.plan.ranks},
               {"plan", plan_json(report.plan)},
               {"ended", report.run.ended},
               {"machine", to_json(report.machine)},
               {"launches", embedded(report.run.headers)},
               {"rules", to_json(report.rules)},
               {"rows", rows},
               {"missing", report.missing},
               {"findings", report.findings},
               {"guidelines", guidelines},
               {"incidents", embedded(report.run.incidents)}};
  if (!report.health.gpus.empty() || !report.health.findings.empty()) json["health"] = to_json(report.health);
  return json;
}

}  // namespace muster
