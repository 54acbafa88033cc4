// SPDX-License-Identifier: Apache-2.0
// What a history keeps of a report: who measured when, the verdicts, and per case a summary with its samples. Made from
// a Report, stored by store.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// The unit of times.
inline constexpr const char* kSecondsUnit = "s";

/// A case that can be followed over nights: the same number of ranks, and values of one unit.
struct SeriesKey {
  std::string case_id;
  int ranks = 0;
  std::string unit;  ///< "s", or that of a metric
  Better better = Better::lower;

  bool operator==(const SeriesKey&) const = default;
};

/// Numbers of one case in one report; count 0 where there are none to be trusted.
struct NightSummary {
  int count = 0;
  double median = 0, low = 0, high = 0;  ///< in the unit of the series
  std::uint64_t checked = 0;             ///< elements that were compared
  Verdict verdict = Verdict::no_data;
  std::string reason{};  ///< of the verdict; for count 0 why there are no numbers
};

struct EntryCase {
  SeriesKey key;
  NightSummary night;
  std::vector<double> samples;  ///< in the order they were taken
};

/// The header of a stored report.
struct HistoryReport {
  std::int64_t id = 0;   ///< in the file, in the order of adding
  std::string digest{};  ///< of the report's canonical text: the same report is stored once
  std::string time{};    ///< ISO 8601, UTC: sorts as text
  std::string machine{}, tag{}, commit{};
  std::string origin{};  ///< the path it was read from
  Verdict verdict = Verdict::no_data;
  std::string reason{};
  std::string versions{};  ///< "compiler 12.2, muster 1.0"
  int ranks = 0;
};

Json to_json(const HistoryReport& report);

struct HistoryEntry {
  HistoryReport report;
  std::vector<EntryCase> cases;
};

/// What the user says about a report; empty = what the report says itself.
struct EntryLabels {
  std::string machine{}, tag{}, commit{}, time{};
};

/// Throws Error naming `origin` where neither the report nor the user tells machine or time, or where a label
/// is too long or cannot be printed.
HistoryEntry entry_of(const Report& report, const std::string& origin, const EntryLabels& labels);

/// "2026-11-23T06:19:00Z" from a date with or without a time of day in UTC. Throws Error for anything else.
std::string normalised_time(const std::string& text);

}  // namespace muster
