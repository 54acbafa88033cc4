// SPDX-License-Identifier: Apache-2.0
// Violations of guidelines as sentences and in report.json.
#include "reports/guideline.hpp"

#include <algorithm>

#include "core/fields.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr Range<double> kFactor = {1e-12, 1e12};

}  // namespace

std::string text_of(const GuidelineViolation& violation) {
  std::string reference;
  for (const std::string& id : violation.reference) reference += (reference.empty() ? "" : " + ") + id;
  return violation.case_id + " takes " + significant(violation.factor) + " times as long as " + reference +
         " (at least " + significant(violation.at_least) + "): " + violation.remedy;
}

std::vector<std::string> guideline_findings(const std::vector<GuidelineViolation>& violations) {
  std::vector<std::string> names;  // in the order of their first case
  for (const GuidelineViolation& each : violations) {
    if (std::ranges::find(names, each.guideline) == names.end()) names.push_back(each.guideline);
  }
  std::vector<std::string> findings;
  for (const std::string& name : names) {
    const GuidelineViolation* worst = nullptr;
    int count = 0;
    for (const GuidelineViolation& each : violations) {
      if (each.guideline != name) continue;
      ++count;
      if (!worst || each.at_least > worst->at_least) worst = &each;
    }
    findings.push_back("warning: " + name + " does not hold in " + std::to_string(count) +
                       (count == 1 ? " case: " : " cases, worst ") + text_of(*worst));
  }
  return findings;
}

Json to_json(const GuidelineViolation& violation) {
  return {{"guideline", violation.guideline}, {"case", violation.case_id},      {"reference", violation.reference},
          {"factor", violation.factor},       {"at_least", violation.at_least}, {"remedy", violation.remedy}};
}

GuidelineViolation guideline_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  GuidelineViolation violation{.guideline = fields.text("guideline"),
                               .case_id = fields.text("case"),
                               .reference = {},
                               .factor = fields.number("factor", kFactor),
                               .at_least = fields.number("at_least", kFactor),
                               .remedy = fields.text("remedy")};
  const Json& reference = fields.value("reference");
  if (!reference.is_array() || reference.empty()) throw fields.error("reference", "must be a list of cases");
  for (const Json& entry : reference) {
    if (!entry.is_string()) throw fields.error("reference", "must be a list of cases in quotes");
    violation.reference.push_back(entry.get<std::string>());
  }
  fields.finish();
  return violation;
}

}  // namespace muster
