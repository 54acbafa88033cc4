// SPDX-License-Identifier: Apache-2.0
// From a case to the problem and schedule that it means: used to run it, and again to say how long it should take.
#pragma once

#include <string>
#include <vector>

#include "collectives/problem.hpp"
#include "collectives/schedule.hpp"
#include "reports/case.hpp"

namespace muster {

Problem problem_of(const Case& item, int ranks, std::uint64_t seed);

/// Ranks of a hierarchical schedule's group: those of a host, if every host has as many and they follow each other;
/// half of all ranks on a single host, so that the algorithm can be seen at work there; else 1. hosts: [rank].
int group_size_of(const std::vector<std::string>& hosts);

/// For any algorithm but native. Throws Error when there is no such schedule.
Schedule schedule_of(const Case& item, int ranks, int group_size);

}  // namespace muster
