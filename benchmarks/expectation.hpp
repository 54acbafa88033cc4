// SPDX-License-Identifier: Apache-2.0
// What each case of a run should take: the limit from the ceilings measured in the same run, the prediction from the
// chosen schedule and the transfer times of its transport. Pure: from the files alone.
#pragma once

#include "reports/case.hpp"
#include "reports/expectation.hpp"
#include "reports/record.hpp"

namespace muster {

Expectations expectations_of(const Plan& plan, const Run& run);

}  // namespace muster
