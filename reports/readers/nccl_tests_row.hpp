// SPDX-License-Identifier: Apache-2.0
// One row of nccl-tests' table, whichever columns the version and the options gave it. Used by nccl_tests_text.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/collective.hpp"
#include "core/element_type.hpp"

namespace muster {

/// redop and root show themselves, even where the heading has them and the row leaves them blank.
struct RowColumns {
  bool per_iteration = false;  ///< -I: i_min, i_max, i_p99 and i_cv% after #wrong
};

/// From the heading "#  size  count  type  redop  root  time ...".
RowColumns columns_of(const std::vector<std::string_view>& heading);

/// What a row says of one placement; empty where it says nothing usable.
struct RowNumbers {
  std::optional<double> seconds;       ///< mean of one operation
  std::optional<std::uint64_t> wrong;  ///< elements
  std::optional<double> error;         ///< old versions: the largest difference, which may be harmless
};

struct LogRow {
  std::uint64_t size = 0, count = 0;
  ElementType type = ElementType::float32;
  ReduceOperation operation = ReduceOperation::sum;
  int root = 0;                          ///< -1: none
  std::array<RowNumbers, 2> placements;  ///< out of place, in place
};

/// Empty for what is no row: too few words, another type, no sizes.
std::optional<LogRow> log_row_of(const std::vector<std::string_view>& words, const RowColumns& columns);

/// Parts of a line between blanks and tabs.
std::vector<std::string_view> words_of_line(std::string_view line);

/// The whole word as a number, or nothing.
std::optional<std::uint64_t> whole_word(std::string_view word);
std::optional<double> decimal_word(std::string_view word);

}  // namespace muster
