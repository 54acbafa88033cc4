// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

// A character of the text and what stands for it.
struct Escape {
  char letter;
  std::string_view text;
};

template <std::size_t count>
std::string escaped(std::string_view text, const std::array<Escape, count>& escapes) {
  std::string result;
  for (const char letter : text) {
    const auto* found = std::ranges::find(escapes, letter, &Escape::letter);
    found == escapes.end() ? result.append(1, letter) : result.append(found->text);
  }
  return result;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::size_t longest_run(std::string_view text, char letter) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char each : text) {
    run = each == letter ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string exact_number(double value) {
  MUSTER_ASSERT(std::isfinite(value));
  std::array<char, 32> text{};  // the longest shortest form has 24 characters
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  MUSTER_ASSERT(error == std::errc{});
  return {text.data(), end};
}

std::string markup_text(std::string_view text) {
  constexpr std::array<Escape, 5> kEscapes = {
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}}};
  return escaped(printable(text), kEscapes);
}

std::string json_for_script(const Json& value) {
  // Outside of its strings JSON has none of these letters, and inside \uXXXX says the same.
  constexpr std::array<Escape, 3> kEscapes = {{{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}}};
  std::string text = escaped(to_line(value), kEscapes);
  replace_all(text, "\xE2\x80\xA8", "\\u2028");
  replace_all(text, "\xE2\x80\xA9", "\\u2029");
  return text;
}

std::string markdown_text(std::string_view text) {
  // A comment ends what would be a mention of a person or of an issue.
  constexpr std::array<Escape, 14> kEscapes = {{{'&', "&amp;"},
                                                {'<', "&lt;"},
                                                {'>', "&gt;"},
                                                {'@', "@<!-- -->"},
                                                {'#', "#<!-- -->"},
                                                {'\\', "\\\\"},
                                                {'`', "\\`"},
                                                {'*', "\\*"},
                                                {'_', "\\_"},
                                                {'[', "\\["},
                                                {']', "\\]"},
                                                {'|', "\\|"},
                                                {'~', "\\~"},
                                                {'$', "\\$"}}};
  std::string result = escaped(printable(text), kEscapes);
  replace_all(result, "://", ":\\//");  // an address is no link
  replace_all(result, "www.", "www\\.");
  return result;
}

std::string markdown_code(std::string_view text) {
  std::string code = printable(text);
  const std::string fence(longest_run(code, '`') + 1, '`');
  replace_all(code, "|", "\\|");  // a table takes the stroke for its own even inside code
  const bool needs_room = code.empty() || code.front() == '`' || code.back() == '`';
  const std::string_view room = needs_room ? " " : "";
  return fence + std::string(room) + code + std::string(room) + fence;
}

std::string csv_text(std::string_view text) {
  std::string field = printable(text);
  const std::size_t first = field.find_first_not_of(' ');
  const bool is_formula =
      first != std::string::npos && std::string_view("=+-@").find(field[first]) != std::string::npos;
  if (is_formula) field.insert(0, 1, '\'');
  if (field.find_first_of(",\"'") == std::string::npos) return field;
  replace_all(field, "\"", "\"\"");
  return "\"" + field + "\"";
}

std::string prometheus_label(std::string_view text) {
  // Not printable(): two names that differ must give two series, or the collector refuses the whole file.
  constexpr std::array<Escape, 3> kEscapes = {{{'\\', "\\\\"}, {'"', "\\\""}, {'\n', "\\n"}}};
  return escaped(text, kEscapes);
}

}  // namespace muster
