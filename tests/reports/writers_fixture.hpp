// SPDX-License-Identifier: Apache-2.0
// Reports that the tests of the writers share: one with a row of every kind, and one whose every text is an attack.
#pragma once

#include <string>

#include "tests/reports/synthetic.hpp"

namespace muster {

/// Ends an element, an attribute, a comment, a line, a quote and a table cell; turns the direction of writing; starts a
/// formula, a link and a mention.
inline constexpr const char* kHostile =
    "</script><img src=x onerror=alert(1)>\"'&|`]](http://tracker.invalid/x) @team #1 --> ]]>\x1b[2J\n\xE2\x80\xAE=1+1";

inline Record record_of_two(const std::string& case_id) {
  Record record;
  record.case_id = case_id;
  record.ranks = 2;
  return record;
}

inline Row measured_row(const Case& item, double seconds, const RuleResult& result) {
  Row row;
  row.item = item;
  row.item.id = case_id(item);
  row.record = record_of_two(row.item.id);
  row.record->bytes = item.size;
  row.record->check = {.iterations = 1, .elements = 100, .wrong = 0, .first_wrong = {}};
  row.record->seconds = samples_around(seconds, 0.02);
  row.time = summarise(row.record->seconds);
  row.algbw = row.busbw = static_cast<double>(item.size.value) / seconds;
  row.expectation.limit = Bound{Seconds{seconds / 2}, "made up"};
  row.expectation.prediction = Bound{Seconds{seconds * 0.8}, "made up"};
  row.fraction_of_limit = 0.5;
  row.fraction_of_prediction = 0.8;
  row.verdict = result.verdict;
  row.reason = result.reason;
  return row;
}

inline void add_row(Report& report, const Row& row) {
  report.rows.push_back(row);
  report.plan.cases.push_back(row.item);
}

/// The synthetic run with one slow, one wrong and one missing case; all_reduce over three sizes, links between three
/// GPUs of which one fails, pairs of nodes, and a metric of another tool that stays ambiguous.
inline Report report_of_all_kinds() {
  const Plan plan = synthetic_plan();
  Run run = synthetic_run(plan);
  record_of(run, kMatmul).seconds = samples_around(20e-3, 0.01);
  record_of(run, kExchange).check = {.iterations = 2, .elements = 1000, .wrong = 3, .first_wrong = "rank 1 element 17"};
  std::erase_if(run.records, [](const Record& record) { return record.case_id == kReduce; });
  Report report = judge(plan, synthetic_topology(), run, synthetic_expectations(plan), synthetic_targets());
  const RuleResult pass{.rule = "r", .requirement = "q", .verdict = Verdict::pass, .reason = "as demanded"};
  const RuleResult fail{.rule = "r", .requirement = "q", .verdict = Verdict::fail, .reason = "half of its sisters"};
  Case collective = plan.cases[5];
  for (const std::uint64_t size : {65536U, 16777216U}) {
    collective.size = Bytes{size};
    add_row(report, measured_row(collective, 1e-5 + static_cast<double>(size) / 4e9, pass));
  }
  Case link;
  link.family = Family::link;
  link.size = Bytes{1U << 28};
  for (int source = 0; source < 3; ++source) {
    for (int target = 0; target < 3; ++target) {
      if (source == target) continue;
      link.source = {Processor::gpu, source};
      link.target = {Processor::gpu, target};
      const bool is_slow = source == 1 && target == 2;
      add_row(report, measured_row(link, is_slow ? 2e-3 : 1e-3, is_slow ? fail : pass));
    }
  }
  Case pair = plan.cases[5];
  pair.ranks = 2;
  for (const char* group : {"node2+node10", "node1+node2", "node1+node10"}) {
    pair.group = group;
    add_row(report, measured_row(pair, 3e-4, pass));
  }
  Row metric;
  metric.item.family = Family::metric;
  metric.item.name = "h2d/gpu0";
  metric.item.unit = "GB/s";
  metric.item.id = case_id(metric.item);
  metric.record = record_of_two(metric.item.id);
  metric.record->origin = "nvbandwidth.log:12";
  metric.record->values = {55.2, 55.4};
  metric.value = summarise(metric.record->values);
  metric.verdict = Verdict::ambiguous;
  metric.reason = "2 samples on both sides of 55.3: about 40 more would tell";
  add_row(report, metric);
  report.health.findings.push_back({Severity::warning, "slot_too_slow", "node0/gpu1", "gen4 in a gen5 slot", {}});
  return report;
}

/// As above, with kHostile wherever a file may bring a text.
inline Report hostile_report() {
  Report report = report_of_all_kinds();
  report.reason = report.plan.suite = report.plan.launcher = kHostile;
  for (Row& row : report.rows) {
    row.reason = kHostile;
    if (row.item.family == Family::metric) row.item.id = row.item.name = row.item.unit = kHostile;
    if (row.record) row.record->origin = kHostile;
    if (!row.item.group.empty()) row.item.group = std::string(kHostile) + "+" + kHostile + "2";
  }
  for (RuleResult& rule : report.rules) rule.rule = rule.requirement = rule.reason = kHostile;
  report.findings.emplace_back(kHostile);
  report.health.findings[0].place = report.health.findings[0].meaning = kHostile;
  report.machine.hosts[0].name = report.machine.hosts[0].cpu_model = kHostile;
  RunHeader& header = report.run.headers[0];
  header.started = header.hosts[0] = kHostile;
  header.versions[kHostile] = kHostile;
  header.environment[kHostile] = kHostile;
  return report;
}

}  // namespace muster
