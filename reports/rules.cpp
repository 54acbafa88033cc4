// SPDX-License-Identifier: Apache-2.0
// Every demand is on work / time: it is met for sure when the slow end of the median's interval meets it, missed for
// sure when the fast end misses it, and otherwise ambiguous, with the number of samples that would tell.
#include "reports/rules.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "reports/rows.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr double kWantedConfidence = 0.95;
constexpr int kSamplesForInterval = 6;  // fewer have no interval of the median with that confidence
// Beyond this many more samples nobody waits: the median lies on the demanded value.
constexpr double kSamplesWorthWaiting = 1e6;

// What divided by a time gives the demanded quantity; not finite or not positive where the case has no such thing.
double work_of(const Row& row, Quantity quantity) {
  const auto seconds_of = [](const std::optional<Bound>& bound) { return bound ? bound->time.value : 0; };
  switch (quantity) {
    case Quantity::fraction_of_limit:
      return seconds_of(row.expectation.limit);
    case Quantity::fraction_of_prediction:
      return seconds_of(row.expectation.prediction);
    case Quantity::algbw:
      return row.algbw * row.time->median;
    case Quantity::busbw:
      return row.busbw * row.time->median;
    case Quantity::flops_per_second:
      return row.flops_per_second * row.time->median;
    case Quantity::correct:
      break;
  }
  return 0;
}

// In the unit that tables show: fractions as they are, GB/s = 1e9 bytes/s, TFLOPS = 1e12 flop/s.
struct Display {
  double unit;
  std::string_view suffix;
};

Display display_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::algbw:
    case Quantity::busbw:
      return {1e9, " GB/s"};
    case Quantity::flops_per_second:
      return {1e12, " TFLOPS"};
    case Quantity::correct:
    case Quantity::fraction_of_limit:
    case Quantity::fraction_of_prediction:
      break;
  }
  return {1, ""};
}

std::string found_text(Quantity quantity, double value) {
  const auto [unit, suffix] = display_of(quantity);
  return significant(value / unit).append(suffix);
}

std::string demanded_text(const Rule& rule) {
  const auto [unit, suffix] = display_of(rule.quantity);
  return without_zeros(significant(rule.at_least / unit)).append(suffix);
}

std::string_view label_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::correct:
      return "correct";
    case Quantity::fraction_of_limit:
      return "fraction of limit";
    case Quantity::fraction_of_prediction:
      return "fraction of prediction";
    case Quantity::algbw:
      return "algbw";
    case Quantity::busbw:
      return "busbw";
    case Quantity::flops_per_second:
      return "flop rate";
  }
  return "";
}

std::string requirement_of(const Rule& rule) {
  std::string text(label_of(rule.quantity));
  if (rule.quantity != Quantity::correct) text += " >= " + demanded_text(rule);
  if (rule.scope == Scope::best) text += ", best way of each size";
  return text;
}

// The interval shrinks with 1/sqrt(n); it must end before it reaches the time that the demand allows.
std::string samples_to_tell(const Summary& time, double allowed) {
  const double distance = std::abs(allowed - time.median);
  const double half_width = allowed > time.median ? time.high - time.median : time.median - time.low;
  const double factor = distance > 0 ? half_width / distance : std::numeric_limits<double>::infinity();
  const double more = std::ceil(time.count * (factor * factor - 1));
  if (!(more < kSamplesWorthWaiting)) return "the median lies on it, so more samples will hardly tell";
  return "about " + std::to_string(std::max(1, static_cast<int>(more))) + " more samples would tell";
}

Judgement judge_demand(const Rule& rule, const Row& row) {
  const double work = work_of(row, rule.quantity);
  if (!std::isfinite(work) || work <= 0) {
    const std::string why = row.expectation.unknown.empty() ? "" : " (" + row.expectation.unknown + ")";
    return {Verdict::no_data, "has no " + std::string(label_of(rule.quantity)) + why};
  }
  const Summary& time = *row.time;
  const double slow = work / time.high;
  const double fast = work / time.low;
  std::string found = found_text(rule.quantity, work / time.median);
  if (time.confidence < kWantedConfidence) {
    return {Verdict::ambiguous, found + " from " + std::to_string(time.count) + " samples: " +
                                    std::to_string(kSamplesForInterval) + " are the least that can tell"};
  }
  const std::string interval = found_text(rule.quantity, slow) + " to " + found_text(rule.quantity, fast);
  found += " (" + interval + ")";
  if (slow >= rule.at_least) return {Verdict::pass, found};
  const std::string wanted = demanded_text(rule);
  if (fast < rule.at_least) return {Verdict::fail, found + " where " + wanted + " is required"};
  return {Verdict::ambiguous,
          found + " on both sides of " + wanted + ": " + samples_to_tell(time, work / rule.at_least)};
}

// What cannot be trusted meets no demand.
Judgement judge_row(const Rule& rule, const Row& row) {
  if (rule.quantity == Quantity::correct || row.verdict != Verdict::pass) return {row.verdict, row.reason};
  return judge_demand(rule, row);
}

struct Member {
  Row* row;
  Judgement judgement;
};

double value_of(const Member& member, Quantity quantity) {
  return member.row->time ? work_of(*member.row, quantity) / member.row->time->median : 0;
}

// Passes with one member that passes, fails when all fail; else one that could not be judged might have passed.
Judgement judge_group(const Rule& rule, const std::vector<Member>& group) {
  std::optional<Verdict> open;  // the worst of those that do not fail
  const Member* best = &group.front();
  for (const Member& member : group) {
    const bool passes = member.judgement.verdict == Verdict::pass;
    const bool best_passes = best->judgement.verdict == Verdict::pass;
    const bool is_faster = value_of(member, rule.quantity) > value_of(*best, rule.quantity);
    if (passes != best_passes ? passes : is_faster) best = &member;
    if (member.judgement.verdict == Verdict::fail) continue;
    open = open ? worse(*open, member.judgement.verdict) : member.judgement.verdict;
  }
  const std::string reason =
      "best of " + std::to_string(group.size()) + " is " + best->row->item.id + ": " + best->judgement.reason;
  if (best->judgement.verdict == Verdict::pass) return {Verdict::pass, reason};
  return {open.value_or(Verdict::fail), reason};
}

// The same for all cases that differ only in how the data move.
std::string group_key(const Rule& rule, const Row& row) {
  if (rule.scope == Scope::each) return row.item.id;
  Case item = row.item;
  item.algorithm = Algorithm::native;
  item.transport = is_on_gpu(item) ? TransportKind::cuda : TransportKind::threads;
  item.channels = 1;
  item.launch = Launch::plain;
  item.buffers = Buffers::plain;
  return case_id(item);
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

RuleResult apply_rule(const Rule& rule, const Plan& plan, std::vector<Row>& rows) {
  std::vector<std::vector<Member>> groups;  // in the order of the plan
  std::map<std::string, std::size_t> index;
  std::size_t selected = 0;
  for (Row& row : rows) {
    if (!selects(rule.select, row.item, plan.ranks)) continue;
    ++selected;
    if (is_unsupported(row)) continue;
    const auto [place, is_new] = index.emplace(group_key(rule, row), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back({&row, judge_row(rule, row)});
  }
  if (selected == 0) {
    throw Error("targets: rule " + in_quotes(rule.name) + " selects none of the " + std::to_string(rows.size()) +
                " planned cases: plan such cases or correct its \"select\"");
  }
  if (groups.empty()) return result_of(rule, {Verdict::no_data, "this machine supports none of the selected cases"});
  Worst worst;
  for (const std::vector<Member>& group : groups) {
    const Judgement judgement = rule.scope == Scope::best ? judge_group(rule, group) : group.front().judgement;
    for (const Member& member : group) member.row->rules.push_back(result_of(rule, judgement));
    worst.add(judgement, group.front().row->item.id);
  }
  return result_of(rule, worst.result());
}

}  // namespace

std::vector<RuleResult> apply_rules(const Targets& targets, const Plan& plan, std::vector<Row>& rows) {
  std::vector<RuleResult> results;
  for (const Rule& rule : targets.rules) results.push_back(apply_rule(rule, plan, rows));
  return results;
}

}  // namespace muster
