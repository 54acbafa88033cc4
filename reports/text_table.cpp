// SPDX-License-Identifier: Apache-2.0
#include "reports/text_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <ostream>

#include "core/error.hpp"

namespace muster {

namespace {

constexpr int kMostDecimals = 9;
constexpr std::size_t kMargin = 2;            // blanks left of a table, as of every indented line
constexpr std::size_t kLeastAbbreviated = 6;  // characters of a text that is cut, the mark of the cut included
constexpr std::string_view kCut = "…";

std::string with_decimals(double value, int decimals) {
  std::array<char, 400> text{};  // the longest double has 309 digits before the point
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string blanks(std::size_t count) { return std::string(count, ' '); }

// The first `count` characters of a printable() text.
std::string_view head_of(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size() && count > 0) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    --count;
  }
  return text.substr(0, end);
}

// The start of a word that is wider than a line: an id goes on after a stroke or plus where it has one.
std::string_view piece_of(std::string_view word, std::size_t width) {
  const std::string_view head = head_of(word, width);
  const std::size_t stroke = head.find_last_of("/+,");
  return stroke == std::string_view::npos ? head : head.substr(0, stroke + 1);
}

std::string abbreviated(const std::string& text, std::size_t width) {
  if (width_of(text) <= width) return text;
  const std::size_t tail = (width - 1) / 3;  // names differ at their ends, too
  const std::string_view kept = head_of(text, width - 1 - tail);
  const std::size_t left_out = width_of(text) - tail;
  return std::string(kept).append(kCut).append(std::string_view(text).substr(head_of(text, left_out).size()));
}

// Which columns are printed, how wide, and with how many blanks between them.
struct Fit {
  std::vector<std::size_t> columns;
  std::vector<std::size_t> widths;  // [column of the table]
  std::size_t gap = 2;

  std::size_t total() const {
    std::size_t sum = kMargin - gap;
    for (const std::size_t column : columns) sum += gap + widths[column];
    return sum;
  }
};

// Takes a character from the widest text until all fits or no text can give any more.
void abbreviate(const std::vector<Column>& columns, std::size_t width, Fit& fit) {
  while (fit.total() > width) {
    std::size_t* widest = nullptr;
    for (const std::size_t column : fit.columns) {
      std::size_t& candidate = fit.widths[column];
      const std::size_t least = std::max(kLeastAbbreviated, width_of(columns[column].heading));
      if (columns[column].align != Align::left || candidate <= least) continue;
      if (widest == nullptr || candidate > *widest) widest = &candidate;
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

// Groups of columns that fit beside each other; each but the first repeats the first column.
std::vector<Fit> folded(const Fit& all, std::size_t width) {
  std::vector<Fit> parts = {all};
  parts.back().columns = {all.columns.front()};
  for (std::size_t i = 1; i < all.columns.size(); ++i) {
    parts.back().columns.push_back(all.columns[i]);
    if (parts.back().total() <= width || parts.back().columns.size() <= 2) continue;
    parts.back().columns.pop_back();
    parts.push_back(all);
    parts.back().columns = {all.columns.front(), all.columns[i]};
  }
  return parts;
}

// Names of the columns that were left out are appended to `left_out`.
Fit fit_into(const std::vector<Column>& columns, Fit fit, std::size_t width, std::vector<std::string>& left_out) {
  if (fit.total() <= width) return fit;
  fit.gap = 1;
  for (std::size_t i = fit.columns.size(); i-- > 0 && fit.total() > width;) {
    const Column& column = columns[fit.columns[i]];
    if (column.need == Need::always) continue;
    left_out.insert(left_out.begin(), column.heading);
    fit.columns.erase(fit.columns.begin() + static_cast<std::ptrdiff_t>(i));
  }
  abbreviate(columns, width, fit);
  return fit;
}

struct VerdictColour {
  std::string_view word;
  const char* code;  // ECMA-48, select graphic rendition
};
constexpr std::array<VerdictColour, 10> kVerdictColours = {{{"pass", "32"},
                                                            {"ok", "32"},
                                                            {"faster", "32"},
                                                            {"fail", "1;31"},
                                                            {"error", "1;31"},
                                                            {"slower", "1;31"},
                                                            {"ambiguous", "33"},
                                                            {"warning", "33"},
                                                            {"no_data", "35"},
                                                            {"unsupported", "2"}}};

// First byte -> length of the sequence; 0 = no first byte of UTF-8.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

// The character at the start of `text`; `length` 0 where the bytes are no UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};

Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {lead, 1};
  char32_t code = lead & (0x7FU >> length);
  for (const char each : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(each);
    if ((byte & 0xC0U) != 0x80U) return {};
    code = code << 6 | (byte & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code < 0xE000;
  if (code < kLeast[length] || code > 0x10FFFF || is_surrogate) return {};
  return {code, length};
}

// Controls (C0, DEL, C1), what is invisible or turns the direction of writing, line separators, and no characters.
bool steers(char32_t code) {
  struct Interval {
    char32_t first, last;
  };
  constexpr std::array<Interval, 12> kSteering = {{{0, 0x1F},
                                                   {0x7F, 0x9F},
                                                   {0xAD, 0xAD},
                                                   {0x61C, 0x61C},
                                                   {0x180E, 0x180E},
                                                   {0x200B, 0x200F},
                                                   {0x2028, 0x202E},
                                                   {0x2060, 0x206F},
                                                   {0xFDD0, 0xFDEF},
                                                   {0xFEFF, 0xFEFF},
                                                   {0xFFF0, 0xFFFB},
                                                   {0xE0000, 0xE0FFF}}};
  if ((code & 0xFFFE) == 0xFFFE) return true;
  return std::ranges::any_of(kSteering, [&](const Interval& each) { return each.first <= code && code <= each.last; });
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
  std::string result;
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::size_t length = std::max<std::size_t>(character.length, 1);
    const bool is_kept = character.length > 0 && !steers(character.code);
    result.append(is_kept ? text.substr(0, length) : "?");
    text.remove_prefix(length);
  }
  return result;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char each) { return (static_cast<unsigned char>(each) & 0xC0U) != 0x80U; }));
}

std::string coloured(const std::string& text, std::string_view word, const TextStyle& style) {
  const auto* colour = std::ranges::find(kVerdictColours, word, &VerdictColour::word);
  if (style.colour == Colour::none || colour == kVerdictColours.end()) return text;
  return std::string("\x1b[").append(colour->code).append("m").append(text).append("\x1b[0m");
}

std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style) {
  if (style.width == 0) return std::string(text);
  const std::size_t room = std::max(style.width, indent + kLeastAbbreviated) - indent;
  std::string lines;
  std::size_t column = 0;
  std::string_view gap;  // what stands between the last word and the next one of its line
  while (!text.empty()) {
    const std::string_view word = text.substr(0, std::min(text.find(' '), text.size()));
    const std::string_view piece = width_of(word) > room ? piece_of(word, room) : word;
    const std::size_t width = width_of(piece);
    if (column > indent && column + gap.size() + width > style.width) {
      lines.append("\n").append(blanks(indent)).append(piece);
      column = indent + width;
    } else {
      lines.append(gap).append(piece);
      column += gap.size() + width;
    }
    text.remove_prefix(piece.size());
    gap = piece.size() == word.size() && !text.empty() ? text.substr(0, 1) : std::string_view();
    text.remove_prefix(gap.size());
  }
  return lines;
}

std::string verdict_line(std::string_view verdict, std::string_view reason, const TextStyle& style) {
  constexpr std::string_view kTitle = "verdict: ";
  const std::string word(verdict);
  const std::string text = wrapped(std::string(kTitle) + word + " — " + printable(reason), 2, style);
  return std::string(kTitle) + coloured(word, word, style) + text.substr(kTitle.size() + word.size());
}

void TextTable::add(std::vector<std::string> cells) {
  MUSTER_ASSERT(cells.size() == columns_.size());
  std::ranges::transform(cells, cells.begin(), printable);
  rows_.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out, const TextStyle& style) const {
  if (rows_.empty()) return;
  std::vector<std::string> headings;
  Fit fit;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    headings.push_back(columns_[i].heading);
    fit.columns.push_back(i);
    fit.widths.push_back(width_of(headings[i]));
    for (const auto& row : rows_) fit.widths[i] = std::max(fit.widths[i], width_of(row[i]));
  }
  std::vector<std::string> left_out;
  if (style.width > 0) fit = fit_into(columns_, fit, style.width, left_out);
  const std::vector<Fit> parts = style.width > 0 ? folded(fit, style.width) : std::vector<Fit>{fit};
  const auto print_row = [&](const Fit& part, const std::vector<std::string>& cells) {
    std::string line = blanks(kMargin - part.gap);
    std::size_t pending = 0;  // blanks that only matter when something follows
    for (const std::size_t i : part.columns) {
      const std::string cell = abbreviated(cells[i], part.widths[i]);
      const std::size_t room = part.widths[i] - width_of(cell);
      const std::size_t before = columns_[i].align == Align::right ? room : 0;
      pending += part.gap + before;
      if (!cell.empty()) {
        line.append(blanks(pending)).append(coloured(cell, cells[i], style));
        pending = 0;
      }
      pending += room - before;
    }
    out << line << '\n';
  };
  for (const Fit& part : parts) {
    if (&part != &parts.front()) out << '\n';
    print_row(part, headings);
    for (const auto& row : rows_) print_row(part, row);
  }
  if (left_out.empty()) return;
  const std::string names =
      std::accumulate(left_out.begin() + 1, left_out.end(), left_out.front(),
                      [](const std::string& list, const std::string& name) { return list + ", " + name; });
  out << wrapped(blanks(kMargin) + "(a wider screen also shows " + names + ")", kMargin, style) << '\n';
}

}  // namespace muster
