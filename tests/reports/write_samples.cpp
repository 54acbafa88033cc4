// SPDX-License-Identifier: Apache-2.0
// Writes one file of each kind into a folder, as the program would, and broken twins of them: the schema tests read
// both.
//   write_samples FOLDER
#include <cstdio>
#include <exception>

#include "reports/comparison/comparison.hpp"
#include "tests/reports/health_fixture.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

// Every shape that a plan can have: rooted, uneven and in-place collectives, a part of the ranks, a metric.
Plan wide_plan() {
  Plan plan = synthetic_plan();
  Case item;
  item.size = Bytes{65536};
  item.collective = Collective::broadcast;
  item.root = 1;
  plan.cases.push_back(item);
  item.collective = Collective::all_to_allv;
  item.traffic = "skewed";
  plan.cases.push_back(item);
  item.collective = Collective::all_gather;
  item.placement = Placement::in_place;
  item.cadence = Cadence::streaming;
  plan.cases.push_back(item);
  item = Case{};
  item.size = Bytes{65536};
  item.operation = ReduceOperation::max;
  item.ranks = 1;
  item.group = "node0";
  plan.cases.push_back(item);
  item = Case{};
  item.family = Family::metric;
  item.name = "h2d/gpu0";
  item.unit = "GB/s";
  item.better = Better::higher;
  plan.cases.push_back(item);
  for (Case& each : plan.cases) each.id = case_id(each);
  return plan;
}

std::string text_of(const Run& run) {
  std::string text = to_line(to_json(run.headers[0])) + "\n";
  for (const HealthReport& report : run.health) text += to_line(health_line(report)) + "\n";
  for (const Record& record : run.records) text += to_line(to_json(record)) + "\n";
  for (const Incident& incident : run.incidents) text += to_line(to_json(incident)) + "\n";
  return text + to_line(end_line(run.records.size())) + "\n";
}

// The same document with one key that no schema knows.
Json with_surprise(Json json) {
  json["surprise"] = 1;
  return json;
}

Json targets_json() {
  return parse_json(R"({"schema": "muster/targets/1", "name": "sample", "rules": [
    {"name": "correct", "require": {"correct": true}},
    {"name": "bandwidth", "scope": "best", "require": {"busbw_bytes_per_second": 1e9},
     "select": {"collectives": ["all_reduce"], "min_size": "1M", "max_size": 8388608, "types": ["float"]}}]})",
                    "sample targets");
}

void write_samples(const std::string& folder) {
  const Plan plan = wide_plan();
  Run run = synthetic_run(plan);
  Record& metric = run.records.back();
  metric.values.swap(metric.seconds);
  metric.rank_seconds.clear();
  metric.arrival_seconds.clear();
  metric.origin = "numbers.txt:3";
  run.incidents.push_back({.launch = 0, .rank = -1, .host = {}, .case_id = {}, .what = "interrupted"});
  run.health = sound_health_run().health;
  run.health.back().xids.push_back({.address = "0000:18:00.0", .code = 79, .text = "GPU has fallen off the bus."});
  run.health.front().xids_unknown = run.health.front().gpus_unknown = "no permission";
  record_of(run, kMatmul).telemetry.push_back(sound_telemetry(0, "GPU-a0"));
  record_of(run, kNative).check.wrong = 1;
  record_of(run, kReduce).seconds.resize(3);
  std::erase_if(run.records, [](const Record& record) { return record.case_id == kExchange; });
  const Targets targets = targets_from_json(targets_json(), "sample targets");
  const Json report = to_json(judge(plan, synthetic_topology(), run, synthetic_expectations(plan), targets));

  const Report judged = report_from_json(report, "sample report");
  const std::vector<ComparedReport> compared = {{.label = "a", .report = judged, .price = 2, .watts = 700},
                                                {.label = "b", .report = judged, .price = 3, .watts = 700}};
  const Json comparison = to_json(compare(compared, {}));

  write_file(folder + "/comparison.json", to_document(comparison));
  write_file(folder + "/broken_comparison.json", to_document(with_surprise(comparison)));
  write_file(folder + "/plan.json", to_document(to_json(plan)));
  write_file(folder + "/run.jsonl", text_of(run));
  write_file(folder + "/report.json", to_document(report));
  write_file(folder + "/targets.json", to_document(targets_json()));
  write_file(folder + "/cluster.json", to_document(to_json(synthetic_topology())));

  write_file(folder + "/broken_plan.json", to_document(with_surprise(to_json(plan))));
  write_file(folder + "/broken_run.jsonl", text_of(run) + to_line(with_surprise(end_line(1))) + "\n");
  write_file(folder + "/broken_report.json", to_document(with_surprise(report)));
  write_file(folder + "/broken_targets.json", to_document(with_surprise(targets_json())));
  write_file(folder + "/broken_cluster.json", to_document(with_surprise(to_json(synthetic_topology()))));
  write_file(folder + "/nan_report.json", "{\"schema\": NaN}\n");
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  try {
    muster::write_samples(argc > 1 ? argv[1] : ".");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_samples: %s\n", error.what());
    return 2;
  }
}
