// SPDX-License-Identifier: Apache-2.0
// JSON as other tools write it: bare NaN and Infinity, numbers and truth values as strings, keys that come and go.
// What is not there or has another type is empty, never a guess. Used by the readers of such JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace muster {

/// The first character that is no blank; 0 if there is none.
char first_character(std::string_view text);

/// Strict, but bare words for what is no number (NaN, -Infinity, inf) become null. Throws Error naming `origin`.
Json parse_foreign_json(std::string_view text, const std::string& origin);

/// Null where the object, or what claims to be one, has no such key.
const Json& member(const Json& object, const std::string& key);

/// The same of a list.
const Json& element(const Json& list, std::size_t at);

/// A finite number, as such or in a string ("1.5").
std::optional<double> number_in_json(const Json& value);
/// A whole number, as such, in a string ("   -1") or as 3.000000.
std::optional<std::int64_t> whole_in_json(const Json& value);
/// Empty for what is no string.
std::string text_in_json(const Json& value);
/// true, "true" and 1; false, "false" and 0; empty for the rest ("unchecked").
std::optional<bool> truth_in_json(const Json& value);

}  // namespace muster
