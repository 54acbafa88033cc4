// SPDX-License-Identifier: Apache-2.0
// Tables of comma-separated values with a heading line, read strictly (RFC 4180): cells by the column's name, numbers
// checked, every error with file and line.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.hpp"

namespace muster {

class CsvTable;

/// One line of a table; lives as long as the table.
class CsvRow {
 public:
  CsvRow(const CsvTable& table, std::size_t index) : table_(&table), index_(index) {}

  int line() const;  ///< in the file, from 1; of a quoted cell's first line
  /// As it stands; blanks around it are kept. Throws Error when the table has no such column.
  const std::string& text(std::string_view column) const;
  bool has(std::string_view column) const;
  bool is_empty(std::string_view column) const { return text(column).empty(); }
  /// Throws Error naming file, line and column when the cell is no finite number, or none in the range.
  double number(std::string_view column) const;
  double number(std::string_view column, Range<double> range) const;
  int integer(std::string_view column, Range<int> range) const;

  /// "table.csv:12: column \"tp\": what".
  Error error(std::string_view column, const std::string& what) const;

 private:
  const CsvTable* table_;
  std::size_t index_;
};

class CsvTable {
 public:
  const std::string& origin() const { return origin_; }
  bool has(std::string_view column) const { return columns_.find(column) != columns_.end(); }
  std::size_t size() const { return rows_.size(); }
  CsvRow operator[](std::size_t index) const { return {*this, index}; }

 private:
  friend class CsvRow;
  friend CsvTable parse_csv(std::string_view text, const std::string& origin);
  struct Line {
    int number;
    std::vector<std::string> cells;
  };

  std::string origin_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<Line> rows_;
};

/// Throws Error naming `origin` and the line: a quote that does not end, a row with more or fewer cells than the
/// heading, more than a million rows or a thousand columns. Empty lines are skipped; of several columns with one name
/// the second is called NAME.2, the third NAME.3.
CsvTable parse_csv(std::string_view text, const std::string& origin);

/// Of a file of at most 64 MiB.
CsvTable read_csv(const std::string& path);

}  // namespace muster
