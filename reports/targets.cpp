// SPDX-License-Identifier: Apache-2.0
// The language of target files, and which cases a rule selects. What a rule means for a measured case is in rules.cpp.
#include "reports/targets.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "core/fields.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/targets/1";

// In the order of Quantity.
constexpr std::array<std::string_view, 6> kQuantities = {
    "correct",
    "fraction_of_limit",
    "fraction_of_prediction",
    "algbw_bytes_per_second",
    "busbw_bytes_per_second",
    "flops_per_second",
};
constexpr std::array<std::string_view, 2> kScopes = {"each", "best"};

constexpr Range<int> kRanks = {1, 1 << 20};
constexpr Range<std::uint64_t> kSizeBytes = {0, std::uint64_t{1} << 50};
// Nothing is faster than its limit, so more than the whole of it can never be met.
constexpr Range<double> kFraction = {1e-9, 1};
// Bytes or floating-point operations per second: up to 1e21, a million times what one device does.
constexpr Range<double> kRate = {1e-9, 1e21};

Scope parse_scope(std::string_view name) { return static_cast<Scope>(index_of_name("scope", kScopes, name)); }

template <typename Parse>
auto words_from_json(Fields& fields, const std::string& key, Parse parse) {
  std::vector<decltype(parse(std::string_view()))> words;
  if (!fields.has(key)) return words;
  const Json& list = fields.value(key);
  if (!list.is_array() || list.empty()) throw fields.error(key, "must be a list of words; leave it out to select all");
  for (const Json& entry : list) {
    if (!entry.is_string()) throw fields.error(key, "must be a list of words in quotes");
    try {
      words.push_back(parse(entry.get_ref<const std::string&>()));
    } catch (const Error& error) {
      throw fields.error(key, error.what());
    }
  }
  return words;
}

std::optional<Bytes> size_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  if (fields.value(key).is_string()) return fields.word(key, parse_size);
  return Bytes{fields.integer(key, kSizeBytes)};
}

std::optional<int> ranks_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  return fields.integer(key, kRanks);
}

Selector selector_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"select\"");
  Selector select;
  select.families = words_from_json(fields, "families", parse_family);
  select.collectives = words_from_json(fields, "collectives", parse_collective);
  select.algorithms = words_from_json(fields, "algorithms", parse_algorithm);
  select.transports = words_from_json(fields, "transports", parse_transport);
  select.types = words_from_json(fields, "types", parse_element_type);
  select.cadences = words_from_json(fields, "cadences", parse_cadence);
  select.placements = words_from_json(fields, "placements", parse_placement);
  select.processors = words_from_json(fields, "processors", parse_processor);
  select.bodies = words_from_json(fields, "bodies", parse_matmul_body);
  if (fields.has("cases")) select.cases = fields.text("cases");
  select.min_size = size_from_json(fields, "min_size");
  select.max_size = size_from_json(fields, "max_size");
  select.min_ranks = ranks_from_json(fields, "min_ranks");
  select.max_ranks = ranks_from_json(fields, "max_ranks");
  fields.finish();
  if (select.min_size && select.max_size && *select.min_size > *select.max_size) {
    throw fields.error("min_size", "is larger than \"max_size\": nothing can be selected");
  }
  if (select.min_ranks && select.max_ranks && *select.min_ranks > *select.max_ranks) {
    throw fields.error("min_ranks", "is larger than \"max_ranks\": nothing can be selected");
  }
  return select;
}

void read_requirement(const Json& json, const std::string& where, Rule& rule) {
  Fields fields(json, where + ": \"require\"");
  if (json.size() != 1) {
    throw Error(where + ": \"require\" must have exactly one key; write one rule for each demand");
  }
  const std::string& key = json.begin().key();
  try {
    rule.quantity = static_cast<Quantity>(index_of_name("requirement", kQuantities, key));
  } catch (const Error& error) {
    throw Error(where + ": \"require\": " + error.what());
  }
  switch (rule.quantity) {
    case Quantity::correct:
      if (fields.value(key) != true) throw fields.error(key, "can only be true");
      break;
    case Quantity::fraction_of_limit:
    case Quantity::fraction_of_prediction:
      rule.at_least = fields.number(key, kFraction);
      break;
    case Quantity::algbw:
    case Quantity::busbw:
    case Quantity::flops_per_second:
      rule.at_least = fields.number(key, kRate);
      break;
  }
}

Rule rule_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Rule rule;
  rule.name = fields.text("name");
  if (rule.name.empty()) throw fields.error("name", "is empty; the report shows it");
  const std::string named = where + " (" + in_quotes(rule.name) + ")";
  if (fields.has("select")) rule.select = selector_from_json(fields.value("select"), named);
  read_requirement(fields.value("require"), named, rule);
  if (fields.has("scope")) rule.scope = fields.word("scope", parse_scope);
  fields.finish();
  return rule;
}

template <typename T>
bool among(const std::vector<T>& accepted, T found) {
  return accepted.empty() || std::ranges::find(accepted, found) != accepted.end();
}

template <typename T>
bool between(const std::optional<T>& least, T found, const std::optional<T>& most) {
  return (!least || *least <= found) && (!most || found <= *most);
}

// A demand on something that the case does not have (the algorithm of a matmul) leaves the case out.
bool selects_collective(const Selector& selector, const Case& item) {
  if (item.family == Family::collective) {
    return among(selector.collectives, item.collective) && among(selector.algorithms, item.algorithm) &&
           among(selector.transports, item.transport) && among(selector.placements, item.placement);
  }
  return selector.collectives.empty() && selector.algorithms.empty() && selector.transports.empty() &&
         selector.placements.empty();
}

bool selects_body(const Selector& selector, const Case& item) {
  return item.family == Family::matmul ? among(selector.bodies, item.body) : selector.bodies.empty();
}

bool selects_size(const Selector& selector, const Case& item) {
  if (item.family == Family::matmul || item.family == Family::peak) return !selector.min_size && !selector.max_size;
  return between(selector.min_size, item.size, selector.max_size);
}

bool selects_type(const Selector& selector, const Case& item) {
  const bool has_no_type = item.family == Family::memory || item.family == Family::link;
  return has_no_type ? selector.types.empty() : among(selector.types, item.type);
}

}  // namespace

std::string_view name_of(Quantity quantity) { return kQuantities.at(static_cast<std::size_t>(quantity)); }

bool selects(const Selector& selector, const Case& item, int ranks) {
  const Processor processor = is_on_gpu(item) ? Processor::gpu : Processor::host;
  return among(selector.families, item.family) && among(selector.processors, processor) &&
         selects_body(selector, item) && selects_collective(selector, item) && selects_type(selector, item) &&
         selects_size(selector, item) && among(selector.cadences, item.cadence) &&
         between(selector.min_ranks, ranks, selector.max_ranks) &&
         (selector.cases.empty() || fnmatch(selector.cases.c_str(), item.id.c_str(), 0) == 0);
}

Targets targets_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kSchema);
  Targets targets;
  targets.name = fields.text("name");
  const Json& rules = fields.value("rules");
  if (!rules.is_array() || rules.empty()) throw fields.error("rules", "must be a list with at least one rule");
  fields.finish();
  std::set<std::string> names;
  for (const Json& entry : rules) {
    const std::string where = origin + ": rule " + std::to_string(targets.rules.size() + 1);
    targets.rules.push_back(rule_from_json(entry, where));
    const std::string& name = targets.rules.back().name;
    if (!names.insert(name).second) throw Error(where + ": \"name\" " + in_quotes(name) + " is there twice");
  }
  return targets;
}

}  // namespace muster
