// SPDX-License-Identifier: Apache-2.0
#include "reports/text_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "core/error.hpp"

namespace muster {

namespace {

std::string with_decimals(double value, int decimals) {
  std::array<char, 400> text{};  // the longest double has 309 digits before the point
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

}  // namespace

std::string significant(double value) {
  const double size = std::abs(value);
  // 9.9995 is the least number that four digits would round up to 10.000, and so on.
  const int digits_before = size < 0.99995 ? 0 : size < 9.9995 ? 1 : size < 99.995 ? 2 : size < 999.95 ? 3 : 4;
  return with_decimals(value, 4 - digits_before);
}

std::string percent(double fraction) { return with_decimals(100 * fraction, 1); }

std::string printable(std::string_view text) {
  std::string result(text);
  const auto steers = [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == '\x7f'; };
  std::ranges::replace_if(result, steers, '?');
  return result;
}

void TextTable::add(std::vector<std::string> cells) {
  MUSTER_ASSERT(cells.size() == columns_.size());
  std::ranges::transform(cells, cells.begin(), printable);
  rows_.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out) const {
  if (rows_.empty()) return;
  std::vector<std::string> headings;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    headings.push_back(columns_[i].heading);
    widths.push_back(headings[i].size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto print_row = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - cells[i].size(), ' ');
      line += "  " + (columns_[i].align == Align::right ? blanks + cells[i] : cells[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(headings);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace muster
