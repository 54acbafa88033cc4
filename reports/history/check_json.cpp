// SPDX-License-Identifier: Apache-2.0
// muster/history-check/1: a check for programs. Reports are named by digest, time and labels.
#include "reports/history/check.hpp"

namespace muster {

namespace {

Json case_json(const CheckedCase& each) {
  Json json = {{"id", each.key.case_id},
               {"ranks", each.key.ranks},
               {"unit", each.key.unit},
               {"better", name_of(each.key.better)},
               {"presence", name_of(each.presence)},
               {"outcome", name_of(each.outcome)},
               {"reason", each.reason},
               {"baseline_reports", each.baseline_nights}};
  if (each.baseline > 0) json["baseline"] = each.baseline;
  if (each.newest > 0) json["newest"] = each.newest;
  if (each.presence == Presence::both && each.outcome != Outcome::no_data) {
    json.update({{"ratio", each.ratio},
                 {"low", each.low},
                 {"high", each.high},
                 {"p_value", each.p_value},
                 {"adjusted_p_value", each.adjusted}});
  }
  if (each.least_effect) json["least_effect"] = *each.least_effect;
  if (each.since) json["since"] = to_json(*each.since);
  json["changes"] = Json::array();
  for (const DatedChange& change : each.changes) json["changes"].push_back(to_json(change));
  return json;
}

}  // namespace

Json to_json(const DatedChange& change) {
  return {{"before", to_json(change.before)},
          {"after", to_json(change.after)},
          {"earliest", change.earliest.time},
          {"latest", change.latest.time},
          {"ratio", change.ratio},
          {"low", change.low},
          {"high", change.high}};
}

Json to_json(const HistoryReport& report) {
  return {{"digest", report.digest}, {"time", report.time},         {"machine", report.machine},
          {"tag", report.tag},       {"commit", report.commit},     {"origin", report.origin},
          {"ranks", report.ranks},   {"versions", report.versions}, {"verdict", name_of(report.verdict)},
          {"reason", report.reason}};
}

Json to_json(const HistoryCheck& check) {
  const Judgement judgement = judgement_of(check);
  Json json = {{"schema", "muster/history-check/1"},
               {"verdict", name_of(judgement.verdict)},
               {"reason", judgement.reason},
               {"newest", to_json(check.newest)},
               {"baseline_name", check.baseline_name},
               {"baseline", Json::array()},
               {"cases", Json::array()}};
  for (const HistoryReport& report : check.baseline) json["baseline"].push_back(to_json(report));
  for (const CheckedCase& each : check.cases) json["cases"].push_back(case_json(each));
  return json;
}

}  // namespace muster
