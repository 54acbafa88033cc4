// SPDX-License-Identifier: Apache-2.0
#include "reports/readers/nccl_tests_row.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace muster {

namespace {

template <typename T>
std::optional<T> number_in(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// time, algbw, busbw, #wrong. A bandwidth that is no number makes the time worthless, too.
RowNumbers numbers_of(const std::vector<std::string_view>& words, std::size_t at) {
  RowNumbers numbers;
  const auto time = decimal_word(words[at]);
  const auto bandwidth = decimal_word(words[at + 2]);
  if (bandwidth) numbers.seconds = seconds_of(time);
  numbers.algbw = decimal_word(words[at + 1]).value_or(0);
  numbers.busbw = bandwidth.value_or(0);
  numbers.wrong = whole_word(words[at + 3]);
  if (!numbers.wrong) numbers.error = decimal_word(words[at + 3]);
  return numbers;
}

}  // namespace

RowColumns columns_of(const std::vector<std::string_view>& heading) {
  return {.per_iteration = std::ranges::find(heading, "i_min") != heading.end(),
          .halves = std::ranges::count(heading, "algbw") == 1 ? std::size_t{1} : std::size_t{2}};
}

std::optional<LogRow> log_row_of(const std::vector<std::string_view>& words, const RowColumns& columns) {
  constexpr std::size_t kFirst = 3;  // after size, count and type
  const std::size_t width = columns.per_iteration ? 8 : 4;
  const std::size_t numbers = columns.halves * width;
  if (words.size() < kFirst + numbers) return std::nullopt;
  const auto size = whole_word(words[0]);
  const auto count = whole_word(words[1]);
  const auto type = element_type_in(words[2]);
  if (!size || !count || !type) return std::nullopt;
  LogRow row{.size = *size, .count = *count, .type = *type, .placements = {}};
  std::size_t at = kFirst;
  if (!decimal_word(words[at])) {
    const auto operation = operation_in(words[at]);
    if (!operation) return std::nullopt;
    row.operation = *operation;
    row.has_operation = words[at] != "none";
    ++at;
  }
  // A time stamp behind the row is two words, a root before its numbers is one.
  if (words.size() < at + numbers) return std::nullopt;
  if ((words.size() - at - numbers) % 2 == 1) row.root = number_in<int>(words[at++]).value_or(-1);
  row.placements[0] = numbers_of(words, at);
  if (columns.halves == 2) row.placements[1] = numbers_of(words, at + width);
  return row;
}

std::vector<std::string_view> words_of_line(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kBlanks); at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::optional<std::uint64_t> whole_word(std::string_view word) { return number_in<std::uint64_t>(word); }

std::optional<double> decimal_word(std::string_view word) {
  const auto number = number_in<double>(word);
  return number && std::abs(*number) <= kLargestNumber ? number : std::nullopt;  // a NaN is not, either
}

}  // namespace muster
