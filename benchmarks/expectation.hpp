// SPDX-License-Identifier: Apache-2.0
// What each case of a run should take: the limit from the ceilings measured in the same run, the prediction from the
// chosen schedule and the transfer times of its transport. Pure: from the files alone.
#pragma once

#include "reports/case.hpp"
#include "reports/expectation.hpp"
#include "reports/record.hpp"
#include "topology/graph.hpp"

namespace muster {

/// `topology` is where the run took place: its links bound ranks of several hosts.
Expectations expectations_of(const Plan& plan, const Run& run, const Topology& topology);

}  // namespace muster
