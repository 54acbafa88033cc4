// SPDX-License-Identifier: Apache-2.0
// Every wire carries both ways, and as much one way as the other.
#include <algorithm>
#include <tuple>

#include "topology/doctor/checks.hpp"

namespace muster {

namespace {

/// Links of one kind from one device to another, in the order of the smaller and the larger of the two.
struct OneWay {
  int low = 0;
  int high = 0;
  LinkKind kind = LinkKind::internal;
  bool is_upward = true;  // from low to high
  int cables = 0;
  double line = 0;  // bytes/s

  auto wire() const { return std::tuple(low, high, kind); }
};

std::vector<OneWay> one_ways(const Survey& survey) {
  std::vector<OneWay> ways;
  for (const Link& link : survey.topology().links) {
    const auto [low, high] = std::minmax(link.source, link.target);
    ways.push_back({low, high, link.kind, link.source == low, link.count, link.capacity.line.value});
  }
  std::ranges::sort(ways, {}, [](const OneWay& way) { return way.wire(); });
  return ways;
}

std::string names_of(const Survey& survey, const OneWay& up) {
  return std::string(name_of(up.kind)) + " between " + survey.device(up.low).id + " and " + survey.device(up.high).id;
}

void compare(const Survey& survey, CaseNotes& notes, const OneWay& up, const OneWay& down) {
  if (up.cables == down.cables && up.line == down.line) return;
  const bool is_one_sided = up.cables == 0 || down.cables == 0;
  const auto way = [](const OneWay& each) { return count_of(each.cables, "link") + " of " + text_of({each.line}); };
  notes.add(up.low, {.severity = is_one_sided ? Severity::error : Severity::warning,
                     .code = is_one_sided ? "link_without_reverse" : "uneven_directions",
                     .place = "",
                     .meaning = names_of(survey, up) + " has " + way(up) + " one way and " + way(down) + " back: " +
                                (is_one_sided ? "one end lost it or the description is incomplete"
                                              : "the two ends contradict each other") +
                                ", and limits hold for what is written only",
                     .devices = {survey.device(up.low).id, survey.device(up.high).id}});
}

}  // namespace

void check_directions(const Survey& survey, CaseNotes& notes) {
  const std::vector<OneWay> ways = one_ways(survey);
  for (auto first = ways.begin(); first != ways.end();) {
    OneWay up{.low = first->low, .high = first->high, .kind = first->kind};
    OneWay down = up;
    auto next = first;
    for (; next != ways.end() && next->wire() == first->wire(); ++next) {
      OneWay& way = next->is_upward ? up : down;
      way.cables += next->cables;
      way.line += next->line;
    }
    compare(survey, notes, up, down);
    first = next;
  }
}

}  // namespace muster
