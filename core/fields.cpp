// SPDX-License-Identifier: Apache-2.0
// Errors are built here, so that each reads the same: place, key, what is wrong.
#include "core/fields.hpp"

namespace muster {

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    throw Error(where_ + ": must be a JSON object in braces, not " + in_quotes(object_.type_name()));
  }
}

const Json& Fields::value(const std::string& key) {
  asked_for_.insert(key);
  const auto found = object_.find(key);
  if (found == object_.end()) throw error(key, "is missing");
  return *found;
}

std::string Fields::text(const std::string& key) {
  const Json& found = value(key);
  if (!found.is_string()) throw error(key, "must be a text in quotes");
  return found.get<std::string>();
}

bool Fields::flag(const std::string& key) {
  const Json& found = value(key);
  if (!found.is_boolean()) throw error(key, "must be true or false");
  return found.get<bool>();
}

double Fields::number(const std::string& key, Range<double> range) {
  const Json& found = value(key);
  // Written so that a NaN, which compares false with everything, is refused.
  if (found.is_number() && found.get<double>() >= range.at_least && found.get<double>() <= range.at_most) {
    return found.get<double>();
  }
  throw out_of_range(key, "a number", to_line(Json(range.at_least)), to_line(Json(range.at_most)));
}

void Fields::expect_schema(std::string_view schema) {
  const std::string found = text("schema");
  if (found != schema) {
    throw error("schema", "is " + in_quotes(found) + " where " + in_quotes(schema) +
                              " is expected: another kind of file, or one of another version of Muster");
  }
}

void Fields::finish() const {
  for (const auto& [key, unused] : object_.items()) {
    if (!asked_for_.contains(key)) throw error(key, "is not known here: check its spelling, or remove it");
  }
}

Error Fields::error(const std::string& key, const std::string& what) const {
  return Error(where_ + ": " + in_quotes(key) + " " + what);
}

Error Fields::out_of_range(const std::string& key, const std::string& kind, const std::string& least,
                           const std::string& most) const {
  return error(key, "must be " + kind + " between " + least + " and " + most);
}

}  // namespace muster
