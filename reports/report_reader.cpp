// SPDX-License-Identifier: Apache-2.0
// report.json, read: for whatever works on reports after the run is gone (comparison, history, other formats). Strict,
// and the plan that its rows give must have the hash that the report names, so that a row cannot get lost.
#include <array>
#include <filesystem>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/record_reader.hpp"
#include "reports/report.hpp"

namespace muster {

namespace {

constexpr Range<int> kRanks = {1, 1 << 20};
constexpr Range<int> kCounts = {0, 10'000'000};
constexpr Range<std::uint64_t> kLarge = {0, ~std::uint64_t{0}};
constexpr Range<double> kSeconds = {0, 86400};
constexpr Range<double> kRates = {0, 1e24};
constexpr Range<double> kValues = {-1e30, 1e30};
constexpr Range<double> kShares = {0, 1e12};
constexpr Range<double> kHiddenShares = {-1e12, 1e12};
constexpr Range<double> kConfidence = {0, 1};
constexpr Range<double> kBudgetSeconds = {1e-3, 1e6};

// Keys of a row that are not of its case.
constexpr std::array<std::string_view, 32> kOfRow = {
    "planned_ranks",
    "verdict",
    "reason",
    "status",
    "launch",
    "ranks",
    "warmup",
    "configuration",
    "bytes",
    "flops",
    "count",
    "check",
    "averaged_over",
    "origin",
    "samples_seconds",
    "sample_values",
    "time_seconds",
    "value",
    "rank_median_seconds",
    "algbw_bytes_per_second",
    "busbw_bytes_per_second",
    "flops_per_second",
    "limit",
    "prediction",
    "unknown",
    "fraction_of_limit",
    "fraction_of_prediction",
    "fraction_at_clock",
    "fraction_of_data_sheet",
    "hidden_share",
    "rules",
    "remarks",
};

std::vector<std::string> texts_from_json(Fields& fields, const std::string& key) {
  const Json& list = fields.value(key);
  if (!list.is_array()) throw fields.error(key, "must be a list of texts");
  std::vector<std::string> texts;
  for (const Json& entry : list) {
    if (!entry.is_string()) throw fields.error(key, "must be a list of texts");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

const Json& list_of(Fields& fields, const std::string& key) {
  const Json& list = fields.value(key);
  if (!list.is_array()) throw fields.error(key, "must be a list in brackets");
  return list;
}

Summary summary_from_json(const Json& json, const std::string& where, Range<double> range) {
  Fields fields(json, where);
  const auto number = [&](const char* key) { return fields.number(key, range); };
  Summary summary{.count = fields.integer("samples", kCounts),
                  .min = number("min"),
                  .max = number("max"),
                  .mean = number("mean"),
                  .median = number("median"),
                  .low = number("low"),
                  .high = number("high"),
                  .confidence = fields.number("confidence", kConfidence),
                  .p50 = number("p50"),
                  .p90 = number("p90"),
                  .p99 = number("p99")};
  fields.finish();
  return summary;
}

RuleResult rule_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  RuleResult result{.rule = fields.text("rule"),
                    .requirement = fields.text("requirement"),
                    .verdict = fields.word("verdict", parse_verdict),
                    .reason = fields.text("reason")};
  fields.finish();
  return result;
}

std::vector<RuleResult> rules_from_json(Fields& fields, const std::string& where) {
  std::vector<RuleResult> results;
  for (const Json& entry : list_of(fields, "rules")) results.push_back(rule_from_json(entry, where + ": \"rules\""));
  return results;
}

std::optional<double> share_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  return fields.number(key, kShares);
}

std::optional<Bound> bound_from_json(Fields& row, const std::string& key, const std::string& text_key,
                                     const std::string& where) {
  if (!row.has(key)) return std::nullopt;
  Fields fields(row.value(key), where + ": " + in_quotes(key));
  Bound bound{.time = Seconds{fields.number("seconds", kSeconds)}, .binds = fields.text(text_key)};
  fields.finish();
  return bound;
}

Record record_from_row(Fields& fields, const std::string& where) {
  Record record;
  record.status = fields.word("status", parse_status);
  record.launch = fields.integer("launch", kCounts);
  record.ranks = fields.integer("ranks", kRanks);
  record.warmup = fields.integer("warmup", kCounts);
  if (fields.has("configuration")) record.configuration = fields.text("configuration");
  if (fields.has("bytes")) record.bytes.value = fields.integer("bytes", kLarge);
  if (fields.has("flops")) record.flops.value = fields.number("flops", kRates);
  if (fields.has("count")) fields.value("count");  // follows from bytes, type and ranks
  if (fields.has("check")) record.check = check_from_json(fields.value("check"), where);
  if (fields.has("averaged_over")) record.averaged_over = fields.integer("averaged_over", kCounts);
  if (fields.has("origin")) record.origin = fields.text("origin");
  if (fields.has("samples_seconds")) record.seconds = durations_from_json(fields, "samples_seconds");
  if (fields.has("sample_values")) record.values = values_from_json(fields, "sample_values");
  record.agreed_samples = static_cast<int>(std::max(record.seconds.size(), record.values.size()));
  return record;
}

void read_numbers(Fields& fields, Row& row, const std::string& where) {
  if (fields.has("time_seconds")) {
    row.time = summary_from_json(fields.value("time_seconds"), where + ": \"time_seconds\"", kSeconds);
  }
  if (fields.has("value")) row.value = summary_from_json(fields.value("value"), where + ": \"value\"", kValues);
  if (fields.has("rank_median_seconds")) row.rank_medians = durations_from_json(fields, "rank_median_seconds");
  const auto rate = [&](const char* key) { return fields.has(key) ? fields.number(key, kRates) : 0; };
  row.algbw = rate("algbw_bytes_per_second");
  row.busbw = rate("busbw_bytes_per_second");
  row.flops_per_second = rate("flops_per_second");
  row.expectation.limit = bound_from_json(fields, "limit", "binds", where);
  row.expectation.prediction = bound_from_json(fields, "prediction", "basis", where);
  if (fields.has("unknown")) row.expectation.unknown = fields.text("unknown");
  row.fraction_of_limit = share_from_json(fields, "fraction_of_limit");
  row.fraction_of_prediction = share_from_json(fields, "fraction_of_prediction");
  row.fraction_at_clock = share_from_json(fields, "fraction_at_clock");
  row.fraction_of_data_sheet = share_from_json(fields, "fraction_of_data_sheet");
  if (fields.has("hidden_share")) row.hidden_share = fields.number("hidden_share", kHiddenShares);
}

Row row_from_json(const Json& json, const std::string& where, int ranks) {
  if (!json.is_object()) throw Error(where + " must be an object in braces");
  Json item = json;
  Json rest = Json::object();
  for (const std::string_view key : kOfRow) {
    const auto found = item.find(key);
    if (found == item.end()) continue;
    rest[std::string(key)] = *found;
    item.erase(found);
  }
  if (rest.contains("planned_ranks")) item["ranks"] = rest["planned_ranks"];
  rest.erase("planned_ranks");

  Row row;
  row.item = case_from_json(item, where, ranks);
  Fields fields(rest, where);
  row.verdict = fields.word("verdict", parse_verdict);
  row.reason = fields.text("reason");
  if (fields.has("status")) {
    row.record = record_from_row(fields, where);
    row.record->case_id = row.item.id;
  }
  read_numbers(fields, row, where);
  if (fields.has("remarks")) row.remarks = texts_from_json(fields, "remarks");
  row.rules = rules_from_json(fields, where);
  fields.finish();
  return row;
}

MachineSummary machine_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  MachineSummary machine;
  for (const Json& entry : list_of(fields, "hosts")) {
    Fields host(entry, where + ": \"hosts\"");
    machine.hosts.push_back({.name = host.text("name"),
                             .cpu_model = host.text("cpu_model"),
                             .physical_cores = host.integer("physical_cores", kCounts),
                             .logical_cpus = host.integer("logical_cpus", kCounts),
                             .numa_nodes = host.integer("numa_nodes", kCounts),
                             .memory = Bytes{host.integer("memory_bytes", kLarge)}});
    host.finish();
  }
  machine.devices = fields.integer("devices", kLarge);
  machine.links = fields.integer("links", kLarge);
  fields.finish();
  return machine;
}

void read_plan(Fields& report, const std::string& origin, Plan& plan) {
  plan.suite = report.text("suite");
  plan.ranks = report.integer("ranks", kRanks);
  Fields fields(report.value("plan"), origin + ": \"plan\"");
  plan.launcher = fields.text("launcher");
  plan.budget.value = fields.number("budget_seconds", kBudgetSeconds);
  plan.seed = fields.integer("seed", kLarge);
  plan.check_iterations = fields.integer("check_iterations", kCounts);
  fields.finish();
}

void read_run(Fields& report, const std::string& origin, Run& run) {
  run.ended = report.flag("ended");
  for (const Json& entry : list_of(report, "launches")) {
    const std::string where = origin + ": \"launches\"";
    Fields fields(entry, where);
    run.headers.push_back(header_from_json(fields, where));
    fields.finish();
  }
  for (const Json& entry : list_of(report, "incidents")) {
    Fields fields(entry, origin + ": \"incidents\"");
    run.incidents.push_back(incident_from_json(fields));
    fields.finish();
  }
}

void read_rows(Fields& fields, const std::string& origin, Report& report) {
  for (const Json& entry : list_of(fields, "rows")) {
    const std::string where = origin + ": row " + std::to_string(report.rows.size() + 1);
    report.rows.push_back(row_from_json(entry, where, report.plan.ranks));
    report.plan.cases.push_back(report.rows.back().item);
    if (report.rows.back().record) report.run.records.push_back(*report.rows.back().record);
  }
  if (fields.text("plan_hash") != plan_hash(report.plan)) {
    throw fields.error("plan_hash", "does not match the rows (" + plan_hash(report.plan) +
                                        "): the report was cut or edited; judge the run again");
  }
}

}  // namespace

Report report_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kReportSchema);
  Report report;
  report.verdict = fields.word("verdict", parse_verdict);
  report.reason = fields.text("reason");
  fields.value("counts");  // follow from the rows
  read_plan(fields, origin, report.plan);
  report.machine = machine_from_json(fields.value("machine"), origin + ": \"machine\"");
  read_run(fields, origin, report.run);
  report.rules = rules_from_json(fields, origin);
  read_rows(fields, origin, report);
  report.missing = texts_from_json(fields, "missing");
  report.findings = texts_from_json(fields, "findings");
  for (const Json& entry : list_of(fields, "guidelines")) {
    report.guidelines.push_back(guideline_from_json(entry, origin + ": \"guidelines\""));
  }
  if (fields.has("health")) report.health = health_summary_from_json(fields.value("health"), origin + ": \"health\"");
  fields.finish();
  return report;
}

Report read_report(const std::string& path) {
  std::error_code unknown;
  const std::string file = std::filesystem::is_directory(path, unknown) ? path + "/report.json" : path;
  return report_from_json(parse_json(read_file(file), file), file);
}

}  // namespace muster
