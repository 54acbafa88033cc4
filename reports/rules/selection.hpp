// SPDX-License-Identifier: Apache-2.0
// The rows that one demand is held against together, and the judges of such sets: one table in rules.cpp says which
// judge a quantity has and which rows belong together.
#pragma once

#include <span>
#include <vector>

#include "reports/guideline.hpp"
#include "reports/report.hpp"

namespace muster {

/// What a judge may know besides the rows.
struct JudgingContext {
  const Plan& plan;
  const Participants& who;
  std::span<const GuidelineViolation> violations;
};

using RowSet = std::vector<Row*>;  ///< at least one, all supported by the machine, in the order of the plan
using JudgeSet = Judgement (*)(const Rule& rule, const RowSet& rows, const JudgingContext& context);

// One row (the set's first).
Judgement judge_demand(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_correct(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_self_consistent(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_rank_spread(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_ranks(const Rule& rule, const RowSet& rows, const JudgingContext& context);

// Rows that differ only in how data move, or only in the group: one stands for all.
Judgement judge_best(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_median(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_group_spread(const Rule& rule, const RowSet& rows, const JudgingContext& context);

// Rows that differ only in size.
Judgement judge_bandwidth_fall(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_time_fall(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_sizes(const Rule& rule, const RowSet& rows, const JudgingContext& context);

// All rows of the rule: what must be there.
Judgement judge_rows(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_groups(const Rule& rule, const RowSet& rows, const JudgingContext& context);
Judgement judge_pairs(const Rule& rule, const RowSet& rows, const JudgingContext& context);

/// The worst row, when one cannot be trusted: what is not known cannot be compared.
std::optional<Judgement> untrusted(const RowSet& rows);

}  // namespace muster
