// SPDX-License-Identifier: Apache-2.0
// What the rules of the targets say about measured rows. Step of judge(), after rows.hpp and self_consistency.hpp.
#pragma once

#include <span>
#include <vector>

#include "reports/guideline.hpp"
#include "reports/report.hpp"

namespace muster {

/// Who took part in a run, by the headers of all its launches.
Participants participants_of(const Run& run);

/// Adds a result to each row that a rule selects and returns one result per rule, the worst of them. Reads of the
/// report its plan, its run, its guidelines and its rows, whose verdicts so far must be those of make_row(); they are
/// left as they are. Throws Error when a rule selects no planned case.
std::vector<RuleResult> apply_rules(const Targets& targets, Report& report);

/// Notes, waived rules, and rules that were skipped because nothing of theirs was planned: for the findings.
std::vector<std::string> unused_rules(const Targets& targets, const Report& report);

}  // namespace muster
