// SPDX-License-Identifier: Apache-2.0
// Selects rows for each rule, puts together what belongs together, asks the judge of its quantity (rules/*.cpp) and
// keeps the worst. Two tables say it all: judges by quantity, judges by scope.
#include "reports/rules.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/error.hpp"
#include "reports/rows.hpp"
#include "reports/rules/selection.hpp"

namespace muster {

namespace {

/// Which rows are judged together.
enum class Together { one, ways, groups, curve, all };
/// What a bad judgement says: these rows are bad, or something that is not there is missing.
enum class Blame { rows, rule };

struct JudgeOfSet {
  Together together;
  JudgeSet judge;
  Blame blame = Blame::rows;
};

// In the order of Quantity, for scope "each".
constexpr auto kJudges = std::to_array<JudgeOfSet>({
    {Together::one, judge_correct},
    {Together::one, judge_self_consistent},
    {Together::one, judge_demand},  // fraction of limit
    {Together::one, judge_demand},  // fraction of prediction
    {Together::one, judge_demand},  // fraction of data sheet
    {Together::one, judge_demand},  // fraction at clock
    {Together::one, judge_demand},  // algbw
    {Together::one, judge_demand},  // busbw
    {Together::one, judge_demand},  // flops per second
    {Together::one, judge_demand},  // seconds
    {Together::one, judge_demand},  // value at least
    {Together::one, judge_demand},  // value at most
    {Together::one, judge_rank_spread},
    {Together::groups, judge_group_spread},
    {Together::curve, judge_bandwidth_fall},
    {Together::curve, judge_time_fall},
    {Together::all, judge_rows, Blame::rule},
    {Together::curve, judge_sizes, Blame::rule},
    {Together::one, judge_ranks},
    {Together::all, judge_groups, Blame::rule},
    {Together::all, judge_pairs, Blame::rule},
});
static_assert(kJudges.size() == static_cast<std::size_t>(Quantity::pairs) + 1);

JudgeOfSet judge_of(const Rule& rule) {
  switch (rule.scope) {
    case Scope::best:
      return {Together::ways, judge_best};
    case Scope::median:
      return {Together::groups, judge_median};
    case Scope::each:
    case Scope::smallest_size:
    case Scope::largest_size:
      break;
  }
  return kJudges.at(static_cast<std::size_t>(rule.quantity));
}

// The same for all rows that belong together: their id without what they may differ in.
std::string key_of(Together together, Case item) {
  switch (together) {
    case Together::one:
      break;
    case Together::ways:
      item.transport = is_on_gpu(item) ? TransportKind::cuda : TransportKind::threads;
      item.algorithm = Algorithm::native;
      item.channels = 1;
      item.launch = Launch::plain;
      item.buffers = Buffers::plain;
      break;
    case Together::groups:
      item.group.clear();
      break;
    case Together::curve:
      item.size = Bytes{0};
      break;
    case Together::all:
      return {};
  }
  return case_id(item);
}

std::vector<RowSet> put_together(Together together, const RowSet& rows) {
  std::vector<RowSet> sets;  // in the order of the plan
  std::map<std::string, std::size_t> index;
  for (Row* row : rows) {
    const auto [place, is_new] = index.emplace(key_of(together, row->item), sets.size());
    if (is_new) sets.emplace_back();
    sets[place->second].push_back(row);
  }
  return sets;
}

// Of each curve as it was planned the row at one end, so that a size that could not be measured is not passed over.
RowSet ends_of_curves(Scope scope, const RowSet& rows) {
  RowSet ends;
  for (const RowSet& curve : put_together(Together::curve, rows)) {
    const auto size_of_row = [](const Row* row) { return row->item.size; };
    ends.push_back(scope == Scope::smallest_size ? *std::ranges::min_element(curve, {}, size_of_row)
                                                 : *std::ranges::max_element(curve, {}, size_of_row));
  }
  return ends;
}

// Keeps the worst judgement, the first of equals, and counts how many share it.
class Worst {
 public:
  void add(const Judgement& judgement, const std::string& what) {
    ++all_;
    if (all_ > 1 && worse(found_.verdict, judgement.verdict) == found_.verdict) {
      same_ += judgement.verdict == found_.verdict ? 1 : 0;
      return;
    }
    found_ = {judgement.verdict, what + ": " + judgement.reason};
    same_ = 1;
  }

  Judgement result() const {
    const std::string count = std::to_string(same_) + " of " + std::to_string(all_);
    if (found_.verdict == Verdict::pass) return {Verdict::pass, count + " met"};
    return {found_.verdict, count + ", first " + found_.reason};
  }

 private:
  Judgement found_;
  int same_ = 0;
  int all_ = 0;
};

RuleResult result_of(const Rule& rule, const Judgement& judgement) {
  return {
      .rule = rule.name, .requirement = requirement_of(rule), .verdict = judgement.verdict, .reason = judgement.reason};
}

RowSet selected_rows(const Rule& rule, const Participants& who, Report& report) {
  RowSet rows;
  for (Row& row : report.rows) {
    if (selects(rule.select, row.item, ranks_of(row.item, report.plan), who)) rows.push_back(&row);
  }
  return rows;
}

RuleResult apply_rule(const Rule& rule, RowSet rows, const JudgingContext& context) {
  std::erase_if(rows, [](const Row* row) { return is_unsupported(*row); });
  if (rows.empty()) return result_of(rule, {Verdict::no_data, "this machine supports none of the selected cases"});
  if (rule.scope == Scope::smallest_size || rule.scope == Scope::largest_size) rows = ends_of_curves(rule.scope, rows);
  const JudgeOfSet judge = judge_of(rule);
  Worst worst;
  for (const RowSet& set : put_together(judge.together, rows)) {
    const Judgement judgement = judge.judge(rule, set, context);
    if (judge.blame == Blame::rows) {
      for (Row* row : set) row->rules.push_back(result_of(rule, judgement));
    }
    worst.add(judgement, set.front()->item.id);
  }
  return result_of(rule, worst.result());
}

// Numbers of one machine say nothing about another one, even of the same family with fewer links.
std::optional<RuleResult> judge_machine(const Targets& targets, const Participants& who) {
  if (targets.gpu_models.empty()) return std::nullopt;
  std::string wanted;
  for (const std::string& pattern : targets.gpu_models) wanted += (wanted.empty() ? "" : " or ") + in_quotes(pattern);
  RuleResult result{.rule = "machine", .requirement = "GPUs are " + wanted, .verdict = Verdict::pass, .reason = {}};
  for (const std::string& model : who.gpu_models) {
    const auto fits = [&](const std::string& pattern) { return matches(pattern, model); };
    if (std::ranges::any_of(targets.gpu_models, fits)) continue;
    result.verdict = Verdict::no_data;
    result.reason = "these targets are not made for " + in_quotes(model) + ": `muster targets` lists others";
    return result;
  }
  if (!who.gpu_models.empty()) return result;
  result.verdict = Verdict::no_data;
  result.reason = "the run does not say which GPUs it ran on";
  return result;
}

}  // namespace

Participants participants_of(const Run& run) {
  Participants who;
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const RunHeader& header : run.headers) {
    for (const std::string& host : header.hosts) add(who.hosts, host);
    for (const Gpu& gpu : header.gpus) add(who.gpu_models, gpu.model);
  }
  return who;
}

std::vector<RuleResult> apply_rules(const Targets& targets, Report& report) {
  const Participants who = participants_of(report.run);
  const JudgingContext context{report.plan, who, report.guidelines};
  std::vector<RuleResult> results;
  if (const std::optional<RuleResult> machine = judge_machine(targets, who)) results.push_back(*machine);
  bool has_applied = false;
  for (const Rule& rule : targets.rules) {
    const RowSet rows = selected_rows(rule, who, report);
    if (rows.empty() && rule.unplanned == Unplanned::skipped) continue;
    if (rows.empty()) {
      throw Error("targets: rule " + in_quotes(rule.name) + " selects none of the " +
                  std::to_string(report.rows.size()) + " planned cases: plan such cases or correct its \"select\"");
    }
    has_applied = true;
    results.push_back(apply_rule(rule, rows, context));
  }
  if (!has_applied && !targets.rules.empty()) {
    throw Error("targets: no rule of " + in_quotes(targets.name) + " selects a planned case: nothing would be judged");
  }
  return results;
}

std::vector<std::string> unused_rules(const Targets& targets, const Report& report) {
  std::vector<std::string> findings;
  for (const std::string& note : targets.notes) findings.push_back("targets: " + note);
  for (const Waiver& waiver : targets.waived) {
    findings.push_back("rule " + in_quotes(waiver.rule.name) + " (" + requirement_of(waiver.rule) +
                       ") is waived: " + waiver.reason);
  }
  const auto is_applied = [&](const Rule& rule) {
    return std::ranges::find(report.rules, rule.name, &RuleResult::rule) != report.rules.end();
  };
  for (const Rule& rule : targets.rules) {
    if (is_applied(rule)) continue;
    findings.push_back("rule " + in_quotes(rule.name) + " (" + requirement_of(rule) +
                       ") was not applied: no such case was planned");
  }
  return findings;
}

}  // namespace muster
