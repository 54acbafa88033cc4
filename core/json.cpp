// SPDX-License-Identifier: Apache-2.0
// Strict JSON in and out. The library alone would take the last of two equal keys and write NaN as null; a report
// that decides about a purchase must do neither.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {

namespace {

// Our own files nest 8 deep. The library parses without recursion but copies and prints with it.
constexpr int kDeepestNesting = 100;

// Reads characters and keeps count, because the library tells its position for syntax errors only.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    ++at;
    ++*offset;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }

  const char* at;
  std::size_t* offset;
};

std::string position_text(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(std::ranges::count(before, '\n') + 1) + ", column " +
         std::to_string(before.size() - line_start + 1);
}

// Refuses what the grammar allows but no honest file has.
class Strictness {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kDeepestNesting) throw Error("nested deeper than " + std::to_string(kDeepestNesting));
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) throw Error("repeated key " + in_quotes(key));
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;  // of each object that is open
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: what" -> "what"
std::string reason(std::string_view what) {
  const std::size_t column = what.find("column ");
  const std::size_t start =
      what.find(column == std::string_view::npos ? "] " : ": ", column == std::string_view::npos ? 0 : column);
  return std::string(start == std::string_view::npos ? what : what.substr(start + 2));
}

// JSON pointer to the first number that is not finite.
std::optional<std::string> path_to_non_finite(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return "";
  if (!value.is_structured()) return std::nullopt;
  for (const auto& [key, child] : value.items()) {
    if (const auto rest = path_to_non_finite(child)) return "/" + key + *rest;
  }
  return std::nullopt;
}

std::string dump(const Json& value, int indent) {
  if (const auto path = path_to_non_finite(value)) {
    throw Error("cannot write JSON: the number at " + in_quotes(*path) +
                " is not finite; the result it stands for is void");
  }
  // Host names and versions come from outside: bytes that are no UTF-8 become U+FFFD rather than end the run.
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text, const std::string& origin) {
  std::size_t offset = 0;
  Strictness strictness;
  const auto fail = [&](std::size_t at, const std::string& why) {
    return Error(origin + ": not usable as JSON at " + position_text(text, at) + ": " + why);
  };
  try {
    const char* const end = text.data() + text.size();
    return Json::parse(CountingIterator{text.data(), &offset}, CountingIterator{end, &offset}, std::ref(strictness));
  } catch (const Json::exception& error) {
    throw fail(offset == 0 ? 0 : offset - 1, reason(error.what()));
  } catch (const Error& error) {
    throw fail(offset == 0 ? 0 : offset - 1, error.what());
  }
}

std::string to_line(const Json& value) { return dump(value, -1); }

std::string to_document(const Json& value) { return dump(value, 2) + "\n"; }

}  // namespace muster
