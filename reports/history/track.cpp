// SPDX-License-Identifier: Apache-2.0
// Series read from the history, and their table, CSV and JSON.
#include "reports/history/track.hpp"

#include <fnmatch.h>

#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "reports/history/check_text.hpp"

namespace muster {

namespace {

/// Who asks for a series looks at it: one mark too many in twenty series costs less than a step without a mark.
/// (`check` decides, and keeps to one false alarm in a year.)
constexpr double kFalseMarks = 0.05;

// Change points are looked for in what can be trusted: numbers of checked results.
std::vector<DatedChange> changes_of(const std::vector<TrackPoint>& points) {
  std::vector<double> medians;
  std::vector<const HistoryReport*> reports;
  for (const TrackPoint& point : points) {
    if (point.night.count == 0 || !std::isfinite(point.night.median) || !(point.night.median > 0)) continue;
    medians.push_back(point.night.median);
    reports.push_back(&point.report);
  }
  std::vector<DatedChange> changes;
  for (const ChangePoint& change : change_points(medians, {.false_alarms = kFalseMarks})) {
    changes.push_back({.before = *reports[change.index - 1],
                       .after = *reports[change.index],
                       .earliest = *reports[change.earliest],
                       .latest = *reports[change.latest],
                       .ratio = change.ratio,
                       .low = change.low,
                       .high = change.high});
  }
  return changes;
}

std::string change_cell(const DatedChange* change) {
  if (change == nullptr) return "";
  return "x " + significant(change->ratio) + " (" + significant(change->low) + " to " + significant(change->high) + ")";
}

std::string csv_cell(const std::string& text) {
  std::string cell = printable(text);
  const bool is_formula = !cell.empty() && std::string_view("=+-@").find(cell.front()) != std::string_view::npos;
  if (is_formula) cell.insert(0, "'");  // spreadsheets run what begins so
  if (cell.find_first_of("\",") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string csv_number(double value) { return to_line(Json(value)); }

}  // namespace

const DatedChange* change_at(const HistoryTrack& track, const HistoryReport& report) {
  for (const DatedChange& change : track.changes) {
    if (change.after.id == report.id) return &change;
  }
  return nullptr;
}

std::vector<HistoryTrack> tracks_of(const History& history, const TrackRequest& request) {
  const std::vector<HistoryReport> reports = history.reports({.machine = request.machine, .newest = request.newest});
  std::vector<HistoryTrack> tracks;
  for (const StoredSeries& series : history.series()) {
    if (fnmatch(request.pattern.c_str(), series.key.case_id.c_str(), 0) != 0) continue;
    HistoryTrack track{.key = series.key, .points = {}, .changes = {}};
    for (const HistoryReport& report : reports) {
      if (std::optional<NightSummary> night = history.night(report.id, series.id)) {
        track.points.push_back({report, *night});
      }
    }
    if (track.points.empty()) continue;
    track.changes = changes_of(track.points);
    tracks.push_back(std::move(track));
  }
  if (tracks.empty()) {
    throw Error("no report of machine " + in_quotes(request.machine) + " has a case " + in_quotes(request.pattern) +
                "; give a pattern like \"all_reduce/*\"");
  }
  return tracks;
}

std::string tracks_table(std::span<const HistoryTrack> tracks, const TextStyle& style) {
  std::ostringstream out;
  for (const HistoryTrack& track : tracks) {
    out << (&track == tracks.data() ? "" : "\n") << wrapped(printable(track.key.case_id), 2, style) << ", "
        << track.key.ranks << " ranks\n";
    TextTable table({{"time", Align::left},
                     {"median"},
                     {"low", Align::right, Need::room},
                     {"high", Align::right, Need::room},
                     {"samples", Align::right, Need::room},
                     {"verdict", Align::left},
                     {"change", Align::left},
                     {"commit", Align::left, Need::room},
                     {"tag", Align::left, Need::room}});
    for (const auto& [report, night] : track.points) {
      const auto cell = [&](double value) { return night.count > 0 ? value_in_unit(value, track.key.unit) : "-"; };
      table.add({printable(report.time), cell(night.median), cell(night.low), cell(night.high),
                 std::to_string(night.count), std::string(name_of(night.verdict)),
                 change_cell(change_at(track, report)), printable(report.commit), printable(report.tag)});
    }
    table.print(out, style);
  }
  return out.str();
}

std::string tracks_csv(std::span<const HistoryTrack> tracks) {
  std::string text = "case,ranks,unit,time,machine,tag,commit,digest,count,median,low,high,checked,verdict,change\r\n";
  for (const HistoryTrack& track : tracks) {
    for (const auto& [report, night] : track.points) {
      const DatedChange* change = change_at(track, report);
      const std::string counted =
          night.count > 0 ? csv_number(night.median) + "," + csv_number(night.low) + "," + csv_number(night.high)
                          : ",,";
      text += csv_cell(track.key.case_id) + "," + std::to_string(track.key.ranks) + "," + csv_cell(track.key.unit) +
              "," + csv_cell(report.time) + "," + csv_cell(report.machine) + "," + csv_cell(report.tag) + "," +
              csv_cell(report.commit) + "," + csv_cell(report.digest) + "," + std::to_string(night.count) + "," +
              counted + "," + std::to_string(night.checked) + "," + std::string(name_of(night.verdict)) + "," +
              (change == nullptr ? "" : csv_number(change->ratio)) + "\r\n";
    }
  }
  return text;
}

Json tracks_json(std::span<const HistoryTrack> tracks) {
  Json list = Json::array();
  for (const HistoryTrack& track : tracks) {
    Json points = Json::array(), changes = Json::array();
    for (const auto& [report, night] : track.points) {
      Json point = {{"report", report.digest}, {"time", report.time},
                    {"tag", report.tag},       {"commit", report.commit},
                    {"count", night.count},    {"checked", night.checked},
                    {"reason", night.reason},  {"verdict", name_of(night.verdict)}};
      if (night.count > 0) point.update({{"median", night.median}, {"low", night.low}, {"high", night.high}});
      points.push_back(std::move(point));
    }
    for (const DatedChange& change : track.changes) changes.push_back(to_json(change));
    list.push_back({{"id", track.key.case_id},
                    {"ranks", track.key.ranks},
                    {"unit", track.key.unit},
                    {"better", name_of(track.key.better)},
                    {"points", std::move(points)},
                    {"changes", std::move(changes)}});
  }
  return {{"schema", "muster/history-tracks/1"}, {"series", std::move(list)}};
}

}  // namespace muster
