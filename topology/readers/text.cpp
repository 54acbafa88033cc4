// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace muster {

namespace {

constexpr std::string_view kBlank = " \t\r";

}  // namespace

LineCursor::LineCursor(std::string_view text, std::string origin) : rest_(text), origin_(std::move(origin)) {}

bool LineCursor::next() {
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++number_;
  return true;
}

Error LineCursor::error(const std::string& what) const {
  return Error(origin_ + ":" + std::to_string(number_) + ": " + what);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view trimmed_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = text.find(separator, start)) != std::string_view::npos; start = end + 1) {
    parts.push_back(text.substr(start, end - start));
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

std::string normal_guid(std::string_view text) {
  std::string guid = lower_case(trimmed(text));
  if (guid.starts_with("0x")) guid.erase(0, 2);
  std::erase(guid, ':');
  const bool is_hexadecimal = guid.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hexadecimal || guid.find_first_not_of('0') == std::string::npos) return {};
  return guid;
}

}  // namespace muster
