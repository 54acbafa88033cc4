// SPDX-License-Identifier: Apache-2.0
// Prometheus text, exposition format 0.0.4, for the textfile collector of a node: what an alert or a dashboard needs of
// the last report. All are gauges; SI units stand in the names; what is unknown has no line. The metrics are a table.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "reports/rows.hpp"
#include "reports/table_cells.hpp"
#include "reports/writers/text.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

constexpr std::array<std::string_view, 5> kStates = {"pass", "fail", "ambiguous", "no_data", "unsupported"};

class Exposition {
 public:
  void describe(std::string_view name, std::string_view help) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" gauge\n");
  }

  void add(std::string_view name, const Labels& labels, double value) {
    text_.append(name);
    for (const auto& [label, text] : labels) {
      text_.append(&label == &labels.front().first ? "{" : ",").append(label).append("=\"");
      text_.append(prometheus_label(text)).append("\"");
    }
    text_.append(labels.empty() ? " " : "} ").append(exact_number(value)).append("\n");
  }

  /// One line per state, 1 for the one that holds.
  void add_states(std::string_view name, const Labels& labels, std::string_view verdict) {
    for (const std::string_view state : kStates) {
      Labels all = labels;
      all.emplace_back("state", std::string(state));
      add(name, all, state == verdict ? 1 : 0);
    }
  }

  std::string text() const { return text_; }

 private:
  std::string text_;
};

Labels labels_of(const Row& row) {
  Labels labels = {{"case", row.item.id}, {"family", std::string(name_of(row.item.family))}};
  if (row.item.family == Family::metric) labels.emplace_back("unit", row.item.unit);
  return labels;
}

std::optional<double> positive(double value) { return value > 0 ? std::optional(value) : std::nullopt; }

std::optional<double> seconds_of(const std::optional<Bound>& bound) {
  return bound ? std::optional(bound->time.value) : std::nullopt;
}

std::optional<double> of(const std::optional<Summary>& summary, double Summary::*number) {
  return summary ? std::optional((*summary).*number) : std::nullopt;
}

std::optional<double> wrong_elements(const Row& row) {
  if (!row.record || row.record->check.elements == 0) return std::nullopt;
  return static_cast<double>(row.record->check.wrong);
}

struct CaseMetric {
  std::string_view name;
  std::string_view help;
  std::optional<double> (*value)(const Row& row);
};
constexpr auto kCaseMetrics = std::to_array<CaseMetric>({
    {"muster_case_time_seconds", "Median duration of one operation, of the slowest rank.",
     [](const Row& row) { return of(row.time, &Summary::median); }},
    {"muster_case_time_low_seconds", "Lower end of the interval of the median duration.",
     [](const Row& row) { return of(row.time, &Summary::low); }},
    {"muster_case_time_high_seconds", "Upper end of the interval of the median duration.",
     [](const Row& row) { return of(row.time, &Summary::high); }},
    {"muster_case_algbw_bytes_per_second", "Bytes of the operation over its median duration.",
     [](const Row& row) { return positive(row.algbw); }},
    {"muster_case_busbw_bytes_per_second", "Bus bandwidth as nccl-tests defines it.",
     [](const Row& row) { return positive(row.busbw); }},
    {"muster_case_flops_per_second", "Floating-point operations per second and rank.",
     [](const Row& row) { return positive(row.flops_per_second); }},
    {"muster_case_limit_seconds", "Least duration that the topology allows.",
     [](const Row& row) { return seconds_of(row.expectation.limit); }},
    {"muster_case_prediction_seconds", "Duration that the schedule should have at measured rates.",
     [](const Row& row) { return seconds_of(row.expectation.prediction); }},
    {"muster_case_limit_ratio", "Limit over median duration; 1 is as fast as physics allows.",
     [](const Row& row) { return row.fraction_of_limit; }},
    {"muster_case_prediction_ratio", "Prediction over median duration.",
     [](const Row& row) { return row.fraction_of_prediction; }},
    {"muster_case_wrong_elements", "Elements of the checked results that were wrong.", wrong_elements},
    {"muster_case_value", "Median of a metric of another tool, in the unit of the label.",
     [](const Row& row) { return of(row.value, &Summary::median); }},
});

// Seconds since 1970 of "2025-01-02T03:04:05Z"; nothing of any other text.
std::optional<double> timestamp_of(const std::string& text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  int end = 0;
  const int found =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute, &second, &end);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (found != 6 || static_cast<std::size_t>(end) != text.size() || !date.ok()) return std::nullopt;
  const std::chrono::seconds moment = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                                      std::chrono::minutes(minute) + std::chrono::seconds(second);
  return static_cast<double>(moment.count());
}

void write_report_metrics(const Report& report, Exposition& out) {
  out.describe("muster_verdict", "Verdict of the whole report: 1 for the state that holds.");
  for (const std::string_view state : kStates) {
    if (state == "unsupported") continue;  // a case may be, a report never
    out.add("muster_verdict", {{"state", std::string(state)}}, name_of(report.verdict) == state ? 1 : 0);
  }
  out.describe("muster_cases", "Planned cases by state.");
  for (const std::string_view state : kStates) {
    const auto count = std::ranges::count_if(report.rows, [&](const Row& row) { return verdict_cell(row) == state; });
    out.add("muster_cases", {{"state", std::string(state)}}, static_cast<double>(count));
  }
  out.describe("muster_ranks", "Ranks of the plan.");
  out.add("muster_ranks", {}, report.plan.ranks);
  if (report.run.headers.empty()) return;
  const RunHeader& header = report.run.headers.front();
  if (const auto started = timestamp_of(header.started)) {
    out.describe("muster_started_timestamp_seconds", "Start of the run, since 1970.");
    out.add("muster_started_timestamp_seconds", {}, *started);
  }
  out.describe("muster_plan_info", "What was measured, in labels; always 1.");
  Labels labels = {{"suite", report.plan.suite}, {"plan_hash", plan_hash(report.plan)}};
  if (const auto version = header.versions.find("muster"); version != header.versions.end()) {
    labels.emplace_back("version", version->second);
  }
  out.add("muster_plan_info", labels, 1);
}

void write_verdicts(const Report& report, Exposition& out) {
  if (!report.rules.empty()) out.describe("muster_rule_verdict", "Verdict of a rule: 1 for the state that holds.");
  for (std::size_t i = 0; i < report.rules.size(); ++i) {
    const RuleResult& rule = report.rules[i];
    // Two rules may share a name and a demand; the number keeps their series apart.
    const Labels labels = {{"number", std::to_string(i + 1)}, {"rule", rule.rule}, {"requirement", rule.requirement}};
    out.add_states("muster_rule_verdict", labels, name_of(rule.verdict));
  }
  if (!report.rows.empty()) out.describe("muster_case_verdict", "Verdict of a case: 1 for the state that holds.");
  for (const Row& row : report.rows) out.add_states("muster_case_verdict", labels_of(row), verdict_cell(row));
}

}  // namespace

std::string write_prometheus(const Report& report, const WriteOptions&) {
  Exposition out;
  write_report_metrics(report, out);
  write_verdicts(report, out);
  for (const CaseMetric& metric : kCaseMetrics) {
    bool is_described = false;
    for (const Row& row : report.rows) {
      const std::optional<double> value = metric.value(row);
      if (!value) continue;
      if (!is_described) out.describe(metric.name, metric.help);
      is_described = true;
      out.add(metric.name, labels_of(row), *value);
    }
  }
  return out.text();
}

}  // namespace muster
