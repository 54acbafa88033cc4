// SPDX-License-Identifier: Apache-2.0
// The history's file: what goes in comes out, once, whole, and files that are no history are refused with a remedy.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "reports/history/store.hpp"
#include "tests/reports/history_fixture.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

class HistoryStore : public HistoryTest {
 protected:
  std::string error_of_opening(const std::string& name, DatabaseAccess access) const {
    try {
      const History history(path(name), access);
    } catch (const Error& error) {
      return error.what();
    }
    return "opened";
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
};

TEST_F(HistoryStore, A_report_comes_back_as_it_was_added) {
  HistoryEntry entry = entry_at(3);
  entry.report.tag = "v1";
  entry.report.reason = "all well";
  entry.cases = {entry_case("a", 1e-5), entry_case("b", 2e-3, Better::higher)};
  entry.cases[1].samples = {0.1, 1.0 / 3, 5e-324, 1e300};
  History(path(), DatabaseAccess::create).add(entry);

  const History history(path(), DatabaseAccess::existing);
  const std::vector<HistoryReport> reports = history.reports();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].digest, entry.report.digest);
  EXPECT_EQ(reports[0].time, "2026-01-04T01:00:00Z");
  EXPECT_EQ(reports[0].tag, "v1");
  EXPECT_EQ(reports[0].commit, "c3");
  EXPECT_EQ(reports[0].origin, "night3/report.json");
  EXPECT_EQ(reports[0].reason, "all well");
  EXPECT_EQ(reports[0].verdict, Verdict::pass);
  const std::vector<StoredSeries> series = history.series();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[1].key, entry.cases[1].key);
  const std::vector<StoredNight> nights = history.nights(reports[0].id);
  ASSERT_EQ(nights.size(), 2U);
  EXPECT_EQ(nights[0].night.median, 1e-5);
  EXPECT_EQ(nights[0].night.checked, 1000U);
  EXPECT_EQ(history.samples(reports[0].id, series[1].id), entry.cases[1].samples);
}

TEST_F(HistoryStore, The_same_report_twice_counts_once) {
  History history(path(), DatabaseAccess::create);
  HistoryEntry entry = entry_at(1);
  EXPECT_FALSE(history.add(entry));
  entry.report.tag = "other";
  const std::optional<HistoryReport> known = history.add(entry);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->tag, "");
  EXPECT_EQ(history.reports().size(), 1U);
}

TEST_F(HistoryStore, Reports_are_in_the_order_of_time_and_selected_by_machine_tag_and_commit) {
  History history(path(), DatabaseAccess::create);
  for (const int night : {5, 2, 9}) history.add(entry_at(night));
  HistoryEntry other = entry_at(7, "rack2");
  other.report.tag = "v2";
  history.add(other);
  const auto commits = [&](const ReportFilter& filter) {
    std::string text;
    for (const HistoryReport& report : history.reports(filter)) text += report.commit + " ";
    return text;
  };
  EXPECT_EQ(commits({}), "c2 c5 c7 c9 ");
  EXPECT_EQ(commits({.machine = "rack1"}), "c2 c5 c9 ");
  EXPECT_EQ(commits({.machine = "rack1", .newest = 2}), "c5 c9 ");
  EXPECT_EQ(commits({.tag = "v2"}), "c7 ");
  EXPECT_EQ(commits({.machine = "rack1", .commit = "c5"}), "c5 ");
  EXPECT_THAT(history.machines(), testing::ElementsAre("rack1", "rack2"));
}

TEST_F(HistoryStore, Hostile_texts_are_values_and_nothing_else) {
  const std::string hostile = "'); DROP TABLE report; --\n\x1b[2J\xff" + std::string(1, '\0') + "end";
  HistoryEntry entry = entry_at(1, hostile);
  entry.cases = {entry_case(hostile, 1e-5)};
  History history(path(), DatabaseAccess::create);
  history.add(entry);
  EXPECT_EQ(history.machines().at(0), hostile);
  EXPECT_EQ(history.series().at(0).key.case_id, hostile);
  EXPECT_EQ(history.reports({.machine = hostile}).size(), 1U);
}

TEST_F(HistoryStore, A_failing_add_leaves_nothing_behind) {
  HistoryEntry twice = entry_at(1);
  twice.cases = {entry_case("a", 1e-5), entry_case("a", 2e-5)};
  History history(path(), DatabaseAccess::create);
  EXPECT_THROW(history.add(twice), Error);
  EXPECT_TRUE(history.reports().empty());
  EXPECT_TRUE(history.series().empty());
  EXPECT_FALSE(history.add(entry_at(1)));
}

TEST_F(HistoryStore, Threads_that_add_at_once_wait_for_each_other) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      History history(path(), DatabaseAccess::create);
      for (int night = 0; night < 5; ++night) history.add(entry_at(10 * i + night));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(History(path(), DatabaseAccess::existing).reports().size(), 20U);
}

TEST_F(HistoryStore, Files_that_are_no_history_are_refused_with_a_remedy) {
  write("text", "this is no database, it only looks like a file of one to those who do not look at all\n");
  EXPECT_THAT(error_of_opening("text", DatabaseAccess::create), HasSubstr("file is not a database; give the --file"));
  EXPECT_THAT(error_of_opening("absent", DatabaseAccess::existing), HasSubstr("no such history; make it by"));
  EXPECT_THAT(error_of_opening("no/such/folder", DatabaseAccess::create), HasSubstr("does its folder exist"));
  EXPECT_THAT(error_of_opening("", DatabaseAccess::create), HasSubstr("is a folder"));
  write("empty", "");
  EXPECT_THAT(error_of_opening("empty", DatabaseAccess::existing), HasSubstr("is empty; fill it by"));
  EXPECT_EQ(error_of_opening("empty", DatabaseAccess::create), "opened");
}

TEST_F(HistoryStore, Another_programs_database_and_a_newer_layout_are_refused) {
  {
    const Database other(path("other"), DatabaseAccess::create);
    other.execute("CREATE TABLE bookmarks (url TEXT)");
  }
  EXPECT_THAT(error_of_opening("other", DatabaseAccess::create), HasSubstr("no history of Muster; give another"));
  { const History made(path("newer"), DatabaseAccess::create); }
  Database(path("newer"), DatabaseAccess::existing).execute("PRAGMA user_version = 2");
  EXPECT_THAT(error_of_opening("newer", DatabaseAccess::create), HasSubstr("has layout 2, this Muster knows 1; use"));
}

TEST_F(HistoryStore, A_truncated_file_is_an_error_and_no_shorter_history) {
  {
    History history(path(), DatabaseAccess::create);
    for (int night = 0; night < 50; ++night) {
      HistoryEntry entry = entry_at(night);
      for (int i = 0; i < 20; ++i) entry.cases.push_back(entry_case(case_name(i), 1e-5));
      history.add(entry);
    }
  }
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) / 2);
  try {
    const History history(path(), DatabaseAccess::existing);
    for (const HistoryReport& report : history.reports()) history.nights(report.id);
    FAIL() << "half of a file was read as if nothing were missing";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("put a copy in its place"));
  }
}

TEST_F(HistoryStore, Values_of_the_wrong_type_are_damage) {
  { History(path(), DatabaseAccess::create).add(entry_at(1)); }
  {
    const Database database(path(), DatabaseAccess::existing);
    database.execute("UPDATE report SET verdict = 'splendid'");
  }
  EXPECT_THROW(History(path(), DatabaseAccess::existing).reports(), Error);
  {
    const Database database(path(), DatabaseAccess::existing);
    database.execute("UPDATE report SET verdict = 'pass', ranks = 'many'");
  }
  EXPECT_THROW(History(path(), DatabaseAccess::existing).reports(), Error);
}

TEST(HistoryEntries, Are_made_of_a_judged_report) {
  const Plan plan = synthetic_plan();
  Report report =
      judge(plan, synthetic_topology(), synthetic_run(plan), synthetic_expectations(plan), synthetic_targets());
  const HistoryEntry entry = entry_of(report, "r.json", {.tag = "v1", .commit = "abc"});
  EXPECT_EQ(entry.report.time, normalised_time(report.run.headers.front().started));
  EXPECT_EQ(entry.report.verdict, report.verdict);
  EXPECT_EQ(entry.report.tag, "v1");
  EXPECT_EQ(entry.cases.size(), report.rows.size());
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    const EntryCase& kept = entry.cases[i];
    EXPECT_EQ(kept.key.case_id, report.rows[i].item.id);
    EXPECT_EQ(kept.key.ranks, plan.ranks);
    if (!report.rows[i].time) {
      EXPECT_EQ(kept.night.count, 0);
      EXPECT_EQ(kept.night.reason, "unsupported");
      continue;
    }
    EXPECT_EQ(kept.night.median, report.rows[i].time->median);
    EXPECT_EQ(kept.samples, report.rows[i].record->seconds);
  }
}

TEST(HistoryEntries, Wrong_data_have_no_numbers) {
  const Plan plan = synthetic_plan();
  auto run = synthetic_run(plan);
  record_of(run, kRing).check.wrong = 3;
  const Report report = judge(plan, synthetic_topology(), run, synthetic_expectations(plan), synthetic_targets());
  for (const EntryCase& kept : entry_of(report, "r.json", {}).cases) {
    if (kept.key.case_id == kRing) {
      EXPECT_EQ(kept.night.count, 0);
    }
  }
}

TEST(HistoryEntries, Say_what_is_missing_and_how_to_give_it) {
  Report report;
  const auto error_of = [&](const EntryLabels& labels) {
    try {
      entry_of(report, "r.json", labels);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(error_of({}), HasSubstr("give --time"));
  EXPECT_THAT(error_of({.time = "2026-11-23"}), HasSubstr("--machine NAME"));
  EXPECT_THAT(error_of({.machine = std::string(201, 'x'), .time = "2026-11-23"}), HasSubstr("200 at most"));
  EXPECT_THAT(error_of({.machine = "m", .tag = "\x1b[2J", .time = "2026-11-23"}), HasSubstr("cannot be printed; give"));
  EXPECT_THAT(error_of({.machine = "m", .time = "yesterday"}), HasSubstr("is no time; write"));
  EXPECT_EQ(error_of({.machine = "m", .time = "2026-11-23"}), "");
}

TEST(HistoryEntries, Times_are_those_of_the_calendar) {
  EXPECT_EQ(normalised_time("2026-11-23"), "2026-11-23T00:00:00Z");
  EXPECT_EQ(normalised_time("2024-02-29T23:59"), "2024-02-29T23:59:00Z");
  EXPECT_EQ(normalised_time("2026-11-23T06:19:00Z"), "2026-11-23T06:19:00Z");
  for (const char* wrong : {"", "2026", "2026-02-29", "2026-13-01", "2026-11-23T24:00:00Z", "2026-11-23 06:19:00Z",
                            "2026-11-23T06:19:00+01", "-026-11-23", "2026-11-23T06:1x:00Z"}) {
    EXPECT_THROW(normalised_time(wrong), Error) << wrong;
  }
}

}  // namespace
}  // namespace muster
