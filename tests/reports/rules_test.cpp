// SPDX-License-Identifier: Apache-2.0
// What the demands of a target file make of a run in which all is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class Rules : public Judge {};

TEST_F(Rules, A_demand_between_the_ends_of_the_interval_is_ambiguous_and_says_what_would_tell) {
  set_times(kMatmul, 5e-3, 0.2);
  targets_.rules[1].demanded = 0.41;
  expect_row(kMatmul, Verdict::ambiguous, "more samples would tell");
}

TEST_F(Rules, The_samples_that_would_tell_are_counted_by_the_square_of_the_missing_narrowing) {
  // 20 samples over +- 19 %: ranks 6 and 15 lie 9 % beside the median. The demand allows 2.9 % more: 20 (9 / 2.9)^2 =
  // 192.6.
  set_times(kMatmul, 5e-3, 0.19);
  targets_.rules[1].demanded = 0.4 / 1.029;
  EXPECT_THAT(row_of(judged(), kMatmul).reason, HasSubstr("about 173 more samples would tell"));
}

TEST_F(Rules, A_demand_on_the_median_itself_is_not_settled_by_samples) {
  set_times(kMatmul, 5e-3, 0.2);
  targets_.rules[1].demanded = 0.4;
  EXPECT_THAT(row_of(judged(), kMatmul).reason, HasSubstr("the median lies on it"));
}

TEST_F(Rules, A_demand_that_even_the_fast_end_misses_fails) {
  targets_.rules[1].demanded = 0.5;
  expect_row(kMatmul, Verdict::fail, "rule \"matmul\": 0.4000 (0.3991 to 0.4009) where 0.5 is required");
}

TEST_F(Rules, Fewer_samples_than_an_interval_needs_are_ambiguous_under_a_demand) {
  for (Case& item : plan_.cases) item.sampling.at_least = std::min(item.sampling.at_least, 5);
  run_.headers.front().plan_hash = plan_hash(plan_);
  Record& record = record_of(run_, kMatmul);
  record.seconds.resize(5);
  record.agreed_samples = 5;
  expect_row(kMatmul, Verdict::ambiguous, "from 5 samples: 6 are the least that can tell");
}

TEST_F(Rules, A_demand_on_an_unknown_limit_is_no_data) {
  expectations_[kMatmul] = {.limit = std::nullopt, .prediction = std::nullopt, .unknown = "peak of float not measured"};
  expect_row(kMatmul, Verdict::no_data, "has no fraction of limit (peak of float not measured)");
}

TEST_F(Rules, A_limit_that_is_no_time_is_an_unknown_limit) {
  for (const double time :
       {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    expectations_[kMatmul].limit->time = Seconds{time};
    expect_row(kMatmul, Verdict::no_data, "the limit is not a positive time");
  }
}

TEST_F(Rules, A_demand_on_a_rate_that_the_case_does_not_have_is_no_data) {
  targets_.rules = {
      {.name = "r", .select = {.families = {Family::matmul}}, .quantity = Quantity::busbw, .demanded = 1}};
  expect_row(kMatmul, Verdict::no_data, "has no busbw");
}

TEST_F(Rules, Busbw_of_one_rank_meets_no_demand) {
  plan_.ranks = 1;
  run_ = synthetic_run(plan_);
  for (Record& record : run_.records) record.ranks = 1;
  EXPECT_EQ(row_of(judged(), kRing).verdict, Verdict::no_data);
}

TEST_F(Rules, The_best_way_of_a_size_speaks_for_all_of_them) {
  const Report report = judged();
  EXPECT_EQ(row_of(report, kNative).verdict, Verdict::pass) << "2.3 GB/s, but the ring reaches the 3 GB/s";
  EXPECT_THAT(row_of(report, kNative).rules.back().reason, StartsWith("best of 3 is all_reduce/ring/shm"));
}

TEST_F(Rules, With_scope_each_the_slower_ways_fail) {
  targets_.rules[3].scope = Scope::each;
  const Report report = judged();
  EXPECT_EQ(row_of(report, kRing).verdict, Verdict::pass);
  EXPECT_EQ(row_of(report, kNative).verdict, Verdict::fail);
  EXPECT_EQ(report.rules[3].verdict, Verdict::fail);
  EXPECT_THAT(report.rules[3].reason, StartsWith("2 of 3, first all_reduce/native"));
}

TEST_F(Rules, When_every_way_misses_the_best_one_is_named) {
  targets_.rules[3].demanded = 4e9;
  const Report report = judged();
  EXPECT_EQ(row_of(report, kNative).verdict, Verdict::fail);
  EXPECT_THAT(row_of(report, kNative).reason, HasSubstr("best of 3 is all_reduce/ring/shm"));
}

TEST_F(Rules, A_way_without_data_might_have_been_the_best) {
  targets_.rules[3].demanded = 4e9;
  record_of(run_, kRing).agreed_samples = 21;
  EXPECT_EQ(judged().rules[3].verdict, Verdict::no_data);
}

TEST_F(Rules, A_way_with_wrong_data_cannot_be_the_best) {
  record_of(run_, kRing).check.wrong = 1;
  const Report report = judged();
  EXPECT_EQ(report.rules[3].verdict, Verdict::fail);
  EXPECT_EQ(report.verdict, Verdict::fail);
}

TEST_F(Rules, A_rule_that_selects_no_planned_case_is_an_error) {
  targets_.rules[3].select.collectives = {Collective::broadcast};
  EXPECT_THAT([&] { judged(); }, ThrowsMessage<Error>(AllOf(HasSubstr("\"all_reduce\""), HasSubstr("selects none"))));
}

TEST_F(Rules, A_rule_on_unsupported_cases_only_is_no_data) {
  targets_.rules = {{.name = "half", .select = {.types = {ElementType::float16}}}};
  expect_overall(Verdict::no_data, "rule \"half\": this machine supports none");
}

TEST_F(Rules, An_unsupported_case_is_told_and_does_not_count) {
  const Report report = judged();
  EXPECT_EQ(row_of(report, kUnsupported).verdict, Verdict::no_data);
  EXPECT_THAT(report.findings,
              Contains(std::string(kUnsupported) + " is unsupported: no float16 arithmetic on this CPU"));
}

}  // namespace
}  // namespace muster
