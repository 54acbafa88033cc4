// SPDX-License-Identifier: Apache-2.0
#include "reports/text_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>

#include "core/error.hpp"

namespace muster {

namespace {

constexpr int kMostDecimals = 9;

std::string with_decimals(double value, int decimals) {
  std::array<char, 400> text{};  // the longest double has 309 digits before the point
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

}  // namespace

std::string significant(double value) {
  if (value == 0) return "0";
  // The printer itself rounds to four digits, so that 9.9996 counts as 10.00; what follows the 'e' is the exponent.
  std::array<char, 32> rounded{};
  std::snprintf(rounded.data(), rounded.size(), "%.3e", value);
  const int exponent = std::atoi(std::strchr(rounded.data(), 'e') + 1);
  return with_decimals(value, std::clamp(3 - exponent, 0, kMostDecimals));
}

std::string without_zeros(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
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
