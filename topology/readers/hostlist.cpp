// SPDX-License-Identifier: Apache-2.0
// Expansion by recursive descent: a list is items between commas, an item is texts and brackets side by side.
#include "topology/readers/hostlist.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/error.hpp"
#include "topology/readers/text.hpp"

namespace muster {

namespace {

constexpr int kDeepest = 8;              // brackets in brackets: Slurm itself allows one
constexpr std::size_t kMostDigits = 18;  // what fits 64 bits

class Expansion {
 public:
  Expansion(std::string_view text, const HostlistLimits& limits) : text_(text), limits_(limits) {}

  std::vector<std::string> list(std::string_view text, int depth) {
    if (depth > kDeepest) throw bad("brackets deeper than " + std::to_string(kDeepest));
    std::vector<std::string> names;
    for (const std::string_view item : items_of(text)) {
      for (std::string& name : depth == 0 ? product(item, depth) : choices(item, depth)) {
        names.push_back(std::move(name));
      }
      check_size(names.size());
    }
    return names;
  }

 private:
  /// Between brackets an item may be a range of numbers.
  std::vector<std::string> choices(std::string_view item, int depth) {
    const std::size_t dash = item.find('-');
    if (dash != std::string_view::npos && is_number(item.substr(0, dash)) && is_number(item.substr(dash + 1))) {
      return range(item.substr(0, dash), item.substr(dash + 1));
    }
    return product(item, depth);
  }

  std::vector<std::string> range(std::string_view first, std::string_view last) {
    if (first.size() > kMostDigits || last.size() > kMostDigits) throw bad("a number of more than 18 digits");
    const std::uint64_t begin = number(first);
    const std::uint64_t end = number(last);
    if (begin > end) throw bad("the range " + std::string(first) + "-" + std::string(last) + " runs backwards");
    check_size(end - begin);
    std::vector<std::string> names;
    for (std::uint64_t value = begin; value <= end; ++value) {
      std::string digits = std::to_string(value);
      digits.insert(0, first.size() - std::min(first.size(), digits.size()), '0');
      names.push_back(std::move(digits));
    }
    return names;
  }

  /// Every combination of the brackets that stand side by side.
  std::vector<std::string> product(std::string_view item, int depth) {
    std::vector<std::string> names = {""};
    while (!item.empty()) {
      const std::size_t open = std::min(item.find('['), item.size());
      for (std::string& name : names) append(name, item.substr(0, open));
      item.remove_prefix(open);
      if (item.empty()) break;
      const std::size_t close = closing_bracket(item);
      const std::vector<std::string> ends = list(item.substr(1, close - 1), depth + 1);
      item.remove_prefix(close + 1);
      if (ends.empty()) throw bad("a bracket holds nothing");
      check_size(names.size() * ends.size());
      std::vector<std::string> longer;
      for (const std::string& name : names) {
        for (const std::string& end : ends) append(longer.emplace_back(name), end);
      }
      names = std::move(longer);
    }
    return names;
  }

  /// Parts between the commas that stand in no bracket; empty ones are left out.
  std::vector<std::string_view> items_of(std::string_view text) const {
    std::vector<std::string_view> items;
    std::size_t start = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const char letter = i < text.size() ? text[i] : ',';
      if (letter == '[') ++depth;
      if (letter == ']' && --depth < 0) throw bad("a bracket is closed that was not opened");
      if (i < text.size() && (letter != ',' || depth > 0)) continue;
      if (const std::string_view item = trimmed(text.substr(start, i - start)); !item.empty()) items.push_back(item);
      start = i + 1;
    }
    if (depth > 0) throw bad("a bracket is not closed");
    return items;
  }

  static std::size_t closing_bracket(std::string_view item) {
    std::size_t at = 0;
    for (int depth = 1; depth > 0;) {
      const char letter = item[++at];  // items_of() saw that every bracket is closed
      depth += letter == '[' ? 1 : letter == ']' ? -1 : 0;
    }
    return at;
  }

  static std::uint64_t number(std::string_view digits) {
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

  void append(std::string& name, std::string_view end) const {
    if (name.size() + end.size() > limits_.name_length) {
      throw bad("a name of more than " + std::to_string(limits_.name_length) + " characters");
    }
    name += end;
  }

  void check_size(std::size_t names) const {
    if (names <= limits_.names) return;
    throw bad("more than " + std::to_string(limits_.names) + " names; give the description of one cluster");
  }

  Error bad(const std::string& what) const { return Error("host list " + in_quotes(text_) + ": " + what); }

  std::string_view text_;
  HostlistLimits limits_;
};

}  // namespace

std::vector<std::string> expand_hostlist(std::string_view text, const HostlistLimits& limits) {
  return Expansion(text, limits).list(text, 0);
}

}  // namespace muster
