// SPDX-License-Identifier: Apache-2.0
// One case over all reports of a machine, with the places where its level changed: what `muster history show` prints.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/history/check.hpp"
#include "reports/text_table.hpp"

namespace muster {

struct TrackPoint {
  HistoryReport report;
  NightSummary night;
};

struct HistoryTrack {
  SeriesKey key;
  std::vector<TrackPoint> points;  ///< reports that have the case, in the order of time
  std::vector<DatedChange> changes;
};

/// The change that begins with this report; null where none does.
const DatedChange* change_at(const HistoryTrack& track, const HistoryReport& report);

struct TrackRequest {
  std::string machine;
  std::string pattern;  ///< of case ids, as the shell's
  int newest = 0;       ///< so many reports at most; 0 = all
};

/// In the order in which the cases came into the history. Throws Error where nothing is found.
std::vector<HistoryTrack> tracks_of(const History& history, const TrackRequest& request);

std::string tracks_table(std::span<const HistoryTrack> tracks, const TextStyle& style);
/// One line per point; RFC 4180.
std::string tracks_csv(std::span<const HistoryTrack> tracks);
/// Schema muster/history-tracks/1.
Json tracks_json(std::span<const HistoryTrack> tracks);

}  // namespace muster
