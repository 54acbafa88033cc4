// SPDX-License-Identifier: Apache-2.0
// The report for people on a screen: as print_table() of report.hpp, but within a width and with coloured verdicts.
#pragma once

#include <iosfwd>

#include "reports/report.hpp"
#include "reports/text_table.hpp"

namespace muster {

void print_table(std::ostream& out, const Report& report, const TextStyle& style);

}  // namespace muster
