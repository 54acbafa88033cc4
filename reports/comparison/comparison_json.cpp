// SPDX-License-Identifier: Apache-2.0
// comparison.json (schema muster/comparison/1).
#include "reports/comparison/comparison.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/comparison/1";

Json to_json(const ComparedPair& pair);

Json to_json(const ComparedCase& each) {
  Json json = {{"case", each.id}};
  if (!each.other.empty()) json["other_case"] = each.other;
  json.update({{"family", each.family},
               {"weight", each.weight},
               {"outcome", name_of(each.difference.outcome)},
               {"reason", each.difference.reason}});
  if (each.difference.outcome == Outcome::no_data) return json;
  json.update({{"gain", each.gain},
               {"gain_low", each.gain_low},
               {"gain_high", each.gain_high},
               {"p_value", each.difference.p_value},
               {"adjusted_p_value", each.difference.adjusted},
               {"least_effect", each.difference.least_effect}});
  return json;
}

Json to_json(const FamilyMean& mean) {
  Json json = {{"family", mean.family},
               {"cases", mean.cases},
               {"gain", mean.gain},
               {"gain_low", mean.low},
               {"gain_high", mean.high}};
  if (mean.gain_per_price) json["gain_per_price"] = *mean.gain_per_price;
  if (mean.gain_per_joule) json["gain_per_joule"] = *mean.gain_per_joule;
  return json;
}

template <typename Item>
Json list_json(const std::vector<Item>& items) {
  Json json = Json::array();
  for (const Item& item : items) json.push_back(to_json(item));
  return json;
}

Json to_json(const ComparedPair& pair) {
  Json counts = Json::object();
  for (const Outcome outcome :
       {Outcome::same, Outcome::slower, Outcome::faster, Outcome::ambiguous, Outcome::no_data}) {
    const auto found = pair.counts.find(outcome);
    counts[name_of(outcome)] = found == pair.counts.end() ? 0 : found->second;
  }
  return {{"report", pair.label},
          {"counts", counts},
          {"families", list_json(pair.families)},
          {"cases", list_json(pair.cases)},
          {"not_compared", pair.refusals}};
}

}  // namespace

Json to_json(const Comparison& comparison) {
  const auto [verdict, reason] = judgement_of(comparison);
  return {{"schema", kSchema},
          {"verdict", name_of(verdict)},
          {"reason", reason},
          {"baseline", comparison.baseline},
          {"sources", comparison.sources},
          {"comparisons", list_json(comparison.pairs)}};
}

}  // namespace muster
