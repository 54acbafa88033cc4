// SPDX-License-Identifier: Apache-2.0
// The table of cases that every transport must get right, and the one function that runs a case and says what is wrong.
#pragma once

#include <string>
#include <vector>

#include "benchmarks/subject.hpp"
#include "collectives/team.hpp"
#include "reports/case.hpp"

namespace muster {

/// Every collective x algorithm (and `native` where `transport` is mpi) x placement, with sizes that do not divide,
/// zero bytes, several channels and a root that is not 0. Types rotate through all ten.
std::vector<Case> conformance_cases(TransportKind transport, int ranks);

/// Every element type on all_reduce, reduce_scatter and reduce.
std::vector<Case> type_cases(TransportKind transport);

/// Collectives on every way to divide the ranks into groups of at least two, with strides.
std::vector<Case> group_cases(TransportKind transport, int ranks);

/// Collectives beside products, of all ranks and of groups.
std::vector<Case> overlap_cases(TransportKind transport, int ranks);

/// Collective. Empty if this rank's output is right after a first and a second run, else what is wrong; "unsupported: "
/// and the reason where the machine has no such thing.
std::string run_conformance(SubjectMaker& maker, const Case& item);

}  // namespace muster
