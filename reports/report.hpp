// SPDX-License-Identifier: Apache-2.0
// The judged run: a row per planned case with its numbers, percentages and verdict, and one overall verdict.
// JSON: report.json (docs/formats.md). Text: the table that `muster bench` and `muster judge` print.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/case.hpp"
#include "reports/expectation.hpp"
#include "reports/guideline.hpp"
#include "reports/health_rules.hpp"
#include "reports/record.hpp"
#include "reports/statistics.hpp"
#include "reports/targets.hpp"
#include "reports/verdict.hpp"
#include "topology/graph.hpp"

namespace muster {

inline constexpr std::string_view kReportSchema = "muster/report/1";

/// A measured median may undercut its limit by this share before it counts as impossible: clocks of two hosts and the
/// measured ceilings behind a limit are good to about 1 % each.
inline constexpr double kLimitTolerance = 0.02;

struct RuleResult {
  std::string rule;         ///< its name in the target file
  std::string requirement;  ///< readable: "fraction of limit >= 0.3"
  Verdict verdict = Verdict::no_data;
  std::string reason;  ///< why, and for ambiguous what would settle it
};

struct Row {
  Case item;
  std::optional<Record> record;
  std::optional<Summary> time;         ///< seconds
  std::optional<Summary> value;        ///< family metric, in the case's unit
  std::vector<double> rank_medians{};  ///< [rank] seconds, where each rank's own durations are known
  double algbw = 0;                    ///< bytes per second; 0 where it means nothing
  double busbw = 0;
  double flops_per_second = 0;  ///< per rank
  Expectation expectation;
  std::optional<double> fraction_of_limit;  ///< limit time / median time
  std::optional<double> fraction_of_prediction;
  std::optional<double> fraction_at_clock;       ///< matmul on a GPU: of its peak at the clock seen while it ran
  std::optional<double> fraction_of_data_sheet;  ///< likewise: of the data sheet's peak, at its nominal clock
  /// Family overlap: of the shorter half, the share that took no time of its own: (collective + products - both at
  /// once) / the lesser of the two, by medians, where each half was measured alone. 1 = hidden; below 0 = slower at
  /// once than one after the other; noise may carry it beyond 1.
  std::optional<double> hidden_share;
  Verdict verdict = Verdict::no_data;
  std::string reason;
  std::vector<std::string> remarks{};  ///< what its series of samples looks like where that is not plain noise
  std::vector<RuleResult> rules;
};

/// What a report keeps of the topology.
struct MachineSummary {
  std::vector<Host> hosts{};  ///< without their memory levels
  std::size_t devices = 0;
  std::size_t links = 0;
};

struct Report {
  Plan plan;
  Topology topology;  ///< empty in a report that was read
  MachineSummary machine;
  Run run;
  std::vector<Row> rows;                         ///< in the order of the plan
  std::vector<RuleResult> rules;                 ///< in the order of the targets: the worst over what each rule selects
  HealthSummary health;                          ///< of the GPUs
  std::vector<GuidelineViolation> guidelines{};  ///< measurements that contradict each other
  std::vector<std::string> missing;              ///< planned, no record
  std::vector<std::string> findings;             ///< what a reader must know: incidents, extra records, clocks
  Verdict verdict = Verdict::no_data;
  std::string reason;  ///< of the overall verdict, one line
};

/// Pure: the same inputs give the same report, bit for bit. Fails closed (design, invariant 6). Throws Error when a
/// rule selects no planned case.
Report judge(const Plan& plan, const Topology& topology, const Run& run, const Expectations& expectations,
             const Targets& targets);

Json to_json(const Report& report);

/// The report as it was judged: everything but the topology (its summary stays in the file) and samples per rank, of
/// which there are medians. What to_json() writes of it are the same bytes. Throws Error naming `origin` and the key.
Report report_from_json(const Json& json, const std::string& origin);

/// Of a report.json, or of the report.json in a folder.
Report read_report(const std::string& path);

/// The tables for people: rows grouped by family, then findings and the overall verdict.
void print_table(std::ostream& out, const Report& report);

}  // namespace muster
