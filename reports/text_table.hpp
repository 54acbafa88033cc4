// SPDX-License-Identifier: Apache-2.0
// Aligned columns of text, and numbers as people read them. Used by every table this folder prints.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// Four significant digits of a finite number, at most nine decimals, no exponent: "0.01234", "13.45", "812.3",
/// "12345".
std::string significant(double value);
/// "0.3" for "0.3000": for numbers that a person chose.
std::string without_zeros(std::string number);

/// One decimal: "31.4" for 0.314.
std::string percent(double fraction);

/// Control characters as '?', so that a text from a file cannot steer the terminal.
std::string printable(std::string_view text);

enum class Align { left, right };

struct Column {
  std::string heading;
  Align align = Align::right;
};

/// Columns as wide as their widest cell, two blanks apart.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One text per column.
  void add(std::vector<std::string> cells);
  /// Heading and rows; nothing when there are no rows.
  void print(std::ostream& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace muster
