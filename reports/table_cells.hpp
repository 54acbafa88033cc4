// SPDX-License-Identifier: Apache-2.0
// Cells of the tables for people, from rows. Here alone SI becomes us, GB/s (1e9 bytes/s) and TFLOPS (1e12 flop/s).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

using RowList = std::vector<const Row*>;

inline constexpr const char* kUnknownCell = "-";

std::string time_cell(const Row& row);
std::string gigabytes_cell(double rate);
std::string teraflops_cell(double rate);
std::string percent_cell(const std::optional<double>& fraction);
/// As nccl-tests prints it: N/A where nothing was compared.
std::string wrong_cell(const Row& row);
std::string verdict_cell(const Row& row);
/// "bfloat16 entropy"; the pattern is left out where it is `exact`.
std::string type_cell(const Case& item);

}  // namespace muster
