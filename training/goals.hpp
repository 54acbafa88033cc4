// SPDX-License-Identifier: Apache-2.0
// Answers the training goals of a target file from what a report measured; reports/targets/training_goal.hpp judges
// them.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// One answer per goal, in their order. A goal whose model, layout or machine cannot be read, or of which nothing was
/// measured, is answered by why. `origin` names the report for people.
std::vector<GoalAnswer> answer_goals(const Targets& targets, const Report& report, const std::string& origin);

}  // namespace muster
