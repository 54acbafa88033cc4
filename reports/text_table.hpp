// SPDX-License-Identifier: Apache-2.0
// Aligned columns of text, numbers as people read them, and what fits a screen. Used by every table this folder prints.
#pragma once

#include <cstddef>
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

/// What a text from a file may not do is '?': steer a terminal (control characters), change the order of letters or
/// hide some (marks of direction, zero width), and be no UTF-8.
std::string printable(std::string_view text);

/// Characters, not bytes, of a printable() text.
std::size_t width_of(std::string_view text);

enum class Colour { none, ansi };

/// What is printed on: 0 = as wide as it gets (a file, a pipe).
struct TextStyle {
  std::size_t width = 0;
  Colour colour = Colour::none;
};

/// "fail" in red where there is colour; words that are no verdict stay as they are.
std::string coloured(const std::string& text, std::string_view word, const TextStyle& style);

/// Words of a printable() text on lines of the style's width; lines after the first start with `indent` blanks. A word
/// that is wider than a line is cut, after a stroke where it has one.
std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style);

/// "verdict: fail — why", wrapped, with the verdict in its colour: how each table of this program ends.
std::string verdict_line(std::string_view verdict, std::string_view reason, const TextStyle& style);

enum class Align { left, right };

/// What a narrow screen does without first: such a column is left out, and a line below the table says so.
enum class Need { always, room };

struct Column {
  std::string heading;
  Align align = Align::right;
  Need need = Need::always;
};

/// Columns as wide as their widest cell, two blanks apart. Too wide for the style: the gaps shrink to one blank,
/// columns that only need room are left out from the right, texts are abbreviated from the widest on, and what is still
/// too wide goes on below with the first column repeated.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One text per column.
  void add(std::vector<std::string> cells);
  /// Heading and rows; nothing when there are no rows.
  void print(std::ostream& out, const TextStyle& style = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace muster
