// SPDX-License-Identifier: Apache-2.0
// What the user demands, as data: rules that select cases and require something of them. JSON: targets
// (docs/targets.md). Read here, found by name in targets/library.hpp, applied to measured rows in rules.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/case.hpp"
#include "reports/targets/selector.hpp"
#include "reports/targets/training_goal.hpp"

namespace muster {

/// What a rule is about; the key under "require" says it with its unit (targets/quantities.cpp has the table).
enum class Quantity {
  correct,
  self_consistent,  ///< no guideline is violated (self_consistency.hpp)
  fraction_of_limit,
  fraction_of_prediction,
  fraction_of_data_sheet,
  fraction_at_clock,
  algbw,
  busbw,
  flops_per_second,
  seconds_at_most,
  value_at_least,  ///< family metric
  value_at_most,
  rank_spread,     ///< slowest rank over the median rank
  group_spread,    ///< slowest group over the median group
  bandwidth_fall,  ///< by which share bandwidth may fall as the size grows
  time_fall,       ///< by which share the time may fall as the size grows
  rows,            ///< how many rows were measured and can be trusted
  sizes,           ///< how many sizes of each curve, and that it reaches from one end to the other
  ranks,           ///< how many took part
  groups,          ///< how many groups were measured
  pairs,           ///< every pair of hosts was measured
};

/// The key under "require" in a target file; it carries the unit.
std::string_view name_of(Quantity quantity);

/// Which of the selected rows must meet the demand.
enum class Scope {
  each,
  best,           ///< the best of those that differ only in how data move: algorithm, transport, channels
  median,         ///< the middle of those that differ only in the group
  smallest_size,  ///< of each curve
  largest_size,
};

/// What it means that a rule selects no planned case.
enum class Unplanned { error, skipped };

/// By how much a single mean without spread is trusted either way, unless the rule says otherwise.
inline constexpr double kMeanMargin = 0.05;

struct Rule {
  std::string name = {};
  std::string source = {};  ///< where its number comes from
  Selector select = {};
  Quantity quantity = Quantity::correct;
  double demanded = 0;    ///< fraction, ratio, SI or a count; for metrics in `unit`; unused for true/false
  std::string unit = {};  ///< of a metric, as the other tool says it
  std::optional<Bytes> from = {}, to = {};  ///< sizes: the curve's ends
  Scope scope = Scope::each;
  double margin = kMeanMargin;
  Unplanned unplanned = Unplanned::error;
};

/// A rule of an extended file that does not count here; the report says so.
struct Waiver {
  Rule rule;
  std::string reason;
};

struct Targets {
  std::string name;
  std::vector<std::string> gpu_models = {};  ///< shell patterns: the machines it is made for; empty = any
  std::vector<std::string> notes = {};       ///< what a reader of the verdict must know: the report says them
  std::vector<Rule> rules = {};
  std::vector<Waiver> waived = {};
  std::vector<TrainingGoal> training = {};
};

/// "busbw >= 460 GB/s, best way of each size".
std::string requirement_of(const Rule& rule);

/// Throws Error naming `origin`, the rule and the key; unknown keys are errors. "extends" is looked up by name among
/// the shipped files, else as a path from the folder of `origin`. A rule that selects no planned case is an error too,
/// but only judge() can see that.
Targets targets_from_json(const Json& json, const std::string& origin);

/// By the name of a shipped file, else by path.
Targets read_targets(const std::string& name_or_path);

/// The shipped "default": data correct everywhere, fractions of the limit for what a healthy machine reaches. Only the
/// rules that select a case of this plan.
Targets default_targets(const Plan& plan);

}  // namespace muster
