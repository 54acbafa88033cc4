// SPDX-License-Identifier: Apache-2.0
// What a fabric whose switches add up and multicast would take: predicted from its capabilities, not a schedule.
#pragma once

#include <vector>

#include "collectives/planner/candidates.hpp"

namespace muster {

/// Empty where the switches next to the ranks cannot do what the collective needs.
std::vector<Candidate> in_network(const CandidateRequest& request);

}  // namespace muster
