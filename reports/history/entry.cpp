// SPDX-License-Identifier: Apache-2.0
// From a report to what a history keeps of it. Names come from hosts, so that a lost GPU does not make another machine.
#include "reports/history/entry.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "core/error.hpp"
#include "reports/rows.hpp"
#include "reports/text_table.hpp"

namespace muster {

namespace {

constexpr std::size_t kLongestLabel = 200;  // bytes
constexpr std::size_t kLongestPart = 40;    // bytes of one host, where there are many
constexpr std::size_t kMostNamedHosts = 4;

int digits(std::string_view text, std::size_t place, std::size_t count) {
  if (text.size() < place + count) return -1;
  int number = 0;
  const char* end = text.data() + place + count;
  const auto [stop, status] = std::from_chars(text.data() + place, end, number);
  return status == std::errc() && stop == end ? number : -1;
}

bool is_date(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  return year >= 1970 && month > 0 && day > 0 &&
         std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
             .ok();
}

bool is_time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return false;
  const int hour = digits(text, 0, 2), minute = digits(text, 3, 2), second = digits(text, 6, 2);
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

// "node1+node2"; of many hosts the first and last with a digest of all, so that two racks do not share a name.
std::string machine_of(const std::set<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : "+") + name;
  if (names.size() <= kMostNamedHosts && all.size() <= kLongestLabel) return all;
  const auto short_name = [](const std::string& name) { return name.substr(0, kLongestPart); };
  return short_name(*names.begin()) + ".." + short_name(*names.rbegin()) + " (" + std::to_string(names.size()) +
         " hosts, " + digest(all).substr(0, 8) + ")";
}

std::string machine_of(const Report& report) {
  std::set<std::string> hosts, models;
  for (const RunHeader& header : report.run.headers) {
    hosts.insert(header.hosts.begin(), header.hosts.end());
    for (const Gpu& gpu : header.gpus) models.insert(gpu.model);
  }
  if (hosts.empty()) {
    for (const Host& host : report.machine.hosts) hosts.insert(host.name);
  }
  for (std::set<std::string>* names : {&hosts, &models}) {
    names->erase("");
    if (!names->empty()) return machine_of(*names);
  }
  return "";
}

std::string versions_of(const Report& report) {
  std::string text;
  if (report.run.headers.empty()) return text;
  for (const auto& [name, version] : report.run.headers.front().versions) {
    text += (text.empty() ? "" : ", ") + name + " " + version;
  }
  return text;
}

std::string obstacle_of(const Row& row) {
  if (is_unsupported(row)) return "unsupported";
  if (is_unchecked(row) || (!row.time && !row.value)) return row.reason.empty() ? "not measured" : row.reason;
  if (row.record && row.record->check.wrong > 0) return "wrong data: " + row.record->check.first_wrong;
  return "";
}

EntryCase case_of(const Row& row, const Plan& plan) {
  const bool is_metric = row.item.family == Family::metric;
  EntryCase kept{.key = {.case_id = row.item.id,
                         .ranks = ranks_of(row.item, plan),
                         .unit = is_metric ? row.item.unit : kSecondsUnit,
                         .better = is_metric ? row.item.better : Better::lower},
                 .night = {.verdict = row.verdict, .reason = row.reason},
                 .samples = {}};
  if (row.record) kept.night.checked = row.record->check.elements;
  const std::string obstacle = obstacle_of(row);
  if (!obstacle.empty()) {
    kept.night.reason = obstacle;
    return kept;
  }
  const Summary& summary = row.time ? *row.time : *row.value;
  kept.night.count = summary.count;
  kept.night.median = summary.median;
  kept.night.low = summary.low;
  kept.night.high = summary.high;
  if (row.record) kept.samples = is_metric ? row.record->values : row.record->seconds;
  return kept;
}

void expect_label(const std::string& origin, std::string_view what, const std::string& text) {
  if (printable(text) != text) {
    throw Error(origin + ": the " + std::string(what) + " " + in_quotes(printable(text)) +
                " holds characters that cannot be printed; give another by --" + std::string(what));
  }
  if (text.size() <= kLongestLabel) return;
  throw Error(origin + ": the " + std::string(what) + " has " + std::to_string(text.size()) + " bytes; give one of " +
              std::to_string(kLongestLabel) + " at most by --" + std::string(what));
}

}  // namespace

std::string normalised_time(const std::string& text) {
  std::string full = text;
  if (full.size() == 10) full += "T00:00:00Z";
  if (full.size() == 16) full += ":00Z";
  if (full.size() == 19) full += "Z";
  const bool is_good = full.size() == 20 && is_date(full) && full[10] == 'T' && full[19] == 'Z' &&
                       is_time_of_day(std::string_view(full).substr(11, 8));
  if (!is_good) throw Error(in_quotes(text) + " is no time; write 2026-11-23 or 2026-11-23T06:19:00Z (UTC)");
  return full;
}

HistoryEntry entry_of(const Report& report, const std::string& origin, const EntryLabels& labels) {
  HistoryEntry entry;
  HistoryReport& head = entry.report;
  const std::string started = report.run.headers.empty() ? "" : report.run.headers.front().started;
  if (labels.time.empty() && started.empty()) {
    throw Error(origin + ": the report does not say when it was measured; give --time 2026-11-23T06:19:00Z");
  }
  try {
    head.time = normalised_time(labels.time.empty() ? started : labels.time);
  } catch (const Error& error) {
    throw Error(origin + ": " + error.what());
  }
  head.machine = labels.machine.empty() ? printable(machine_of(report)) : labels.machine;
  if (head.machine.empty()) throw Error(origin + ": the report names no host; say whose it is by --machine NAME");
  head.tag = labels.tag;
  head.commit = labels.commit;
  expect_label(origin, "machine", head.machine);
  expect_label(origin, "tag", head.tag);
  expect_label(origin, "commit", head.commit);
  head.digest = digest(to_line(to_json(report)));
  head.origin = printable(origin);
  head.verdict = report.verdict;
  head.reason = report.reason;
  head.versions = versions_of(report);
  head.ranks = report.plan.ranks;
  for (const Row& row : report.rows) entry.cases.push_back(case_of(row, report.plan));
  return entry;
}

}  // namespace muster
