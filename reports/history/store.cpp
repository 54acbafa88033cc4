// SPDX-License-Identifier: Apache-2.0
// The tables and the statements on them. The layout's number stands in user_version: a file of a later layout is
// refused, one of an earlier layout would be converted in open_tables(); there is none yet.
#include "reports/history/store.hpp"

#include <array>
#include <limits>

namespace muster {

namespace {

constexpr std::int64_t kLayout = 1;
constexpr std::int64_t kApplication = 0x4d757374;  // "Must": tells a history from other SQLite files

// Samples lie apart: what `check` reads of a year stays small and together.
constexpr std::array kTables = {
    "CREATE TABLE report (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, time TEXT NOT NULL, machine TEXT NOT "
    "NULL,"
    " tag TEXT NOT NULL, commit_name TEXT NOT NULL, origin TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,"
    " versions TEXT NOT NULL, ranks INTEGER NOT NULL)",
    "CREATE INDEX report_of_machine ON report (machine, time, id)",
    "CREATE TABLE series (id INTEGER PRIMARY KEY, case_id TEXT NOT NULL, ranks INTEGER NOT NULL, unit TEXT NOT NULL,"
    " better TEXT NOT NULL, UNIQUE (case_id, ranks, unit, better))",
    "CREATE TABLE night (report INTEGER NOT NULL REFERENCES report, series INTEGER NOT NULL REFERENCES series,"
    " count INTEGER NOT NULL, median REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, checked INTEGER NOT NULL,"
    " verdict TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (report, series)) WITHOUT ROWID",
    "CREATE TABLE samples (report INTEGER NOT NULL REFERENCES report, series INTEGER NOT NULL REFERENCES series,"
    " series_samples BLOB NOT NULL, PRIMARY KEY (report, series)) WITHOUT ROWID",
};

constexpr std::string_view kReportColumns =
    "SELECT id, digest, time, machine, tag, commit_name, origin, verdict, reason, versions, ranks FROM report";
constexpr std::string_view kNightColumns =
    "SELECT series, count, median, low, high, checked, verdict, reason FROM night WHERE report = ?";

void create_tables(const Database& database) {
  WriteTransaction transaction(database);
  if (database.number("PRAGMA user_version") == 0) {  // else another process was quicker
    for (const char* sql : kTables) database.execute(sql);
    database.execute("PRAGMA application_id = " + std::to_string(kApplication));
    database.execute("PRAGMA user_version = " + std::to_string(kLayout));
  }
  transaction.commit();
}

bool is_empty(const Database& database) {
  return database.number("SELECT count(*) FROM sqlite_schema") == 0 && database.number("PRAGMA user_version") == 0;
}

void open_tables(const Database& database, const std::string& path, DatabaseAccess access) {
  if (is_empty(database)) {
    if (access == DatabaseAccess::existing) {
      throw Error(path + ": the history is empty; fill it by `muster history add REPORT`");
    }
    create_tables(database);
  }
  if (database.number("PRAGMA application_id") != kApplication) {
    throw Error(path + ": is an SQLite file but no history of Muster; give another --file");
  }
  const std::int64_t layout = database.number("PRAGMA user_version");
  if (layout != kLayout) {
    throw Error(path + ": has layout " + std::to_string(layout) + ", this Muster knows " + std::to_string(kLayout) +
                "; use the Muster that wrote it, or a newer one");
  }
}

// A word of a closed list, from a file that anybody may have written.
template <typename Parse>
auto word(const Statement& row, int column, const Database& database, Parse parse) {
  const std::string text = row.text(column);
  try {
    return parse(std::string_view(text));
  } catch (const Error& error) {
    throw database.damaged(error.what());
  }
}

int small_integer(const Statement& row, int column, const Database& database) {
  const std::int64_t value = row.integer(column);
  if (value < 0 || value > std::numeric_limits<int>::max()) throw database.damaged("a number is out of range");
  return static_cast<int>(value);
}

HistoryReport report_from(const Statement& row, const Database& database) {
  return {.id = row.integer(0),
          .digest = row.text(1),
          .time = row.text(2),
          .machine = row.text(3),
          .tag = row.text(4),
          .commit = row.text(5),
          .origin = row.text(6),
          .verdict = word(row, 7, database, parse_verdict),
          .reason = row.text(8),
          .versions = row.text(9),
          .ranks = small_integer(row, 10, database)};
}

StoredNight night_from(const Statement& row, const Database& database) {
  return {.series = row.integer(0),
          .night = {.count = small_integer(row, 1, database),
                    .median = row.real(2),
                    .low = row.real(3),
                    .high = row.real(4),
                    .checked = static_cast<std::uint64_t>(row.integer(5)),
                    .verdict = word(row, 6, database, parse_verdict),
                    .reason = row.text(7)}};
}

}  // namespace

History::History(const std::string& path, DatabaseAccess access) : database_(path, access) {
  open_tables(database_, path, access);
}

std::optional<HistoryReport> History::find(const std::string& digest) const {
  Statement query = database_.prepare(std::string(kReportColumns) + " WHERE digest = ?");
  query.bind(digest);
  if (!query.step()) return std::nullopt;
  return report_from(query, database_);
}

std::int64_t History::series_id(const SeriesKey& key) const {
  Statement query =
      database_.prepare("SELECT id FROM series WHERE case_id = ? AND ranks = ? AND unit = ? AND better = ?");
  query.bind(key.case_id).bind(std::int64_t{key.ranks}).bind(key.unit).bind(name_of(key.better));
  if (query.step()) return query.integer(0);
  Statement insert = database_.prepare("INSERT INTO series (case_id, ranks, unit, better) VALUES (?, ?, ?, ?)");
  insert.bind(key.case_id).bind(std::int64_t{key.ranks}).bind(key.unit).bind(name_of(key.better)).step();
  return database_.last_inserted();
}

std::optional<HistoryReport> History::add(const HistoryEntry& entry) {
  WriteTransaction transaction(database_);
  const HistoryReport& report = entry.report;
  if (std::optional<HistoryReport> known = find(report.digest)) return known;
  Statement insert = database_.prepare(
      "INSERT INTO report (digest, time, machine, tag, commit_name, origin, verdict, reason, versions, ranks)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(report.digest).bind(report.time).bind(report.machine).bind(report.tag).bind(report.commit);
  insert.bind(report.origin).bind(name_of(report.verdict)).bind(report.reason).bind(report.versions);
  insert.bind(std::int64_t{report.ranks}).step();
  const std::int64_t id = database_.last_inserted();
  Statement night = database_.prepare("INSERT INTO night VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Statement samples = database_.prepare("INSERT INTO samples VALUES (?, ?, ?)");
  for (const EntryCase& each : entry.cases) {
    const std::int64_t series = series_id(each.key);
    night.reset();
    night.bind(id).bind(series).bind(std::int64_t{each.night.count}).bind(each.night.median).bind(each.night.low);
    night.bind(each.night.high).bind(static_cast<std::int64_t>(each.night.checked));
    night.bind(name_of(each.night.verdict)).bind(each.night.reason).step();
    if (each.samples.empty()) continue;
    samples.reset();
    samples.bind(id).bind(series).bind(std::span<const double>(each.samples)).step();
  }
  transaction.commit();
  return std::nullopt;
}

std::vector<HistoryReport> History::reports(const ReportFilter& filter) const {
  struct Condition {
    std::string_view sql;
    const std::string& value;
  };
  const std::array<Condition, 3> conditions = {
      {{"machine = ?", filter.machine}, {"tag = ?", filter.tag}, {"commit_name = ?", filter.commit}}};
  std::string sql(kReportColumns);
  std::string_view joint = " WHERE ";
  for (const Condition& condition : conditions) {
    if (condition.value.empty()) continue;
    sql.append(joint).append(condition.sql);
    joint = " AND ";
  }
  Statement query = database_.prepare(sql + " ORDER BY time DESC, id DESC LIMIT ?");
  for (const Condition& condition : conditions) {
    if (!condition.value.empty()) query.bind(condition.value);
  }
  query.bind(std::int64_t{filter.newest > 0 ? filter.newest : -1});
  std::vector<HistoryReport> reports;
  while (query.step()) reports.push_back(report_from(query, database_));
  return {reports.rbegin(), reports.rend()};
}

std::vector<std::string> History::machines() const {
  Statement query = database_.prepare("SELECT DISTINCT machine FROM report ORDER BY machine");
  std::vector<std::string> names;
  while (query.step()) names.push_back(query.text(0));
  return names;
}

std::vector<StoredSeries> History::series() const {
  Statement query = database_.prepare("SELECT id, case_id, ranks, unit, better FROM series ORDER BY id");
  std::vector<StoredSeries> all;
  while (query.step()) {
    all.push_back({.id = query.integer(0),
                   .key = {.case_id = query.text(1),
                           .ranks = small_integer(query, 2, database_),
                           .unit = query.text(3),
                           .better = word(query, 4, database_, parse_better)}});
  }
  return all;
}

std::vector<StoredNight> History::nights(std::int64_t report) const {
  Statement query = database_.prepare(std::string(kNightColumns) + " ORDER BY series");
  query.bind(report);
  std::vector<StoredNight> found;
  while (query.step()) found.push_back(night_from(query, database_));
  return found;
}

std::optional<NightSummary> History::night(std::int64_t report, std::int64_t series) const {
  Statement query = database_.prepare(std::string(kNightColumns) + " AND series = ?");
  query.bind(report).bind(series);
  if (!query.step()) return std::nullopt;
  return night_from(query, database_).night;
}

std::vector<double> History::samples(std::int64_t report, std::int64_t series) const {
  Statement query = database_.prepare("SELECT series_samples FROM samples WHERE report = ? AND series = ?");
  query.bind(report).bind(series);
  return query.step() ? query.reals(0) : std::vector<double>();
}

}  // namespace muster
