// SPDX-License-Identifier: Apache-2.0
// One row of nccl-tests' table, whichever columns the version and the options gave it. Used by nccl_tests_text.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "reports/readers/nccl_tests_section.hpp"

namespace muster {

/// redop and root show themselves, even where the heading has them and the row leaves them blank.
struct RowColumns {
  bool per_iteration = false;  ///< -I: i_min, i_max, i_p99 and i_cv% after #wrong
  std::size_t halves = 2;      ///< 1: out of place alone
};

/// From the heading "#  size  count  type  redop  root  time ...".
RowColumns columns_of(const std::vector<std::string_view>& heading);

/// Empty for what is no row: too few words, another type, no sizes.
std::optional<LogRow> log_row_of(const std::vector<std::string_view>& words, const RowColumns& columns);

/// Parts of a line between blanks and tabs.
std::vector<std::string_view> words_of_line(std::string_view line);

/// No tool prints more than that, and a run holds no more.
inline constexpr double kLargestNumber = 1e30;

/// The whole word as a number, or nothing. A decimal one is finite and at most kLargestNumber.
std::optional<std::uint64_t> whole_word(std::string_view word);
std::optional<double> decimal_word(std::string_view word);

}  // namespace muster
