// SPDX-License-Identifier: Apache-2.0
// One object of a JSON file, read strictly: every key by name, type and range, and no key that nobody asked for.
// Every reader of our own files uses it; each error names the place (file, line or case) and the key.
#pragma once

#include <concepts>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {

/// Both ends belong to it.
template <typename T>
struct Range {
  T at_least;
  T at_most;
};

class Fields {
 public:
  /// `where` starts every error: "plan.json: case 3". The object must outlive this reader.
  Fields(const Json& object, std::string where);

  bool has(const std::string& key) const { return object_.contains(key); }
  const Json& value(const std::string& key);
  std::string text(const std::string& key);
  bool flag(const std::string& key);
  double number(const std::string& key, Range<double> range);

  template <std::integral T>
  T integer(const std::string& key, Range<T> range) {
    const Json& found = value(key);
    if (found.is_number_unsigned()) {
      const auto whole = found.get<std::uint64_t>();
      if (std::cmp_less_equal(range.at_least, whole) && std::cmp_less_equal(whole, range.at_most)) {
        return static_cast<T>(whole);
      }
    } else if (found.is_number_integer()) {
      const auto whole = found.get<std::int64_t>();
      if (std::cmp_less_equal(range.at_least, whole) && std::cmp_less_equal(whole, range.at_most)) {
        return static_cast<T>(whole);
      }
    }
    throw out_of_range(key, "a whole number", std::to_string(range.at_least), std::to_string(range.at_most));
  }

  /// The value that `parse` gives for the text; its error gets the place and the key in front.
  template <typename Parse>
  auto word(const std::string& key, Parse parse) {
    const std::string found = text(key);
    try {
      return parse(std::string_view(found));
    } catch (const Error& error) {
      throw this->error(key, error.what());
    }
  }

  /// The key must be there and say exactly this: "muster/plan/1".
  void expect_schema(std::string_view schema);
  /// Call last: throws Error naming the keys that were not asked for.
  void finish() const;

  Error error(const std::string& key, const std::string& what) const;

 private:
  Error out_of_range(const std::string& key, const std::string& kind, const std::string& least,
                     const std::string& most) const;

  const Json& object_;
  std::string where_;
  std::set<std::string> asked_for_;
};

}  // namespace muster
