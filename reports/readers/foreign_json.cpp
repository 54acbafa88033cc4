// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/foreign_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/readers/nccl_tests_row.hpp"

namespace muster {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::array<std::string_view, 3> kNoNumbers = {"nan", "inf", "infinity"};
constexpr double kLargestWhole = 9007199254740992;  // 2^53: whole doubles up to it are exact

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
}

bool is_no_number(std::string_view word) {
  if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
  return std::ranges::any_of(kNoNumbers, [word](std::string_view name) {
    return std::ranges::equal(word, name, [](char left, char right) { return (left | 0x20) == right; });
  });
}

/// Where the string that opens at `at` ends, past its closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

std::string with_nulls(std::string_view text) {
  std::string strict;
  strict.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') end = end_of_string(text, at);
    if (is_of_word(text[at])) {
      while (end < text.size() && is_of_word(text[end])) ++end;
    }
    const std::string_view part = text.substr(at, end - at);
    strict += is_no_number(part) ? "null" : part;
    at = end;
  }
  return strict;
}

const Json& none() {
  static const Json kNone;
  return kNone;
}

}  // namespace

char first_character(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  return start == std::string_view::npos ? '\0' : text[start];
}

Json parse_foreign_json(std::string_view text, const std::string& origin) {
  return parse_json(with_nulls(text), origin);
}

const Json& member(const Json& object, const std::string& key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? none() : *found;
}

const Json& element(const Json& list, std::size_t at) {
  return list.is_array() && at < list.size() ? list[at] : none();
}

std::optional<double> number_in_json(const Json& value) {
  if (value.is_string()) {
    const std::string_view text = value.get_ref<const std::string&>();
    return decimal_word(text.substr(std::min(text.find_first_not_of(kBlanks), text.size())));
  }
  if (!value.is_number() || !std::isfinite(value.get<double>())) return std::nullopt;
  return value.get<double>();
}

std::optional<std::int64_t> whole_in_json(const Json& value) {
  const auto number = number_in_json(value);
  if (!number || std::abs(*number) > kLargestWhole || *number != std::floor(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::string text_in_json(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

std::optional<bool> truth_in_json(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value == "true" || whole_in_json(value) == 1) return true;
  if (value == "false" || whole_in_json(value) == 0) return false;
  return std::nullopt;
}

}  // namespace muster
