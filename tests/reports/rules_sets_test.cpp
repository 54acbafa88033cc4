// SPDX-License-Identifier: Apache-2.0
// Demands on several rows at once, on what must be there, and on means without spread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class RulesOfSets : public Judge {
 protected:
  RulesOfSets() {
    expectations_.clear();
    const Case ring = plan_.cases[5];
    plan_.cases.clear();
    for (const std::uint64_t bytes : {1U << 20, 2U << 20, 4U << 20}) add(ring, bytes, "");
    for (const char* group : {"a+b", "a+c", "b+c"}) add(ring, 1U << 20, group);
    run_ = synthetic_run(plan_);
    run_.headers.front().hosts = {"a", "b", "c"};
    for (std::size_t i = 0; i < plan_.cases.size(); ++i) set_times(id(i), i < 3 ? 1e-4 * (1 << i) : 1e-4, 0.002);
  }

  void add(Case item, std::uint64_t bytes, const std::string& group) {
    item.size = Bytes{bytes};
    item.group = group;
    item.id = case_id(item);
    plan_.cases.push_back(item);
  }

  const std::string& id(std::size_t i) const { return plan_.cases[i].id; }

  Verdict verdict_of(const std::string& require, const std::string& more = "") {
    const std::string text =
        R"({"schema": "muster/targets/1", "name": "t", "rules": [{"name": "r", "require": )" + require + more + "}]}";
    targets_ = targets_from_json(parse_json(text, "t.json"), "t.json");
    return judged().rules.front().verdict;
  }
};

TEST_F(RulesOfSets, Bandwidth_may_fall_by_so_much_and_no_more) {
  EXPECT_EQ(verdict_of(R"({"bandwidth_fall_at_most": 0.1})"), Verdict::pass);
  set_times(id(2), 8e-4, 0.002);  // half of what 2 MiB reach
  EXPECT_EQ(verdict_of(R"({"bandwidth_fall_at_most": 0.1})"), Verdict::fail);
  EXPECT_EQ(verdict_of(R"({"bandwidth_fall_at_most": 0.6})"), Verdict::pass);
}

TEST_F(RulesOfSets, A_larger_size_may_not_be_faster) {
  EXPECT_EQ(verdict_of(R"({"time_fall_at_most": 0.05})"), Verdict::pass);
  set_times(id(1), 5e-5, 0.002);
  EXPECT_EQ(verdict_of(R"({"time_fall_at_most": 0.05})"), Verdict::fail);
}

TEST_F(RulesOfSets, The_slowest_group_is_held_against_the_median_group) {
  const std::string pairs = R"(, "select": {"groups": "*+*"})";
  EXPECT_EQ(verdict_of(R"({"group_spread_at_most": 1.05})", pairs), Verdict::pass);
  set_times(id(5), 2e-4, 0.002);
  EXPECT_EQ(verdict_of(R"({"group_spread_at_most": 1.05})", pairs), Verdict::fail);
  EXPECT_THAT(judged().reason, HasSubstr("slowest is " + id(5)));
}

TEST_F(RulesOfSets, The_median_of_a_fleet_forgives_its_worst_but_not_what_is_missing) {
  const std::string median = R"(, "select": {"groups": "*+*"}, "scope": "median")";
  set_times(id(5), 2e-4, 0.002);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.1e-4})", median), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 0.9e-4})", median), Verdict::fail);
  record_of(run_, id(5)).agreed_samples = 21;
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.1e-4})", median), Verdict::no_data);
}

TEST_F(RulesOfSets, All_pairs_must_be_there) {
  EXPECT_EQ(verdict_of(R"({"pairs": "all"})"), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"groups_at_least": 3})"), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"groups_at_least": 4})"), Verdict::no_data);
  EXPECT_EQ(verdict_of(R"({"rows_at_least": 7})"), Verdict::no_data);
  run_.headers.front().hosts.push_back("d");
  EXPECT_EQ(verdict_of(R"({"pairs": "all"})"), Verdict::no_data);
  EXPECT_THAT(judged().reason, HasSubstr("3 of 6 pairs are missing, first a+d"));
}

TEST_F(RulesOfSets, The_ends_of_a_curve_have_demands_of_their_own) {
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.1e-4})", R"(, "scope": "smallest_size")"), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.1e-4})"), Verdict::fail);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.1e-4})",
                       R"(, "select": {"max_hosts": 3, "min_hosts": 3}, "scope": "largest_size")"),
            Verdict::fail);
}

TEST_F(RulesOfSets, A_mean_without_spread_is_trusted_outside_of_its_margin_only) {
  Record& record = record_of(run_, id(0));
  plan_.cases[0].sampling.at_least = 1;
  run_.headers.front().plan_hash = plan_hash(plan_);
  record.seconds = {1e-4};
  record.agreed_samples = 1;
  record.averaged_over = 20;
  const std::string first = R"(, "select": {"cases": ")" + id(0) + R"("})";
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.06e-4})", first), Verdict::pass);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 0.94e-4})", first), Verdict::fail);
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.01e-4})", first), Verdict::ambiguous);
  EXPECT_THAT(judged().rules.front().reason, HasSubstr("means without spread: run with per-iteration times"));
  EXPECT_EQ(verdict_of(R"({"seconds_at_most": 1.01e-4})", first + R"(, "margin": 0.001)"), Verdict::pass);
}

TEST_F(RulesOfSets, A_rule_for_plans_that_have_such_cases_is_told_where_there_are_none) {
  verdict_of(R"({"correct": true})");
  targets_.rules.push_back({.name = "gpu", .select = {.processors = {Processor::gpu}}});
  EXPECT_THROW(judged(), Error);
  targets_.rules.back().unplanned = Unplanned::skipped;
  EXPECT_EQ(judged().verdict, Verdict::pass) << judged().reason;
  EXPECT_THAT(judged().findings, Contains(HasSubstr("rule \"gpu\" (correct) was not applied")));
  targets_.rules.erase(targets_.rules.begin());
  EXPECT_THROW(judged(), Error) << "nothing would be judged";
}

}  // namespace
}  // namespace muster
