// SPDX-License-Identifier: Apache-2.0
// The nightly check on made-up years: what changed is found and dated, what did not is left alone, what is not there is
// named.
#include <gmock/gmock.h>

#include "reports/history/check_text.hpp"
#include "reports/history/track.hpp"
#include "tests/reports/history_fixture.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

class HistoryChecks : public HistoryTest {
 protected:
  History history_{path(), DatabaseAccess::create};

  HistoryCheck check(CheckRequest request = {}) {
    request.machine = "rack1";
    return check_history(history_, request);
  }
};

// Fresh files for each night would be slow: the nights come one by one, and some are checked.
TEST_F(HistoryChecks, A_year_of_noise_raises_nothing) {
  int checked = 0;
  make_nights({.nights = 365, .cases = 10, .seed = 7}, [&](int night, HistoryEntry& entry) {
    history_.add(entry);
    if (night < 10 || night % 9 != 0) return;
    const HistoryCheck found = check();
    EXPECT_EQ(judgement_of(found).verdict, Verdict::pass)
        << "night " << night << ": " << check_table(found, CheckedLines::notable, {});
    ++checked;
  });
  EXPECT_EQ(checked, 39);
}

// One in a hundred p-values of noise is below 1 %: that of 200 cases some are is no news.
TEST_F(HistoryChecks, Two_hundred_cases_raise_no_more_alarms_than_one) {
  make_nights({.nights = 36, .cases = 200, .seed = 11}, [&](int night, HistoryEntry& entry) {
    history_.add(entry);
    if (night < 31) return;
    const HistoryCheck found = check({.smallest_effect = 0.001});
    EXPECT_EQ(judgement_of(found).reason, "200 same") << "night " << night;
  });
}

TEST_F(HistoryChecks, A_step_of_3_percent_is_dated_to_its_night) {
  constexpr int kStep = 200;
  add_nights(history_, {.nights = 225, .cases = 10, .seed = 3, .effect = [](int night, int index) {
                          return index == 4 && night >= kStep ? std::log(1.03) : 0.0;
                        }});
  const HistoryCheck found = check();
  EXPECT_EQ(judgement_of(found).verdict, Verdict::fail);
  const CheckedCase& changed = case_of(found, case_name(4));
  ASSERT_EQ(changed.outcome, Outcome::slower) << changed.reason;
  ASSERT_TRUE(changed.since);
  const std::string first = time_of_night(kStep - 3), last = time_of_night(kStep + 3);
  EXPECT_GE(changed.since->after.time, first);
  EXPECT_LE(changed.since->after.time, last);
  EXPECT_LE(changed.since->earliest.time, time_of_night(kStep));
  EXPECT_GE(changed.since->latest.time, time_of_night(kStep));
  EXPECT_NEAR(changed.ratio, 1.03, 0.015);
  for (const CheckedCase& each : found.cases) {
    if (&each == &changed) continue;
    EXPECT_EQ(each.outcome, Outcome::same) << each.key.case_id << ": " << each.reason;
  }
}

TEST_F(HistoryChecks, A_sharp_step_names_the_reports_before_and_after) {
  add_nights(history_, {.nights = 60, .noise = 0.005, .effect = [](int night, int index) {
                          return index == 2 && night >= 54 ? std::log(1.1) : 0.0;
                        }});
  const HistoryCheck found = check();
  const CheckedCase& changed = case_of(found, case_name(2));
  ASSERT_TRUE(changed.since);
  EXPECT_EQ(changed.since->before.commit, "c53");
  EXPECT_EQ(changed.since->after.commit, "c54");
  const std::string table = check_table(found, CheckedLines::notable, {});
  EXPECT_THAT(table, HasSubstr("last report before: 2026-02-23T01:00:00Z (commit c53); first one after: "
                               "2026-02-24T01:00:00Z (commit c54)"));
  EXPECT_THAT(table, HasSubstr("fail: 1 slower, 9 same"));
}

TEST_F(HistoryChecks, A_case_that_recovered_tonight_says_so) {
  add_nights(history_, {.nights = 60, .noise = 0.005, .effect = [](int night, int index) {
                          return index == 2 && night >= 54 && night < 59 ? std::log(1.1) : 0.0;
                        }});
  const HistoryCheck found = check();
  EXPECT_EQ(judgement_of(found).verdict, Verdict::pass);
  const CheckedCase& back = case_of(found, case_name(2));
  EXPECT_EQ(back.outcome, Outcome::same);
  EXPECT_THAT(back.reason, HasSubstr("recovered: it was "));
  EXPECT_THAT(back.reason, HasSubstr("from 2026-02-24T01:00:00Z to 2026-02-28T01:00:00Z"));
  EXPECT_THAT(check_table(found, CheckedLines::notable, {}), HasSubstr("recovered"));
}

TEST_F(HistoryChecks, A_level_that_recovered_says_so_within_the_window_and_after_it) {
  add_nights(history_, {.nights = 100, .noise = 0.005, .effect = [](int night, int index) {
                          return index == 2 && night >= 50 && night < 75 ? std::log(1.1) : 0.0;
                        }});
  const CheckedCase within = case_of(check({.last = 60}), case_name(2));
  EXPECT_EQ(within.outcome, Outcome::same);
  EXPECT_THAT(within.reason, HasSubstr("recovered: it was "));
  const CheckedCase beyond = case_of(check({.last = 30}), case_name(2));  // all it remembers is the bad level
  EXPECT_EQ(beyond.outcome, Outcome::faster);
  EXPECT_THAT(beyond.reason, HasSubstr("recovered: it was "));
}

TEST_F(HistoryChecks, One_bad_night_is_seen_at_once_and_dated_to_it) {
  add_nights(history_, {.nights = 40, .effect = [](int night, int index) {
                          return index == 1 && night == 39 ? std::log(1.25) : 0.0;
                        }});
  const CheckedCase changed = case_of(check(), case_name(1));
  EXPECT_EQ(changed.outcome, Outcome::slower);
  ASSERT_TRUE(changed.since);
  EXPECT_EQ(changed.since->before.commit, "c38");
  EXPECT_EQ(changed.since->after.commit, "c39");
  EXPECT_LT(changed.adjusted, 0.01);
}

TEST_F(HistoryChecks, A_bad_night_in_the_baseline_hides_nothing) {
  add_nights(history_, {.nights = 40, .effect = [](int night, int index) {
                          if (index != 1) return 0.0;
                          return night == 39 ? std::log(1.25) : night == 20 || night == 30 ? std::log(3) : 0.0;
                        }});
  EXPECT_EQ(case_of(check(), case_name(1)).outcome, Outcome::slower);
}

TEST_F(HistoryChecks, The_spread_of_nights_counts_and_not_only_that_of_samples) {
  // Samples within 0.3 %, nights within 6 %: 8 % in one night is nothing.
  add_nights(history_, {.nights = 40, .noise = 0.06, .effect = [](int night, int index) {
                          return index == 1 && night == 39 ? std::log(1.08) : 0.0;
                        }});
  EXPECT_EQ(case_of(check(), case_name(1)).outcome, Outcome::same);
}

TEST_F(HistoryChecks, Faster_is_no_failure) {
  add_nights(history_, {.nights = 40, .effect = [](int night, int index) {
                          return index == 1 && night >= 30 ? std::log(0.8) : 0.0;
                        }});
  const HistoryCheck found = check();
  EXPECT_EQ(case_of(found, case_name(1)).outcome, Outcome::faster);
  EXPECT_EQ(judgement_of(found).verdict, Verdict::pass);
}

TEST_F(HistoryChecks, Of_a_metric_that_is_better_when_higher_a_fall_is_slower) {
  for (int night = 0; night < 20; ++night) {
    HistoryEntry entry = entry_at(night);
    const double wobble = 1 + 0.01 * (night % 3);
    entry.cases = {entry_case("up", night < 19 ? wobble : 0.8, Better::higher),
                   entry_case("any", night < 19 ? wobble : 0.8, Better::unknown)};
    history_.add(entry);
  }
  const HistoryCheck found = check();
  EXPECT_EQ(case_of(found, "up").outcome, Outcome::slower);
  EXPECT_EQ(case_of(found, "any").outcome, Outcome::ambiguous);
  EXPECT_THAT(case_of(found, "any").reason, HasSubstr("which way is better"));
}

TEST_F(HistoryChecks, Missing_new_and_broken_cases_are_named_and_never_pass) {
  make_nights({.nights = 20, .cases = 4}, [&](int night, HistoryEntry& entry) {
    if (night == 19) {
      entry.cases.erase(entry.cases.begin());
      entry.cases[0].night = {.reason = "wrong data: rank 1"};
      entry.cases.push_back(entry_case("fresh", 1e-5));
    }
    history_.add(entry);
  });
  const HistoryCheck found = check();
  EXPECT_EQ(case_of(found, case_name(0)).presence, Presence::missing);
  EXPECT_THAT(case_of(found, case_name(1)).reason, HasSubstr("has no number: wrong data: rank 1"));
  EXPECT_EQ(case_of(found, "fresh").presence, Presence::fresh);
  EXPECT_EQ(judgement_of(found).verdict, Verdict::no_data);
  EXPECT_EQ(judgement_of(found).reason, "2 same, 1 without numbers, 1 missing, 1 new");
}

TEST_F(HistoryChecks, A_new_case_alone_does_not_disturb) {
  make_nights({.nights = 20, .cases = 4}, [&](int night, HistoryEntry& entry) {
    if (night == 19) entry.cases.push_back(entry_case("fresh", 1e-5));
    history_.add(entry);
  });
  EXPECT_EQ(judgement_of(check()).verdict, Verdict::pass);
}

TEST_F(HistoryChecks, Other_numbers_of_ranks_are_other_cases) {
  make_nights({.nights = 20, .cases = 1}, [&](int night, HistoryEntry& entry) {
    if (night == 19) entry.cases[0].key.ranks = 7;
    history_.add(entry);
  });
  EXPECT_EQ(judgement_of(check()).verdict, Verdict::no_data);
  EXPECT_EQ(judgement_of(check()).reason, "nothing could be compared: 1 missing, 1 new");
}

TEST_F(HistoryChecks, The_first_report_has_no_baseline) {
  add_nights(history_, {.nights = 1});
  EXPECT_EQ(judgement_of(check()).verdict, Verdict::no_data);
  EXPECT_EQ(judgement_of(check()).reason, "there is no report before it");
}

TEST_F(HistoryChecks, Two_reports_are_compared_by_their_samples) {
  add_nights(history_, {.nights = 2, .cases = 3, .noise = 0.001, .effect = [](int night, int index) {
                          return index == 1 && night == 1 ? std::log(1.3) : 0.0;
                        }});
  const HistoryCheck found = check();
  EXPECT_EQ(case_of(found, case_name(1)).outcome, Outcome::slower) << case_of(found, case_name(1)).reason;
  EXPECT_NE(case_of(found, case_name(0)).outcome, Outcome::slower);
  EXPECT_THAT(case_of(found, case_name(1)).reason, HasSubstr("by samples of two reports"));
}

TEST_F(HistoryChecks, A_tag_and_a_commit_are_baselines_however_old) {
  make_nights({.nights = 90,
               .cases = 3,
               .noise = 0.005,
               .effect = [](int night, int index) { return index == 1 && night >= 20 ? std::log(1.05) : 0.0; }},
              [&](int night, HistoryEntry& entry) {
                if (night < 12) entry.report.tag = "golden";
                history_.add(entry);
              });
  EXPECT_EQ(case_of(check(), case_name(1)).outcome, Outcome::same);  // the window has forgotten it
  const HistoryCheck tagged = check({.tag = "golden"});
  EXPECT_EQ(tagged.baseline_name, "tag golden");
  EXPECT_EQ(tagged.baseline.size(), 12U);
  const CheckedCase& changed = case_of(tagged, case_name(1));
  EXPECT_EQ(changed.outcome, Outcome::slower);
  EXPECT_LE(changed.since.value().earliest.time, time_of_night(20));
  EXPECT_GE(changed.since.value().latest.time, time_of_night(20));
  EXPECT_EQ(case_of(tagged, case_name(0)).outcome, Outcome::same);
  EXPECT_EQ(check({.commit = "c5"}).baseline.size(), 1U);
  EXPECT_THROW(check({.tag = "silver"}), Error);
}

TEST_F(HistoryChecks, A_machine_that_is_not_there_names_those_that_are) {
  add_nights(history_, {.nights = 1});
  try {
    check_history(history_, {.machine = "rack9"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the history has no report of machine \"rack9\"; it knows rack1");
  }
}

TEST_F(HistoryChecks, The_same_file_gives_the_same_bytes) {
  add_nights(history_, {.nights = 40, .cases = 3});
  EXPECT_EQ(to_document(to_json(check())), to_document(to_json(check())));
}

TEST_F(HistoryChecks, A_track_shows_where_its_level_changed) {
  add_nights(history_, {.nights = 60, .cases = 2, .noise = 0.005, .effect = [](int night, int index) {
                          return index == 1 && night >= 30 ? std::log(1.1) : 0.0;
                        }});
  const std::vector<HistoryTrack> tracks = tracks_of(history_, {.machine = "rack1", .pattern = "all_reduce/*1K*"});
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].points.size(), 60U);
  ASSERT_EQ(tracks[0].changes.size(), 1U);
  const DatedChange& change = tracks[0].changes[0];
  EXPECT_LE(change.earliest.time, time_of_night(30));
  EXPECT_GE(change.latest.time, time_of_night(30));
  EXPECT_THAT(tracks_table(tracks, {}), HasSubstr("x 1.1"));
  EXPECT_THAT(tracks_csv(tracks), HasSubstr("all_reduce/ring/shm/float/1K/isolated,8,s,2026-01-31T01:00:00Z,rack1,"));
  EXPECT_EQ(tracks_json(tracks)["series"][0]["changes"][0]["after"]["commit"], change.after.commit);
  EXPECT_THROW(tracks_of(history_, {.machine = "rack1", .pattern = "nothing*"}), Error);
}

TEST_F(HistoryChecks, Hostile_names_are_printed_as_text) {
  make_nights({.nights = 8, .cases = 0}, [&](int, HistoryEntry& entry) {
    entry.cases.push_back(entry_case("=cmd(\"x\"),\x1b[2J\n", 1e-5));
    history_.add(entry);
  });
  const std::vector<HistoryTrack> tracks = tracks_of(history_, {.machine = "rack1", .pattern = "*"});
  for (const std::string& text :
       {tracks_csv(tracks), tracks_table(tracks, {}), check_table(check(), CheckedLines::all, {})}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  }
  EXPECT_THAT(tracks_csv(tracks), HasSubstr("\"'=cmd(\"\"x\"\"),?[2J?\","));
}

}  // namespace
}  // namespace muster
