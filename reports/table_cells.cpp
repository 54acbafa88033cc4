// SPDX-License-Identifier: Apache-2.0
#include "reports/table_cells.hpp"

#include <map>
#include <utility>

#include "reports/rows.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

std::string rate_cell(double rate, double unit) { return rate > 0 ? significant(rate / unit) : kUnknownCell; }

}  // namespace

std::vector<RowList> not_passed(const Report& report) {
  std::vector<RowList> groups;
  std::map<std::pair<Verdict, std::string>, std::size_t> known;
  for (const Row& row : report.rows) {
    if (row.verdict == Verdict::pass || is_unsupported(row)) continue;
    const auto [group, is_new] = known.try_emplace({row.verdict, row.reason}, groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(&row);
  }
  return groups;
}

std::string time_cell(const Row& row) { return row.time ? significant(row.time->median * 1e6) : kUnknownCell; }
std::string value_cell(const Row& row) { return row.value ? significant(row.value->median) : kUnknownCell; }
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

std::string way_of(const Case& item) {
  std::string way = std::string(name_of(item.algorithm)) + " " + std::string(name_of(item.transport));
  if (item.channels != 1) way += " x" + std::to_string(item.channels);
  if (item.launch != Launch::plain) way += " " + std::string(name_of(item.launch));
  if (item.buffers != Buffers::plain) way += " " + std::string(name_of(item.buffers));
  return way;
}

std::string comparable_group(const Case& item) {
  std::string text = std::string(name_of(item.collective)) + ", " + type_cell(item) + ", " +
                     std::string(name_of(item.cadence)) + ", " + std::string(name_of(item.placement));
  if (reduces(item.collective) && item.operation != ReduceOperation::sum) {
    text += ", " + std::string(name_of(item.operation));
  }
  if (has_root(item.collective)) text += ", root " + std::to_string(item.root);
  if (item.collective == Collective::all_to_allv) text += ", " + item.traffic + " traffic";
  if (item.ranks > 0) text += ", " + std::to_string(item.ranks) + " ranks";
  if (item.stride > 1) text += ", stride " + std::to_string(item.stride);
  if (!item.group.empty()) text += ", group " + item.group;
  return text;
}

}  // namespace muster
