// SPDX-License-Identifier: Apache-2.0
// Every way in which a run can deserve less than "pass" is broken into the synthetic run here, one at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

TEST_F(Judge, A_run_in_which_all_is_well_passes) {
  const Report report = judged();
  EXPECT_EQ(report.verdict, Verdict::pass) << report.reason;
  EXPECT_THAT(report.reason, HasSubstr("8 cases measured as planned and correct, 4 rules met; unsupported here: 1"));
  EXPECT_EQ(report.rows.size(), plan_.cases.size());
  EXPECT_TRUE(report.missing.empty());
}

TEST_F(Judge, Rates_follow_from_the_median_as_nccl_tests_defines_them) {
  const Report report = judged();
  const Row& ring = row_of(report, kRing);
  EXPECT_NEAR(ring.algbw, 1048576 / 300e-6, 1);
  EXPECT_NEAR(ring.busbw, ring.algbw, 1) << "2 (n - 1) / n is 1 for two ranks";
  EXPECT_NEAR(row_of(report, kExchange).busbw, 65536 / 40e-6 / 2, 1);
  EXPECT_NEAR(row_of(report, kMatmul).flops_per_second, 2.0 * 512 * 512 * 512 / 5e-3, 1e3);
  EXPECT_EQ(row_of(report, kMatmul).algbw, 0);
  EXPECT_NEAR(row_of(report, kReduce).algbw, 3 * 1048576 / 400e-6, 1);
  EXPECT_NEAR(*ring.fraction_of_limit, 0.4, 1e-9);
  EXPECT_NEAR(*ring.fraction_of_prediction, 0.8, 1e-9);
  EXPECT_FALSE(row_of(report, kMemory).fraction_of_limit.has_value());
}

TEST_F(Judge, The_same_inputs_give_the_same_bytes) {
  EXPECT_EQ(to_document(to_json(judged())), to_document(to_json(judged())));
}

// Fail closed: rows.

TEST_F(Judge, A_missing_row_is_no_data) {
  std::erase_if(run_.records, [](const Record& record) { return record.case_id == kRing; });
  expect_row(kRing, Verdict::no_data, "missing");
  EXPECT_THAT(judged().missing, ElementsAre(kRing));
}

TEST_F(Judge, A_case_that_failed_is_no_data) {
  Record& record = record_of(run_, kRing);
  record.status = Status::failed;
  record.reason = "shm segment gone";
  expect_row(kRing, Verdict::no_data, "failed: shm segment gone");
}

TEST_F(Judge, Wrong_data_fail_and_say_where) {
  record_of(run_, kRing).check.wrong = 2;
  record_of(run_, kRing).check.first_wrong = "rank 1 element 17: expected 3, found 4";
  expect_row(kRing, Verdict::fail, "2 of 1000 elements wrong: rank 1 element 17");
}

TEST_F(Judge, An_unchecked_result_is_no_data) {
  record_of(run_, kMatmul).check = {};
  expect_row(kMatmul, Verdict::no_data, "unchecked");
}

TEST_F(Judge, An_unchecked_result_shows_its_numbers_and_stays_no_data) {
  record_of(run_, kRing).check = {};
  const Row row = row_of(judged(), kRing);
  EXPECT_EQ(row.verdict, Verdict::no_data);
  ASSERT_TRUE(row.time);
  EXPECT_GT(row.busbw, 0);
  EXPECT_TRUE(row.fraction_of_limit);
}

TEST_F(Judge, An_unchecked_result_faster_than_its_limit_fails) {
  record_of(run_, kRing).check = {};
  set_times(kRing, 1e-9, 0.01);
  expect_row(kRing, Verdict::fail, "faster than its limit");
}

TEST_F(Judge, An_unchecked_result_without_samples_is_no_data) {
  record_of(run_, kRing).check = {};
  record_of(run_, kRing).seconds.clear();
  expect_row(kRing, Verdict::no_data, "unchecked");
  EXPECT_FALSE(row_of(judged(), kRing).time);
}

TEST_F(Judge, Fewer_samples_than_an_interval_needs_are_no_data_where_more_were_planned) {
  Record& record = record_of(run_, kRing);
  record.seconds.resize(5);
  record.agreed_samples = 5;
  expect_row(kRing, Verdict::no_data, "5 samples where at least 6 were planned");
}

TEST_F(Judge, A_result_checked_less_often_than_planned_is_no_data) {
  record_of(run_, kRing).check.iterations = 0;
  expect_row(kRing, Verdict::no_data, "checked 0 times where 2 were planned");
}

TEST_F(Judge, Ceilings_have_nothing_to_check) {
  EXPECT_EQ(row_of(judged(), kMemory).verdict, Verdict::pass);
  EXPECT_EQ(row_of(judged(), kPeak).verdict, Verdict::pass);
}

TEST_F(Judge, A_ceiling_without_work_is_no_data) {
  record_of(run_, kMemory).bytes = Bytes{0};
  expect_row(kMemory, Verdict::no_data, "no bytes counted");
  run_ = synthetic_run(plan_);
  record_of(run_, kPeak).flops = Flops{0};
  expect_row(kPeak, Verdict::no_data, "no operations counted");
}

TEST_F(Judge, Fewer_samples_than_agreed_are_no_data) {
  record_of(run_, kRing).seconds.pop_back();
  expect_row(kRing, Verdict::no_data, "19 samples where 20 were agreed");
}

TEST_F(Judge, Fewer_samples_than_fixed_in_the_plan_are_no_data) {
  plan_.cases[5].sampling.fixed = 30;
  run_.headers[0].plan_hash = plan_hash(plan_);
  expect_row(kRing, Verdict::no_data, "20 samples where 30 were planned");
}

TEST_F(Judge, No_samples_at_all_are_no_data) {
  record_of(run_, kRing).seconds.clear();
  record_of(run_, kRing).agreed_samples = 0;
  expect_row(kRing, Verdict::no_data, "no samples");
}

TEST_F(Judge, A_sample_that_is_no_positive_time_is_no_data) {
  for (const double sample :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 0.0, -1.0}) {
    record_of(run_, kRing).seconds[7] = sample;
    expect_row(kRing, Verdict::no_data, "not a positive time");
  }
}

TEST_F(Judge, Another_number_of_ranks_is_no_data) {
  record_of(run_, kRing).ranks = 1;
  expect_row(kRing, Verdict::no_data, "ran on 1 ranks where 2 were planned");
}

TEST_F(Judge, A_sweep_shortened_to_fit_the_memory_is_no_data) {
  record_of(run_, kRing).bytes = Bytes{524288};
  expect_row(kRing, Verdict::no_data, "worked on 524288 bytes where 1048576 were planned");
  run_ = synthetic_run(plan_);
  record_of(run_, kReduce).bytes = Bytes{1048576};
  expect_row(kReduce, Verdict::no_data, "worked on 1048576 bytes where 3145728 were planned");
  run_ = synthetic_run(plan_);
  record_of(run_, kMatmul).flops = Flops{1e6};
  expect_row(kMatmul, Verdict::no_data, "flops where");
}

TEST_F(Judge, A_size_cut_to_whole_blocks_is_as_planned) {
  record_of(run_, kExchange).bytes = Bytes{65536 - 16};
  EXPECT_EQ(row_of(judged(), kExchange).verdict, Verdict::pass);
}

TEST_F(Judge, Faster_than_its_limit_fails_however_good_it_looks) {
  set_times(kRing, 0.97 * 0.4 * 300e-6, 0.001);
  expect_row(kRing, Verdict::fail, "wrong topology or wrong clock");
}

TEST_F(Judge, The_limit_may_be_undercut_by_the_uncertainty_of_clocks_only) {
  set_times(kRing, 0.985 * 0.4 * 300e-6, 0.001);
  EXPECT_EQ(row_of(judged(), kRing).verdict, Verdict::pass) << "faster than before is no fault in itself";
}

TEST_F(Judge, A_prediction_faster_than_the_limit_fails) {
  expectations_[kRing].prediction->time = Seconds{0.3 * 300e-6};
  expect_row(kRing, Verdict::fail, "predicted");
}

TEST_F(Judge, Wrong_data_are_not_undone_by_a_later_success) {
  Record bad = record_of(run_, kRing);
  bad.check.wrong = 1;
  run_.records.insert(run_.records.begin(), bad);
  expect_row(kRing, Verdict::fail, "wrong data in launch 0");
}

TEST_F(Judge, A_failure_is_not_undone_by_a_later_success) {
  Record bad = record_of(run_, kRing);
  bad.status = Status::failed;
  bad.reason = "timed out";
  run_.records.insert(run_.records.begin(), bad);
  expect_row(kRing, Verdict::no_data, "failed in launch 0: timed out");
}

TEST_F(Judge, Of_two_sound_records_the_later_counts_and_the_reader_is_told) {
  Record slower = record_of(run_, kRing);
  slower.seconds = samples_around(310e-6, 0.001);
  run_.records.push_back(slower);
  const Report report = judged();
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_NEAR(row_of(report, kRing).time->median, 310e-6, 1e-12);
  EXPECT_THAT(report.findings, Contains(std::string(kRing) + " has 2 records; the last one counts"));
}

// Fail closed: the run as a whole.

TEST_F(Judge, A_run_of_another_plan_is_no_data) {
  plan_.seed = 99;
  expect_overall(Verdict::no_data, "made for another plan");
}

TEST_F(Judge, A_second_launch_with_another_plan_is_no_data) {
  run_.headers.push_back(run_.headers[0]);
  run_.headers[1].plan_hash = "0000000000000000";
  expect_overall(Verdict::no_data, "made for another plan");
}

TEST_F(Judge, A_run_without_header_is_no_data) {
  run_.headers.clear();
  expect_overall(Verdict::no_data, "no header");
}

TEST_F(Judge, A_run_on_another_number_of_ranks_is_no_data) {
  run_.headers[0].ranks = 1;
  expect_overall(Verdict::no_data, "had 1 ranks where 2 were planned");
}

TEST_F(Judge, A_run_that_did_not_end_is_no_data) {
  run_.ended = false;
  expect_overall(Verdict::no_data, "did not reach its end");
}

TEST_F(Judge, An_incident_keeps_a_run_from_passing_and_is_told) {
  run_.incidents.push_back({.launch = 0, .rank = 1, .host = "node0", .case_id = kRing, .what = "killed by signal 9"});
  const std::string text = "incident: launch 0, rank 1 on node0, during " + std::string(kRing) + ": killed by signal 9";
  expect_overall(Verdict::no_data, text);
  EXPECT_THAT(judged().findings, Contains(text));
}

TEST_F(Judge, An_empty_plan_is_no_data) {
  plan_.cases.clear();
  run_ = synthetic_run(plan_);
  targets_.rules.clear();
  expect_overall(Verdict::no_data, "no cases");
}

TEST_F(Judge, A_run_that_this_machine_supports_nothing_of_is_no_data) {
  plan_.cases = {plan_.cases[1]};
  run_ = synthetic_run(plan_);
  targets_.rules.clear();
  expect_overall(Verdict::no_data, "no case could be judged");
}

TEST_F(Judge, Wrong_data_outweigh_a_run_that_did_not_end) {
  run_.ended = false;
  record_of(run_, kRing).check.wrong = 1;
  EXPECT_EQ(judged().verdict, Verdict::fail);
}

// What a reader must know.

TEST_F(Judge, Records_that_nobody_planned_are_told) {
  run_.records.push_back(record_of(run_, kRing));
  run_.records.back().case_id = "all_reduce/ring/shm/float/2M/isolated";
  EXPECT_THAT(judged().findings, Contains("not planned, ignored: all_reduce/ring/shm/float/2M/isolated"));
}

TEST_F(Judge, Clocks_that_disagree_are_told) {
  run_.headers[0].clock_error = {0, 12e-6};
  EXPECT_THAT(judged().findings, Contains(HasSubstr("clocks agree within 12.00 us (worst: rank 1 on node0)")));
}

TEST_F(Judge, Fewer_samples_than_wanted_are_told) {
  Record& record = record_of(run_, kRing);
  record.seconds.resize(10);
  record.agreed_samples = 10;
  const Report report = judged();
  EXPECT_THAT(report.findings, Contains(AllOf(HasSubstr("fewer samples than planned"), HasSubstr(kRing))));
}

TEST_F(Judge, Missing_limits_are_told_once_for_each_reason) {
  targets_.rules.resize(1);
  for (const char* id : {kRing, kNative}) {
    expectations_[id] = {.limit = std::nullopt, .prediction = std::nullopt, .unknown = "no curve"};
  }
  EXPECT_THAT(judged().findings,
              Contains("no limit or prediction: 2 cases, first " + std::string(kRing) + ": no curve"));
}

TEST(Verdicts, The_worst_is_fail_then_no_data_then_ambiguous) {
  EXPECT_EQ(worse(Verdict::fail, Verdict::no_data), Verdict::fail);
  EXPECT_EQ(worse(Verdict::ambiguous, Verdict::no_data), Verdict::no_data);
  EXPECT_EQ(worse(Verdict::pass, Verdict::ambiguous), Verdict::ambiguous);
  EXPECT_EQ(worse(Verdict::pass, Verdict::pass), Verdict::pass);
}

TEST(Verdicts, Only_pass_exits_with_zero) {
  EXPECT_EQ(exit_code(Verdict::pass), 0);
  EXPECT_EQ(exit_code(Verdict::fail), 1);
  EXPECT_EQ(exit_code(Verdict::ambiguous), 3);
  EXPECT_EQ(exit_code(Verdict::no_data), 3);
}

TEST(Verdicts, Names_read_back) {
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::ambiguous, Verdict::no_data}) {
    EXPECT_EQ(parse_verdict(name_of(verdict)), verdict);
  }
  EXPECT_THROW(parse_verdict("maybe"), Error);
}

}  // namespace
}  // namespace muster
