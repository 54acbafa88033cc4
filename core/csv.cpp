// SPDX-License-Identifier: Apache-2.0
#include "core/csv.hpp"

#include <charconv>
#include <cmath>

namespace muster {
namespace {

constexpr Bytes kLargestFile{std::uint64_t{64} << 20};
constexpr std::size_t kMostRows = 1'000'000;
constexpr std::size_t kMostColumns = 1'000;

/// Splits a text into lines of cells; quoted cells may hold commas, line ends and doubled quotes.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  bool at_end() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  std::vector<std::string> next_line() {
    std::vector<std::string> cells;
    do {
      cells.push_back(next_cell());
      if (cells.size() > kMostColumns) throw error("more than 1000 columns; is this a table?");
    } while (take(','));
    take('\r');
    if (!at_end() && !take('\n'))
      throw error("a quoted cell goes on behind its closing quote; double quotes inside it");
    return cells;
  }

 private:
  Error error(const std::string& what) const { return Error(origin_ + ":" + std::to_string(line_) + ": " + what); }

  bool take(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    if (wanted == '\n') ++line_;
    ++at_;
    return true;
  }

  std::string next_cell() {
    if (take('"')) return quoted();
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string cell(text_.substr(at_, end - at_));
    at_ = end;
    return cell;
  }

  std::string quoted() {
    const Error open = error("this quote is never closed");
    std::string cell;
    while (!at_end()) {
      const char here = text_[at_];
      if (here == '\n') ++line_;
      ++at_;
      if (here != '"') {
        cell.push_back(here);
      } else if (!take('"')) {
        return cell;
      } else {
        cell.push_back('"');
      }
    }
    throw open;
  }

  std::string_view text_;
  const std::string& origin_;
  std::size_t at_ = 0;
  int line_ = 1;
};

bool is_blank(const std::vector<std::string>& cells) { return cells.size() == 1 && cells.front().empty(); }

}  // namespace

int CsvRow::line() const { return table_->rows_[index_].number; }

bool CsvRow::has(std::string_view column) const { return table_->has(column); }

const std::string& CsvRow::text(std::string_view column) const {
  const auto found = table_->columns_.find(column);
  if (found == table_->columns_.end()) throw error(column, "is not in this table");
  return table_->rows_[index_].cells[found->second];
}

double CsvRow::number(std::string_view column) const {
  const std::string& cell = text(column);
  double value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (status != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) {
    throw error(column, in_quotes(cell) + " is not a number");
  }
  return value;
}

double CsvRow::number(std::string_view column, Range<double> range) const {
  const double value = number(column);
  if (!(value >= range.at_least && value <= range.at_most)) {
    throw error(column,
                text(column) + " is not from " + to_line(Json(range.at_least)) + " to " + to_line(Json(range.at_most)));
  }
  return value;
}

int CsvRow::integer(std::string_view column, Range<int> range) const {
  const double value = number(column, {static_cast<double>(range.at_least), static_cast<double>(range.at_most)});
  if (value != std::floor(value)) throw error(column, text(column) + " is not a whole number");
  return static_cast<int>(value);
}

Error CsvRow::error(std::string_view column, const std::string& what) const {
  return Error(table_->origin_ + ":" + std::to_string(line()) + ": column " + in_quotes(std::string(column)) + ": " +
               what);
}

CsvTable parse_csv(std::string_view text, const std::string& origin) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as spreadsheets write it
  CsvTable table;
  table.origin_ = origin;
  CsvScanner scanner(text, origin);
  if (scanner.at_end()) throw Error(origin + ": empty; a table starts with a line of column names");
  const std::vector<std::string> heading = scanner.next_line();
  for (std::size_t i = 0; i < heading.size(); ++i) {
    std::string name = heading[i];
    for (int copy = 2; table.columns_.count(name) > 0; ++copy) name = heading[i] + "." + std::to_string(copy);
    table.columns_.emplace(std::move(name), i);
  }
  while (!scanner.at_end()) {
    const int line = scanner.line();
    std::vector<std::string> cells = scanner.next_line();
    if (is_blank(cells)) continue;
    if (cells.size() != heading.size()) {
      throw Error(origin + ":" + std::to_string(line) + ": " + std::to_string(cells.size()) +
                  " cells, but the heading has " + std::to_string(heading.size()) + "; is the file cut off?");
    }
    table.rows_.push_back({.number = line, .cells = std::move(cells)});
    if (table.rows_.size() > kMostRows) throw Error(origin + ": more than 1000000 rows; split the file");
  }
  return table;
}

CsvTable read_csv(const std::string& path) { return parse_csv(read_file(path, kLargestFile), path); }

}  // namespace muster
