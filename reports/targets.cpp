// SPDX-License-Identifier: Apache-2.0
// The language of target files: rules, and a file that extends another one by the names of its rules. What a rule means
// for a measured case is in rules.cpp.
#include "reports/targets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "core/fields.hpp"
#include "core/names.hpp"
#include "reports/targets/library.hpp"
#include "reports/targets/quantities.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/targets/1";
constexpr std::array<std::string_view, 5> kScopes = {"each", "best", "median", "smallest_size", "largest_size"};
constexpr Range<double> kMargin = {0, 1};
constexpr std::size_t kMaxDepth = 8;  // files that extend each other; deeper chains nobody can read
constexpr std::size_t kMaxRules = 10'000;
constexpr Bytes kMaxTargetsFile{std::uint64_t{16} << 20};

using Chain = std::vector<std::string>;  // origins, from the file that was asked for to the one in hand

Targets targets_in_chain(const Json& json, const std::string& origin, Chain chain);

Scope parse_scope(std::string_view name) { return static_cast<Scope>(index_of_name("scope", kScopes, name)); }

// What a rule is about decides which of its rows can stand for the others.
void check_scope(const Fields& fields, const Rule& rule) {
  if (rule.scope == Scope::each) return;
  switch (traits_of(rule.quantity).form) {
    case DemandForm::fraction:
    case DemandForm::rate:
    case DemandForm::seconds:
    case DemandForm::value:
      return;
    default:
      throw fields.error("scope", "does not go with " + in_quotes(name_of(rule.quantity)) + "; leave it out");
  }
}

std::string text_or_empty(Fields& fields, const std::string& key) { return fields.has(key) ? fields.text(key) : ""; }

std::string name_from_json(Fields& fields) {
  std::string name = fields.text("name");
  if (name.empty()) throw fields.error("name", "is empty; the report shows it");
  return name;
}

Rule rule_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Rule rule;
  rule.name = name_from_json(fields);
  rule.source = text_or_empty(fields, "source");
  const std::string named = where + " (" + in_quotes(rule.name) + ")";
  if (fields.has("select")) rule.select = selector_from_json(fields.value("select"), named + ": \"select\"");
  read_requirement(fields.value("require"), named, rule);
  if (fields.has("scope")) rule.scope = fields.word("scope", parse_scope);
  if (fields.has("margin")) rule.margin = fields.number("margin", kMargin);
  if (fields.has("when_planned") && fields.flag("when_planned")) rule.unplanned = Unplanned::skipped;
  fields.finish();
  check_scope(fields, rule);
  return rule;
}

void waive(const Json& json, const std::string& where, Targets& targets) {
  Fields fields(json, where);
  const std::string name = name_from_json(fields);
  const std::string reason = fields.text("waived");
  fields.finish();
  if (reason.empty()) throw fields.error("waived", "is empty; the report shows why the rule does not count");
  const auto found = std::ranges::find(targets.rules, name, &Rule::name);
  if (found == targets.rules.end()) {
    throw fields.error("waived", "there is no rule " + in_quotes(name) + " in the extended file");
  }
  targets.waived.push_back({*found, reason});
  targets.rules.erase(found);
}

void add_goal(const Json& json, const std::string& where, Targets& targets) {
  TrainingGoal goal = goal_from_json(json, where);
  const auto found = std::ranges::find(targets.training, goal.name, &TrainingGoal::name);
  if (found == targets.training.end()) {
    targets.training.push_back(std::move(goal));
  } else {
    *found = std::move(goal);
  }
}

void add_rule(const Json& json, const std::string& where, Targets& targets) {
  if (json.is_object() && json.contains("training")) return add_goal(json, where, targets);
  if (json.is_object() && json.contains("waived")) return waive(json, where, targets);
  Rule rule = rule_from_json(json, where);
  const auto found = std::ranges::find(targets.rules, rule.name, &Rule::name);
  if (found == targets.rules.end()) {
    targets.rules.push_back(std::move(rule));
  } else {
    *found = std::move(rule);
  }
}

void read_rules(Fields& fields, const std::string& origin, Targets& targets) {
  const Json& rules = fields.value("rules");
  if (!rules.is_array() || rules.empty() || rules.size() > kMaxRules) {
    throw fields.error("rules", "must be a list with at least one rule");
  }
  std::set<std::string> names;
  for (const Json& entry : rules) {
    const std::string where = origin + ": rule " + std::to_string(names.size() + 1);
    add_rule(entry, where, targets);
    const std::string name = entry["name"].get<std::string>();
    if (!names.insert(name).second) throw Error(where + ": \"name\" " + in_quotes(name) + " is there twice");
  }
  if (targets.rules.empty() && targets.training.empty())
    throw fields.error("rules", "are all waived: nothing is left to judge by");
}

void read_gpu_models(Fields& fields, Targets& targets) {
  if (!fields.has("gpu_models")) return;
  targets.gpu_models.clear();
  const Json& list = fields.value("gpu_models");
  if (!list.is_array() || list.empty()) throw fields.error("gpu_models", "must be a list of patterns");
  for (const Json& entry : list) {
    if (!entry.is_string() || entry.get_ref<const std::string&>().empty()) {
      throw fields.error("gpu_models", "must be a list of patterns in quotes");
    }
    targets.gpu_models.push_back(entry.get<std::string>());
  }
}

// Those of the extended file stay.
void read_notes(Fields& fields, Targets& targets) {
  if (!fields.has("notes")) return;
  const Json& list = fields.value("notes");
  if (!list.is_array() || list.size() > kMaxRules) throw fields.error("notes", "must be a list of texts");
  for (const Json& entry : list) {
    if (!entry.is_string()) throw fields.error("notes", "must be a list of texts in quotes");
    targets.notes.push_back(entry.get<std::string>());
  }
}

Targets targets_by_name(const std::string& name_or_path, const Chain& chain) {
  if (const TargetsText* shipped = find_targets(name_or_path)) {
    return targets_in_chain(parse_json(shipped->text, name_or_path), name_or_path, chain);
  }
  if (!std::filesystem::exists(name_or_path)) {
    throw Error(name_or_path + ": neither a file nor shipped targets; `muster targets` lists those");
  }
  return targets_in_chain(parse_json(read_file(name_or_path, kMaxTargetsFile), name_or_path), name_or_path, chain);
}

// A path is meant from the folder of the file that names it.
Targets extended_targets(const std::string& name, const std::string& origin, const Chain& chain) {
  if (name.empty()) throw Error(origin + ": \"extends\" is empty; name shipped targets or a file");
  const std::filesystem::path path = std::filesystem::path(origin).parent_path() / name;
  return targets_by_name(find_targets(name) ? name : path.lexically_normal().string(), chain);
}

Targets targets_in_chain(const Json& json, const std::string& origin, Chain chain) {
  if (std::ranges::find(chain, origin) != chain.end()) {
    throw Error(chain.back() + ": \"extends\" leads back to " + in_quotes(origin) + "; break the circle");
  }
  chain.push_back(origin);
  if (chain.size() > kMaxDepth) {
    throw Error(origin + ": more than " + std::to_string(kMaxDepth) + " files extend each other; merge some");
  }
  Fields fields(json, origin);
  fields.expect_schema(kSchema);
  Targets targets;
  if (fields.has("extends")) targets = extended_targets(fields.text("extends"), origin, chain);
  targets.name = fields.text("name");
  read_gpu_models(fields, targets);
  read_notes(fields, targets);
  read_rules(fields, origin, targets);
  fields.finish();
  return targets;
}

}  // namespace

Targets targets_from_json(const Json& json, const std::string& origin) { return targets_in_chain(json, origin, {}); }

Targets read_targets(const std::string& name_or_path) { return targets_by_name(name_or_path, {}); }

Targets default_targets(const Plan& plan) {
  Targets targets = read_targets("default");
  std::erase_if(targets.rules, [&](const Rule& rule) {
    return std::ranges::none_of(plan.cases,
                                [&](const Case& item) { return selects(rule.select, item, ranks_of(item, plan)); });
  });
  return targets;
}

const TargetsText* find_targets(std::string_view name) {
  const auto found = std::ranges::find(targets_library(), name, &TargetsText::name);
  return found == targets_library().end() ? nullptr : &*found;
}

}  // namespace muster
