// SPDX-License-Identifier: Apache-2.0
// A comparison for people: as a table for the terminal, as Markdown for a ticket, as one page that works offline.
#pragma once

#include <string>

#include "reports/comparison/comparison.hpp"
#include "reports/text_table.hpp"

namespace muster {

/// How many cases are listed in text: those that changed or cannot be told, the largest changes first; 0 = all of them.
struct ComparisonText {
  int most_cases = 30;
  TextStyle style{};
};

std::string comparison_table(const Comparison& comparison, const ComparisonText& options = {});
std::string comparison_markdown(const Comparison& comparison);
/// Self-contained: no script, no network, names escaped. Bars show gains with their intervals.
std::string comparison_html(const Comparison& comparison);

}  // namespace muster
