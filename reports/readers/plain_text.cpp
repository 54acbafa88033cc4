// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace muster {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleMark = "\xFF\xFE";
constexpr std::string_view kBigMark = "\xFE\xFF";

void append_utf8(std::string& text, unsigned unit) {
  const bool is_surrogate = unit >= 0xD800 && unit < 0xE000;
  if (is_surrogate) {
    if (unit < 0xDC00) text += '?';  // one for a pair
  } else if (unit < 0x80) {
    text += static_cast<char>(unit);
  } else if (unit < 0x800) {
    text += static_cast<char>(0xC0 | (unit >> 6));
    text += static_cast<char>(0x80 | (unit & 0x3F));
  } else {
    text += static_cast<char>(0xE0 | (unit >> 12));
    text += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (unit & 0x3F));
  }
}

std::string utf8_of(std::string_view units, std::size_t high) {
  std::string text;
  text.reserve(units.size() / 2);
  for (std::size_t at = 0; at + 1 < units.size(); at += 2) {
    const auto byte = [&](std::size_t which) {
      return static_cast<unsigned>(static_cast<unsigned char>(units[which]));
    };
    append_utf8(text, (byte(at + high) << 8) | byte(at + 1 - high));
  }
  return text;
}

/// ESC [ ... letter.
std::string without_escapes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\x1b') {
      plain += text[at];
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == '[') ++at;
    while (at + 1 < text.size() && !((text[at + 1] | 0x20) >= 'a' && (text[at + 1] | 0x20) <= 'z')) ++at;
    ++at;
  }
  return plain;
}

/// "[1,0]<stdout>:" of mpirun --tag-output, which stands before each piece that a rank flushes: in rows, too.
std::string without_tags(std::string_view text) {
  constexpr std::string_view kTagEnd = "]<stdout>:";
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = text.find(kTagEnd); at != std::string_view::npos; at = text.find(kTagEnd)) {
    const std::size_t start = text.substr(0, at).find_last_of("[ \t\n");
    const bool is_tag = start != std::string_view::npos && text[start] == '[';
    plain += text.substr(0, is_tag ? start : at + kTagEnd.size());
    text.remove_prefix(at + kTagEnd.size());
  }
  return plain += text;
}

/// Takes as much of the line's beginning as fits: 'd' is a digit, 't' a T or a blank, 's' a dash or a stroke, all else
/// itself.
bool take(std::string_view& line, std::string_view form) {
  if (line.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == 'd'   ? kDigits.find(line[i]) != std::string_view::npos
                      : form[i] == 't' ? line[i] == 'T' || line[i] == ' '
                      : form[i] == 's' ? line[i] == '-' || line[i] == '/'
                                       : line[i] == form[i];
    if (!fits) return false;
  }
  line.remove_prefix(form.size());
  return true;
}

void take_digits(std::string_view& line) { line.remove_prefix(std::min(line.find_first_not_of(kDigits), line.size())); }

std::string_view without_time(std::string_view line) {
  std::string_view rest = line;
  const bool in_brackets = take(rest, "[");
  const bool has_date = take(rest, "ddddsddsddt");
  if (!take(rest, "dd:dd:dd")) return line;
  if (take(rest, ".") || take(rest, ",")) take_digits(rest);
  if (has_date && !take(rest, "Z") && !take(rest, "+dd:dd") && !take(rest, "-dd:dd")) take(rest, "+dddd");
  if (in_brackets && !take(rest, "]")) return line;
  return take(rest, " ") || take(rest, "\t") || rest.empty() ? rest : line;
}

std::string_view without_tag(std::string_view line) {
  if (line.starts_with("[pod/")) {
    const std::size_t end = line.find("] ");
    return end == std::string_view::npos ? line : line.substr(end + 2);
  }
  if (line.starts_with("[")) {
    const std::size_t tag = line.find(">:");
    if (tag != std::string_view::npos) return line.substr(tag + 2);
    const std::size_t digits = line.find_first_not_of(kDigits, 1);
    const bool is_rank = digits != std::string_view::npos && digits > 1 && line[digits] == ']';
    return is_rank ? line.substr(digits + 1) : line;
  }
  const std::size_t digits = line.find_first_not_of("0123456789 ");
  const bool is_label = digits != 0 && digits != std::string_view::npos && line[digits] == ':';
  return is_label ? line.substr(digits + 1) : line;
}

std::string_view without_quotation(std::string_view line) {
  const std::size_t end = std::min(line.find_first_not_of('>'), line.size());
  return end > 0 && (end == line.size() || line[end] == ' ') ? line.substr(end) : line;
}

std::string_view without_indent(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

std::string_view without_known_prefixes(std::string_view line) {
  constexpr int kMostPrefixes = 4;
  constexpr std::array kTake = {without_quotation, without_time, without_tag};
  for (int i = 0; i < kMostPrefixes; ++i) {
    const std::string_view begun = without_indent(line);
    std::string_view rest = begun;
    // Of "> 09:12:33 " the blank goes with the mark: the hour must not pass for the rank of "09: ".
    for (const auto take_one : kTake) {
      const std::string_view taken = take_one(without_indent(rest));
      if (taken.size() != without_indent(rest).size()) rest = taken;
    }
    if (rest.size() == begun.size()) break;
    line = rest;
  }
  return line;
}

/// The text behind "gpu7: " or "trainer-1  | "; the whole line where it begins otherwise.
std::string_view without_name(std::string_view line) {
  const auto is_of_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  };
  const auto* const name_end = std::ranges::find_if_not(line, is_of_name);
  const auto length = static_cast<std::size_t>(name_end - line.begin());
  if (length == 0) return line;
  if (line.substr(length).starts_with(":")) return line.substr(length + 1);
  const std::size_t bar = line.find_first_not_of(' ', length);
  const bool is_container = bar != std::string_view::npos && bar > length && line[bar] == '|';
  return is_container ? line.substr(bar + 1) : line;
}

}  // namespace

std::string plain_text(std::string text) {
  if (text.starts_with(kLittleMark)) text = utf8_of(std::string_view(text).substr(kLittleMark.size()), 1);
  if (text.starts_with(kBigMark)) text = utf8_of(std::string_view(text).substr(kBigMark.size()), 0);
  if (text.starts_with(kUtf8Mark)) text.erase(0, kUtf8Mark.size());
  if (text.find('\x1b') != std::string::npos) text = without_escapes(text);
  return without_tags(text);
}

void remove_prefixes(std::vector<std::string_view>& lines) {
  std::size_t all = 0, named = 0;
  for (std::string_view& line : lines) {
    line = without_known_prefixes(line);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    ++all;
    if (without_name(line).size() != line.size()) ++named;
  }
  if (named * 10 < all * 9) return;
  for (std::string_view& line : lines) line = without_known_prefixes(without_name(line));
}

}  // namespace muster
