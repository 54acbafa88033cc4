// SPDX-License-Identifier: Apache-2.0
// What `muster history check` prints for people; to_json() of check.hpp is the same for programs.
#pragma once

#include <string>

#include "reports/history/check.hpp"
#include "reports/text_table.hpp"

namespace muster {

/// Which cases get a line.
enum class CheckedLines { notable, all };

std::string check_table(const HistoryCheck& check, CheckedLines lines, const TextStyle& style);

/// "12.35 us", "24.1 GB/s".
std::string value_in_unit(double value, const std::string& unit);

/// "2026-05-03T01:00:00Z (commit 1a2b3c, tag v1.2)".
std::string report_name(const HistoryReport& report);

}  // namespace muster
