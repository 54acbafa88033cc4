// SPDX-License-Identifier: Apache-2.0
// Cells of the tables for people, from rows. Here alone SI becomes us, GB/s (1e9 bytes/s) and TFLOPS (1e12 flop/s).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

using RowList = std::vector<const Row*>;

/// Rows that did not pass, in the order of the report; those of one verdict and reason together (all ways of a size
/// under a rule on the best, all that a broken launch left out).
std::vector<RowList> not_passed(const Report& report);

inline constexpr const char* kUnknownCell = "-";

std::string time_cell(const Row& row);
/// Median of a metric, in its own unit.
std::string value_cell(const Row& row);
std::string gigabytes_cell(double rate);
std::string teraflops_cell(double rate);
std::string percent_cell(const std::optional<double>& fraction);
/// As nccl-tests prints it: N/A where nothing was compared.
std::string wrong_cell(const Row& row);
std::string verdict_cell(const Row& row);
/// "bfloat16 entropy"; the pattern is left out where it is `exact`.
std::string type_cell(const Case& item);
/// What collectives in one table share: "all_reduce, float, isolated, out_of_place"; rows that differ in it are no
/// alternatives to each other.
std::string comparable_group(const Case& item);
/// "ring shm", "tree shm x4": what rows of one size in one table differ in.
std::string way_of(const Case& item);

}  // namespace muster
