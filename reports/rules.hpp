// SPDX-License-Identifier: Apache-2.0
// What the rules of the targets say about measured rows. Second step of judge(), after rows.hpp.
#pragma once

#include <vector>

#include "reports/report.hpp"

namespace muster {

/// Adds a result to each row that a rule selects and returns one result per rule, the worst of them. A row's verdict so
/// far must be that of make_row(); it is read and left as it is. Throws Error when a rule selects no planned case.
std::vector<RuleResult> apply_rules(const Targets& targets, const Plan& plan, std::vector<Row>& rows);

}  // namespace muster
