// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_json.hpp"

#include <cmath>

namespace muster {
namespace {

constexpr int kSchemaVersion = 3;
constexpr double kMicro = 1e6, kGiga = 1e9;

/// That schema has words for truth values.
const char* word_of(bool value) { return value ? "true" : "false"; }

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json microseconds(const std::vector<double>& seconds) {
  Json list = Json::array();
  for (const double each : seconds) list.push_back(number(each * kMicro));
  return list;
}

Json config_of(const PerfReport& report) {
  const PerfOptions& options = report.options;
  Json config = {{"nthreads", options.threads.value_or(1)},
                 {"ngpus", options.gpus.value_or(1)},
                 {"minimum_bytes", options.min_bytes.value},
                 {"maximum_bytes", options.max_bytes.value}};
  if (options.step_factor > 1) {
    config["step_factor"] = options.step_factor;
  } else {
    config["step_bytes"] = options.step_bytes;
  }
  config["warmup_iters"] = options.warmup;
  config["iterations"] = options.iterations;
  config["aggregated_iterations"] = options.aggregated;
  config["validation"] = options.checks;
  config["graph"] = options.graph_launches;
  config["blocking_collectives"] = word_of(options.blocking != 0);
  config["per_iter_timing"] = word_of(options.per_iteration != 0);
  config["parallel_init"] = word_of(options.parallel_init != 0);
  config["notes"] = report.notes;
  config["devices"] = Json::array();
  for (const PerfDevice& device : report.devices) {
    config["devices"].push_back({{"rank", device.rank},
                                 {"group", device.group},
                                 {"pid", device.pid},
                                 {"hostname", device.host},
                                 {"device", device.device},
                                 {"device_hex", device.address},
                                 {"device_info", device.name}});
  }
  return config;
}

Json placement_json(const PerfPlacementResult& result, const PerfOptions& options) {
  return {{options.cpu_time != 0 ? "cpu_time" : "time", number(result.seconds * kMicro)},
          {"alg_bw", number(result.algbw / kGiga)},
          {"bus_bw", number(result.busbw / kGiga)},
          {"nwrong", result.wrong ? Json(*result.wrong) : Json(nullptr)}};
}

Json iterations_json(const PerfIterations& iterations) {
  Json json = {{"skipped_iterations", iterations.skipped},       {"min_us", number(iterations.least * kMicro)},
               {"max_us", number(iterations.most * kMicro)},     {"avg_us", number(iterations.mean * kMicro)},
               {"p50_us", number(iterations.p50 * kMicro)},      {"p95_us", number(iterations.p95 * kMicro)},
               {"p99_us", number(iterations.p99 * kMicro)},      {"stdev_us", number(iterations.deviation * kMicro)},
               {"cv_pct", number(iterations.variation_percent)}, {"times_us", microseconds(iterations.seconds)},
               {"per_process_max_times_us", Json::array()}};
  for (const std::vector<double>& rank : iterations.rank_seconds) {
    json["per_process_max_times_us"].push_back(microseconds(rank));
  }
  return json;
}

Json row_json(const PerfRow& row, const PerfReport& report) {
  Json json = {{"size", row.size},
               {"count", row.count},
               {"type", row.type},
               {"redop", row.operation},
               {"root", std::to_string(row.root)}};
  const auto add = [&](const std::string& key, const PerfPlacementResult& result) {
    json[key] = placement_json(result, report.options);
    if (result.iterations) json[key + "_per_iter"] = iterations_json(*result.iterations);
  };
  add("out_of_place", row.out_of_place);
  add("in_place", row.in_place);
  json["actual_iterations"] = report.options.iterations;
  json["experiment_name"] = report.program->title;
  return json;
}

}  // namespace

Json perf_json(const PerfReport& report) {
  const PerfVerdict verdict = verdict_of(report);
  Json json = {{"version", kSchemaVersion}, {"start_time", report.start_time},        {"args", report.arguments},
               {"env", report.environment}, {"nccl_version", report.library_version}, {"config", config_of(report)},
               {"results", Json::array()}};
  for (const PerfRow& row : report.rows) json["results"].push_back(row_json(row, report));
  json["out_of_bounds"] = {{"count", verdict.wrong}, {"okay", word_of(verdict.wrong == 0)}};
  json["average_bus_bandwidth"] = {{"bandwidth", number(verdict.mean_busbw / kGiga)},
                                   {"okay", verdict.is_fast_enough ? word_of(*verdict.is_fast_enough) : "unchecked"}};
  json["errors"] = report.errors;
  json["end_time"] = report.end_time;
  return json;
}

}  // namespace muster
