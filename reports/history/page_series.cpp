// SPDX-License-Identifier: Apache-2.0
#include "reports/history/page_series.hpp"

#include <algorithm>
#include <map>

namespace muster {
namespace {

constexpr double kMicroseconds = 1e6;

std::string label_of(const HistoryTrack& track, const HistoryReport& report) {
  std::string label = report.tag.empty() ? report.commit : report.tag;
  if (const DatedChange* change = change_at(track, report)) {
    label += (label.empty() ? "changed x " : ", changed x ") + significant(change->ratio);
  }
  return label;
}

HistorySeries series_of(const HistoryTrack& track) {
  const bool is_time = track.key.unit == kSecondsUnit;
  HistorySeries series{.case_id = track.key.case_id, .unit = is_time ? "us" : track.key.unit, .points = {}};
  for (const auto& [report, night] : track.points) {
    if (night.count == 0) continue;
    const double value = is_time ? night.median * kMicroseconds : night.median;
    series.points.push_back({.when = report.time, .label = label_of(track, report), .value = value});
  }
  return series;
}

/// Lower comes first.
int rank_of(const Row& row, const HistoryTrack& track) {
  if (row.verdict != Verdict::pass) return 0;
  return track.changes.empty() ? 2 : 1;
}

}  // namespace

std::vector<HistorySeries> history_of(const Report& report, std::span<const HistoryTrack> tracks) {
  std::map<std::string, const HistoryTrack*> by_id;
  for (const HistoryTrack& track : tracks) by_id.emplace(track.key.case_id, &track);
  std::vector<std::pair<int, HistorySeries>> found;
  for (const Row& row : report.rows) {
    const auto track = by_id.find(row.item.id);
    if (track == by_id.end()) continue;
    HistorySeries series = series_of(*track->second);
    if (series.points.size() >= 2) found.emplace_back(rank_of(row, *track->second), std::move(series));
  }
  std::ranges::stable_sort(found, {}, &std::pair<int, HistorySeries>::first);
  if (found.size() > kMostHistoryCharts) found.resize(kMostHistoryCharts);
  std::vector<HistorySeries> shown;
  for (auto& [rank, series] : found) shown.push_back(std::move(series));
  return shown;
}

}  // namespace muster
