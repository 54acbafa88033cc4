// SPDX-License-Identifier: Apache-2.0
#include "reports/table_cells.hpp"

#include "reports/rows.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

std::string rate_cell(double rate, double unit) { return rate > 0 ? significant(rate / unit) : kUnknownCell; }

}  // namespace

std::string time_cell(const Row& row) { return row.time ? significant(row.time->median * 1e6) : kUnknownCell; }
std::string gigabytes_cell(double rate) { return rate_cell(rate, 1e9); }
std::string teraflops_cell(double rate) { return rate_cell(rate, 1e12); }

std::string percent_cell(const std::optional<double>& fraction) { return fraction ? percent(*fraction) : kUnknownCell; }

std::string wrong_cell(const Row& row) {
  if (!row.record || row.record->status != Status::measured) return kUnknownCell;
  return row.record->check.elements > 0 ? std::to_string(row.record->check.wrong) : "N/A";
}

std::string verdict_cell(const Row& row) {
  return is_unsupported(row) ? "unsupported" : std::string(name_of(row.verdict));
}

std::string type_cell(const Case& item) {
  const std::string type(item.math == FloatMath::tf32 ? name_of(item.math) : name_of(item.type));
  return item.pattern == Pattern::exact ? type : type + " " + std::string(name_of(item.pattern));
}

}  // namespace muster
