// SPDX-License-Identifier: Apache-2.0
// The history file: reports of many nights and machines in SQLite. Written by `muster history add`, read by its other
// actions. Each report is wholly in or wholly out, whatever happens to the writer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/history/database.hpp"
#include "reports/history/entry.hpp"

namespace muster {

/// Which reports; empty texts select all.
struct ReportFilter {
  std::string machine{}, tag{}, commit{};
  int newest = 0;  ///< so many at most; 0 = all
};

struct StoredSeries {
  std::int64_t id = 0;
  SeriesKey key;
};

struct StoredNight {
  std::int64_t series = 0;
  NightSummary night;
};

class History {
 public:
  /// Throws Error when the file is no history, is damaged, or was written by a newer Muster.
  History(const std::string& path, DatabaseAccess access);

  /// Adds the report; where it is there already, returns the stored one and changes nothing.
  std::optional<HistoryReport> add(const HistoryEntry& entry);

  /// In the order of time.
  std::vector<HistoryReport> reports(const ReportFilter& filter = {}) const;
  /// Names, sorted.
  std::vector<std::string> machines() const;
  /// All that any report has, in the order they came in.
  std::vector<StoredSeries> series() const;
  /// The cases of one report.
  std::vector<StoredNight> nights(std::int64_t report) const;
  /// One case of one report; nothing where the report does not have it.
  std::optional<NightSummary> night(std::int64_t report, std::int64_t series) const;
  std::vector<double> samples(std::int64_t report, std::int64_t series) const;

  /// What is read from here on is of one state of the file, whatever others add meanwhile.
  void begin_reading() const { database_.execute("BEGIN"); }

 private:
  std::int64_t series_id(const SeriesKey& key) const;
  std::optional<HistoryReport> find(const std::string& digest) const;

  Database database_;
};

}  // namespace muster
