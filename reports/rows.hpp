// SPDX-License-Identifier: Apache-2.0
// One row of a report: the numbers of a case and whether its measurement can be trusted at all. First step of judge();
// the demands of the targets come after it (rules.hpp).
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// All records of one case in the order of the run; the last one counts, the others must not hide a fault.
using Attempts = std::vector<const Record*>;

/// Row with its verdict before any rule: pass = measured as planned, checked, and not faster than its limit.
Row make_row(const Plan& plan, const Case& item, const Attempts& attempts, const Expectation& expectation);

/// This machine announced that it has no such thing: shown, but neither good nor bad.
bool is_unsupported(const Row& row);

/// Measured, but no element of its result was compared: its numbers are shown and bounded by its limit, and are never
/// taken for those of a machine that computes rightly.
bool is_unchecked(const Row& row);

/// Elements of the case as NCCL counts them: per block for the gathering and exchanging collectives, else of the
/// vector.
std::uint64_t element_count(const Case& item, Bytes bytes, int ranks);

}  // namespace muster
