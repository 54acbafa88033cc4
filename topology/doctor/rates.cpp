// SPDX-License-Identifier: Apache-2.0
// Numbers on links: unknown, taken for granted, contradicting each other, or in the wrong unit.
#include <optional>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

std::string ends_of(const Survey& survey, const Link& link) {
  return survey.device(link.source).id + " -> " + survey.device(link.target).id;
}

/// One finding for all links of a certainty: they are many, and of one making.
void summarise(const Survey& survey, CaseNotes& notes, Certainty certainty, Finding finding) {
  const Link* first = nullptr;
  int count = 0;
  for (const Link& link : survey.topology().links) {
    if (link.capacity.certainty != certainty) continue;
    if (first == nullptr) first = &link;
    ++count;
  }
  if (first == nullptr) return;
  finding.place = ends_of(survey, *first);
  finding.meaning = std::to_string(count) + " of " +
                    count_of(static_cast<int>(survey.topology().links.size()), "link") + " " + finding.meaning;
  notes.add(survey.devices(), std::move(finding));
}

}  // namespace

void check_unknown_rates(const Survey& survey, CaseNotes& notes) {
  summarise(survey, notes, Certainty::unknown,
            {.code = "unknown_rates",
             .place = "",
             .meaning = "have no known rate: limits are reckoned as if these were never the narrow place"});
}

void check_assumed_rates(const Survey& survey, CaseNotes& notes) {
  summarise(survey, notes, Certainty::assumed,
            {.code = "assumed_rates",
             .place = "",
             .meaning = "have a rate that nobody states, taken from what such hardware usually has: a limit that rests "
                        "on one says so"});
}

void check_rate_order(const Survey& survey, CaseNotes& notes) {
  for (const Link& link : survey.topology().links) {
    const auto& [line, usable, measured, certainty, provenance] = link.capacity;
    const BytesPerSecond fastest = std::max(usable, measured);
    if (line.value == 0 || fastest <= line) continue;
    notes.add(link.source, {.severity = Severity::error,
                            .code = "faster_than_line",
                            .place = ends_of(survey, link),
                            .meaning = std::string(usable < measured ? "measured" : "usable") + " at " +
                                       text_of(fastest) + ", more than the line rate of " + text_of(line) +
                                       ": the line rate is too low or the clock is wrong, and limits with it",
                            .devices = {survey.device(link.source).id, survey.device(link.target).id}});
  }
}

void check_rate_units(const Survey& survey, CaseNotes& notes) {
  constexpr BytesPerSecond kFastestPort{200e9};  // 1.6 Tb/s, the fastest Ethernet port there is (IEEE 802.3dj)
  for (const Link& link : survey.topology().links) {
    const BytesPerSecond one{link.capacity.line.value / link.count};
    if (!is_network(link.kind) || one <= kFastestPort) continue;
    notes.add(link.source, {.severity = Severity::warning,
                            .code = "rate_unit",
                            .place = ends_of(survey, link),
                            .meaning = "a network link of " + text_of(one) +
                                       " is faster than any port there is: the unit was misread (Mb/s, kb/s or bytes), "
                                       "and limits come out too high",
                            .devices = {survey.device(link.source).id, survey.device(link.target).id}});
  }
}

}  // namespace muster
