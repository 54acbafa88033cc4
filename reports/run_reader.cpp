// SPDX-License-Identifier: Apache-2.0
// run.jsonl, read. Each number is checked for sense and each series for its shape, because the file may be torn, from
// another version, or edited; whatever gets through is judged.
#include <algorithm>
#include <string_view>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/record_reader.hpp"

namespace muster {

namespace {

// Bounds that no honest run reaches.
constexpr Range<int> kLaunches = {0, 1'000'000};
constexpr Range<int> kRanks = {1, 1 << 20};
constexpr Range<int> kRankOrNone = {-1, 1 << 20};
constexpr Range<int> kCounts = {0, 10'000'000};
constexpr Range<int> kOperations = {0, 1 << 30};  // in one mean of another tool
constexpr Range<std::uint64_t> kElements = {0, ~std::uint64_t{0}};
constexpr Range<std::uint64_t> kBytes = {0, std::uint64_t{1} << 50};
constexpr Range<double> kFlops = {0, 1e24};
constexpr Range<double> kRates = {0, 1e18};  // hertz or bytes per second
// One operation: more than nothing (a clock ticks in ns), less than a day. An offset between ranks may be 0.
constexpr Range<double> kSampleSeconds = {1e-12, 86400};
constexpr Range<double> kValues = {-1e30, 1e30};  // in a unit of another tool
constexpr Range<double> kOffsetSeconds = {0, 86400};

std::vector<double> series_from_json(const Json& json, const Fields& fields, const std::string& key,
                                     Range<double> range) {
  if (!json.is_array()) throw fields.error(key, "must be a list of numbers");
  std::vector<double> series;
  series.reserve(json.size());
  for (const Json& entry : json) {
    // Written so that a NaN is refused too.
    if (!entry.is_number() || !(entry.get<double>() >= range.at_least && entry.get<double>() <= range.at_most)) {
      throw fields.error(key, "sample " + std::to_string(series.size() + 1) + " is " + in_quotes(entry.dump()) +
                                  ", not a number between " + to_line(Json(range.at_least)) + " and " +
                                  to_line(Json(range.at_most)));
    }
    series.push_back(entry.get<double>());
  }
  return series;
}

// Empty (not kept), or one series per rank, each as long as `seconds`.
std::vector<std::vector<double>> per_rank_from_json(Fields& fields, const std::string& key, const Record& record) {
  const Json& json = fields.value(key);
  if (!json.is_array()) throw fields.error(key, "must be a list with one list per rank");
  std::vector<std::vector<double>> all;
  for (const Json& entry : json) {
    all.push_back(series_from_json(entry, fields, key, kOffsetSeconds));
    if (all.back().size() != record.seconds.size()) {
      throw fields.error(key, "has " + std::to_string(all.back().size()) + " samples of rank " +
                                  std::to_string(all.size() - 1) + " beside " + std::to_string(record.seconds.size()) +
                                  " of \"seconds\"");
    }
  }
  if (all.size() % static_cast<std::size_t>(record.ranks) != 0) {  // several groups of so many ranks have more
    throw fields.error(key,
                       "has " + std::to_string(all.size()) + " series for " + std::to_string(record.ranks) + " ranks");
  }
  return all;
}

std::vector<Telemetry> telemetries_from_json(Fields& fields, int ranks, const std::string& where) {
  const Json& json = fields.value("telemetry");
  if (!json.is_array()) throw fields.error("telemetry", "must be a list with one object per GPU");
  std::vector<Telemetry> all;
  for (const Json& entry : json) {
    all.push_back(telemetry_from_json(entry, where));
    if (all.back().rank >= ranks) throw fields.error("telemetry", "is of a rank that the case did not have");
  }
  return all;
}

Record record_from_json(Fields& fields, const std::string& where) {
  Record record;
  record.case_id = fields.text("case");
  record.launch = fields.integer("launch", kLaunches);
  record.status = fields.word("status", parse_status);
  record.reason = fields.text("reason");
  record.ranks = fields.integer("ranks", kRanks);
  record.warmup = fields.integer("warmup", kCounts);
  record.agreed_samples = fields.integer("agreed_samples", kCounts);
  record.bytes.value = fields.integer("bytes", kBytes);
  record.flops.value = fields.number("flops", kFlops);
  record.configuration = fields.text("configuration");
  record.check = check_from_json(fields.value("check"), where);
  if (fields.has("averaged_over")) record.averaged_over = fields.integer("averaged_over", kOperations);
  if (fields.has("origin")) record.origin = fields.text("origin");
  if (fields.has("values")) record.values = values_from_json(fields, "values");
  record.seconds = durations_from_json(fields, "seconds");
  if (record.seconds.size() > static_cast<std::size_t>(record.agreed_samples)) {
    throw fields.error("seconds", "has more samples than were agreed (" + std::to_string(record.agreed_samples) + ")");
  }
  record.rank_seconds = per_rank_from_json(fields, "rank_seconds", record);
  record.arrival_seconds = per_rank_from_json(fields, "arrival_seconds", record);
  const int ranks = std::max(record.ranks, static_cast<int>(record.rank_seconds.size()));
  if (fields.has("telemetry")) record.telemetry = telemetries_from_json(fields, ranks, where);
  return record;
}

std::map<std::string, std::string> texts_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  std::map<std::string, std::string> texts;
  for (const auto& [key, unused] : json.items()) texts[key] = fields.text(key);
  return texts;
}

std::vector<Gpu> gpus_from_json(const Fields& fields, const Json& json, const std::string& where) {
  if (!json.is_array()) throw fields.error("gpus", "must be a list of GPUs");
  std::vector<Gpu> gpus;
  for (const Json& gpu : json) gpus.push_back(gpu_from_json(gpu, where + ": \"gpus\""));
  return gpus;
}

}  // namespace

CheckResult check_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"check\"");
  CheckResult check;
  check.iterations = fields.integer("iterations", kCounts);
  check.elements = fields.integer("elements", kElements);
  check.wrong = fields.integer("wrong", Range<std::uint64_t>{0, check.elements});
  check.first_wrong = fields.text("first_wrong");
  fields.finish();
  return check;
}

RunHeader header_from_json(Fields& fields, const std::string& where) {
  RunHeader header;
  header.started = fields.text("started");
  header.plan_hash = fields.text("plan_hash");
  header.launcher = fields.text("launcher");
  header.ranks = fields.integer("ranks", kRanks);
  const Json& hosts = fields.value("hosts");
  if (!hosts.is_array()) throw fields.error("hosts", "must be a list of names");
  for (const Json& host : hosts) {
    if (!host.is_string()) throw fields.error("hosts", "must be a list of names");
    header.hosts.push_back(host.get<std::string>());
  }
  header.clock_error =
      series_from_json(fields.value("clock_error_seconds"), fields, "clock_error_seconds", kOffsetSeconds);
  const auto ranks = static_cast<std::size_t>(header.ranks);
  if (fields.has("gpus")) header.gpus = gpus_from_json(fields, fields.value("gpus"), where);
  if (!header.gpus.empty() && header.gpus.size() != ranks) throw fields.error("gpus", "must name the GPU of each rank");
  if (header.hosts.size() != ranks) throw fields.error("hosts", "must name the host of each rank");
  if (header.clock_error.size() != ranks) throw fields.error("clock_error_seconds", "must have a number for each rank");
  header.versions = texts_from_json(fields.value("versions"), where + ": \"versions\"");
  header.environment = texts_from_json(fields.value("environment"), where + ": \"environment\"");
  return header;
}

Incident incident_from_json(Fields& fields) {
  return {.launch = fields.integer("launch", kLaunches),
          .rank = fields.integer("rank", kRankOrNone),
          .host = fields.text("host"),
          .case_id = fields.text("case"),
          .what = fields.text("what")};
}

std::vector<double> durations_from_json(Fields& fields, const std::string& key) {
  return series_from_json(fields.value(key), fields, key, kSampleSeconds);
}

std::vector<double> values_from_json(Fields& fields, const std::string& key) {
  return series_from_json(fields.value(key), fields, key, kValues);
}

namespace {

// Collects the lines of one file in their order.
class RunBuilder {
 public:
  void add(const Json& json, const std::string& where) {
    Fields fields(json, where);
    fields.expect_schema(kRunSchema);
    const std::string kind = fields.text("kind");
    if (kind == "header") {
      run_.headers.push_back(header_from_json(fields, where));
      before_launch_ = run_.records.size();
      run_.ended = false;
    } else if (kind == "case") {
      if (run_.headers.empty()) throw fields.error("kind", "is \"case\" before any header");
      run_.records.push_back(record_from_json(fields, where));
      run_.ended = false;
    } else if (kind == "health") {
      run_.health.push_back(health_report_from_json(fields, where));
    } else if (kind == "incident") {
      run_.incidents.push_back(incident_from_json(fields));
    } else if (kind == "end") {
      add_end(fields, where);
    } else {
      throw fields.error("kind", "is " + in_quotes(kind) + ": use one of header, case, health, incident, end");
    }
    fields.finish();
  }

  void add_cut_line(const std::string& where) {
    add_incident(where + ": the last line was cut while it was written");
    run_.ended = false;
  }

  Run take() { return std::move(run_); }

 private:
  // The end line ends the run only where it stands after all records of its launch and counts them.
  void add_end(Fields& fields, const std::string& where) {
    const auto told = fields.integer("records", Range<std::uint64_t>{0, 1'000'000'000});
    const std::size_t found = run_.records.size() - before_launch_;
    run_.ended = told == found;
    if (run_.ended) return;
    add_incident(where + ": the end line counts " + std::to_string(told) + " records of its launch, the file has " +
                 std::to_string(found) + ": lines are lost");
  }

  void add_incident(const std::string& what) {
    const auto launches = static_cast<int>(run_.headers.size());
    run_.incidents.push_back(
        {.launch = std::max(0, launches - 1), .rank = -1, .host = {}, .case_id = {}, .what = what});
  }

  Run run_;
  std::size_t before_launch_ = 0;  // records of earlier launches
};

bool is_json(std::string_view text) {
  try {
    parse_json(text, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Gpu gpu_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Gpu gpu;
  gpu.ordinal = fields.integer("ordinal", kCounts);
  gpu.model = fields.text("model");
  gpu.uuid = fields.text("uuid");
  gpu.address = fields.text("address");
  gpu.compute_capability = fields.integer("compute_capability", kCounts);
  gpu.multiprocessors = fields.integer("multiprocessors", kCounts);
  gpu.memory.value = fields.integer("memory_bytes", kBytes);
  gpu.cache.value = fields.integer("cache_bytes", kBytes);
  gpu.clock_hertz = fields.number("clock_hertz", kRates);
  gpu.memory_rate.value = fields.number("memory_bytes_per_second", kRates);
  fields.finish();
  return gpu;
}

Run run_from_lines(std::string_view text, const std::string& origin) {
  RunBuilder builder;
  std::string_view rest = text;
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t newline = rest.find('\n');
    const std::string_view content = rest.substr(0, newline);
    const std::string where = origin + ":" + std::to_string(line);
    if (newline == std::string_view::npos && !is_json(content)) {
      builder.add_cut_line(where);
      break;
    }
    builder.add(parse_json(content, where), where);
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return builder.take();
}

Run read_run(const std::string& path) { return run_from_lines(read_file(path), path); }

}  // namespace muster
