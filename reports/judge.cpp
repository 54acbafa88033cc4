// SPDX-License-Identifier: Apache-2.0
// The judgement of a whole run: rows, then rules, then what a reader must know, then one verdict over all of it.
#include <algorithm>
#include <iterator>
#include <map>

#include "core/error.hpp"
#include "reports/gpu_rates.hpp"
#include "reports/overlap.hpp"
#include "reports/rows.hpp"
#include "reports/rules.hpp"
#include "reports/self_consistency.hpp"

namespace muster {

namespace {

std::map<std::string, Attempts> attempts_by_case(const Run& run) {
  std::map<std::string, Attempts> attempts;
  for (const Record& record : run.records) attempts[record.case_id].push_back(&record);
  return attempts;
}

// A row is as bad as the worst of its measurement and the rules upon it.
void settle(Row& row) {
  for (const RuleResult& result : row.rules) {
    if (worse(row.verdict, result.verdict) == row.verdict) continue;
    row.verdict = result.verdict;
    row.reason = "rule " + in_quotes(result.rule) + ": " + result.reason;
  }
}

std::string text_of(const Incident& incident) {
  std::string text = "launch " + std::to_string(incident.launch);
  if (incident.rank >= 0) text += ", rank " + std::to_string(incident.rank);
  if (!incident.host.empty()) text += " on " + incident.host;
  if (!incident.case_id.empty()) text += ", during " + incident.case_id;
  return "incident: " + text + ": " + incident.what;
}

void add_repeated_and_extra(const std::map<std::string, Attempts>& attempts, Report& report) {
  std::map<std::string, int> planned;
  for (const Case& item : report.plan.cases) ++planned[item.id];
  for (const auto& [id, records] : attempts) {
    if (!planned.contains(id)) report.findings.push_back("not planned, ignored: " + id);
    if (records.size() > 1) {
      report.findings.push_back(id + " has " + std::to_string(records.size()) + " records; the last one counts");
    }
  }
}

void add_few_samples(Report& report) {
  std::vector<std::string> ids;
  for (const Row& row : report.rows) {
    if (row.time && row.item.sampling.fixed == 0 && row.time->count < row.item.sampling.at_least) {
      ids.push_back(row.item.id);
    }
  }
  if (ids.empty()) return;
  report.findings.push_back("fewer samples than planned, because the budget ran out: " + std::to_string(ids.size()) +
                            " cases, first " + ids.front());
}

void add_clocks(const Run& run, Report& report) {
  for (std::size_t launch = 0; launch < run.headers.size(); ++launch) {
    const RunHeader& header = run.headers[launch];
    const auto worst = std::ranges::max_element(header.clock_error);
    if (worst == header.clock_error.end() || !(*worst > 0)) continue;
    const auto rank = static_cast<std::size_t>(worst - header.clock_error.begin());
    const std::string host = rank < header.hosts.size() ? header.hosts[rank] : "an unknown host";
    report.findings.push_back("launch " + std::to_string(launch) + ": clocks agree within " +
                              format_duration(Seconds{*worst}) + " (worst: rank " + std::to_string(rank) + " on " +
                              host + "); earlier and later arrivals mean nothing below that");
  }
}

void add_unknown_bounds(Report& report) {
  std::map<std::string, std::vector<std::string>> cases_by_reason;
  for (const Row& row : report.rows) {
    if (!row.expectation.unknown.empty() && !is_unsupported(row)) {
      cases_by_reason[row.expectation.unknown].push_back(row.item.id);
    }
  }
  for (const auto& [reason, ids] : cases_by_reason) {
    report.findings.push_back("no limit or prediction: " + std::to_string(ids.size()) + " cases, first " + ids.front() +
                              ": " + reason);
  }
}

void add_findings(const Run& run, const Targets& targets, Report& report) {
  for (const Row& row : report.rows) {
    if (is_unsupported(row)) report.findings.push_back(row.item.id + " is " + row.reason);
  }
  for (const Incident& incident : run.incidents) report.findings.push_back(text_of(incident));
  add_repeated_and_extra(attempts_by_case(run), report);
  add_few_samples(report);
  add_unknown_bounds(report);
  add_clocks(run, report);
  std::ranges::move(guideline_findings(report.guidelines), std::back_inserter(report.findings));
  std::ranges::move(find_sound_parts(report.rows), std::back_inserter(report.findings));
  std::ranges::move(find_lost_overlaps(report.rows), std::back_inserter(report.findings));
  std::ranges::move(unused_rules(targets, report), std::back_inserter(report.findings));
}

// What speaks against the run as a whole, whatever its rows say.
std::vector<Judgement> judge_run(const Plan& plan, const Run& run) {
  std::vector<Judgement> found;
  const auto no_data = [&found](const std::string& reason) { found.push_back({Verdict::no_data, reason}); };
  if (plan.cases.empty()) no_data("the plan has no cases");
  if (run.headers.empty()) no_data("the run has no header: nothing says what it belongs to");
  const std::string hash = plan_hash(plan);
  for (const RunHeader& header : run.headers) {
    if (header.plan_hash != hash)
      no_data("the run was made for another plan (" + header.plan_hash + ", not " + hash + ")");
    if (header.ranks != plan.ranks) {
      no_data("the run had " + std::to_string(header.ranks) + " ranks where " + std::to_string(plan.ranks) +
              " were planned");
    }
  }
  if (!run.ended) no_data("the run did not reach its end");
  // What another tool says of its own failure is its result; of ours it means that a case is missing.
  const bool is_imported = plan.launcher == kImportLauncher;
  for (const Incident& incident : run.incidents) {
    found.push_back({is_imported ? Verdict::fail : Verdict::no_data, text_of(incident)});
  }
  return found;
}

std::string pass_reason(const Report& report) {
  const auto unsupported = std::ranges::count_if(report.rows, is_unsupported);
  const auto judged = static_cast<std::ptrdiff_t>(report.rows.size()) - unsupported;
  std::string text = std::to_string(judged) + " cases measured as planned and correct, " +
                     std::to_string(report.rules.size()) + " rules met";
  if (unsupported > 0) text += "; unsupported here: " + std::to_string(unsupported);
  return text;
}

// The worst of everything; the reason counts the rows that share it and names the first.
Judgement judge_all(const Report& report) {
  std::vector<Judgement> all = judge_run(report.plan, report.run);
  int judged = 0;
  std::map<Verdict, int> rows_with;
  for (const Row& row : report.rows) {
    if (is_unsupported(row)) continue;
    ++judged;
    ++rows_with[row.verdict];
    all.push_back({row.verdict, row.item.id + ": " + row.reason});
  }
  if (const std::optional<Judgement> health = verdict_of(report.health)) all.push_back(*health);
  if (judged == 0) all.push_back({Verdict::no_data, "no case could be judged"});
  for (const RuleResult& result : report.rules) {
    all.push_back({result.verdict, "rule " + in_quotes(result.rule) + ": " + result.reason});
  }
  Judgement found = {Verdict::pass, pass_reason(report)};
  for (const Judgement& next : all) {
    if (worse(found.verdict, next.verdict) != found.verdict) found = next;
  }
  if (found.verdict != Verdict::pass && rows_with[found.verdict] > 0) {
    found.reason = std::to_string(rows_with[found.verdict]) + " of " + std::to_string(judged) + " cases " +
                   std::string(name_of(found.verdict)) + "; first: " + found.reason;
  }
  return found;
}

// A sample of a GPU that was held back is never a sample of the machine that was bought.
void mark_degraded(Report& report) {
  for (const CaseDegradation& degraded : report.health.degraded_cases) {
    if (degraded.severity != Severity::error) continue;
    const auto row = std::ranges::find(report.rows, degraded.case_id, [](const Row& each) { return each.item.id; });
    if (row == report.rows.end() || worse(row->verdict, Verdict::fail) != Verdict::fail) continue;
    row->verdict = Verdict::fail;
    row->reason = degraded.reason;
  }
}

}  // namespace

Report judge(const Plan& plan, const Topology& topology, const Run& run, const Expectations& expectations,
             const Targets& targets) {
  Report report;
  report.plan = plan;
  report.topology = topology;
  report.machine = {topology.hosts, topology.devices.size(), topology.links.size()};
  report.run = run;
  const std::map<std::string, Attempts> attempts = attempts_by_case(run);
  for (const Case& item : plan.cases) {
    const auto found = attempts.find(item.id);
    const auto expected = expectations.find(item.id);
    report.rows.push_back(make_row(plan, item, found == attempts.end() ? Attempts{} : found->second,
                                   expected == expectations.end() ? Expectation{} : expected->second));
    add_gpu_rates(report.rows.back(), run);
    if (found == attempts.end()) report.missing.push_back(item.id);
  }
  report.health = judge_health(plan, run);
  mark_degraded(report);
  report.guidelines = check_guidelines(report.rows);
  add_hidden_shares(report.rows);
  report.rules = apply_rules(targets, report);
  for (Row& row : report.rows) settle(row);
  for (const TrainingGoal& goal : targets.training) report.rules.push_back(judge_goal(goal, nullptr));
  add_findings(run, targets, report);
  const auto [verdict, reason] = judge_all(report);
  report.verdict = verdict;
  report.reason = reason;
  return report;
}

void judge_goals(Report& report, const Targets& targets, const std::vector<GoalAnswer>& answers) {
  for (const TrainingGoal& goal : targets.training) {
    const auto answer = std::ranges::find(answers, goal.name, &GoalAnswer::goal);
    const auto result = std::ranges::find_if(report.rules.rbegin(), report.rules.rend(), [&](const RuleResult& each) {
      return each.rule == goal.name && each.requirement == requirement_of(goal);
    });
    MUSTER_ASSERT(result != report.rules.rend());  // judge() put it there
    *result = judge_goal(goal, answer == answers.end() ? nullptr : &*answer);
    if (answer == answers.end()) continue;
    for (const std::string& assumption : answer->assumptions) {
      report.findings.push_back("training, " + goal.name + ": assumed " + assumption);
    }
  }
  const auto [verdict, reason] = judge_all(report);
  report.verdict = verdict;
  report.reason = reason;
}

}  // namespace muster
