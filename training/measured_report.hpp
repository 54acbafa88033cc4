// SPDX-License-Identifier: Apache-2.0
// From the rows of a report to what the time model can use.
#pragma once

#include <string>

#include "reports/report.hpp"
#include "training/machine.hpp"
#include "training/measured.hpp"

namespace muster {

/// Products, collectives, the memory rate and the contention (median over overlaps) of every row whose data were
/// checked and right. Of several ways of one call, the library's own counts (it is what training calls), else the
/// fastest. Where the report does not tell which host a rank ran on (imports), groups up to the machine's node size
/// count as within a node.
Measured measured_of(const Report& report, const Machine& machine, const std::string& origin);

}  // namespace muster
