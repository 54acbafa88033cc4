// SPDX-License-Identifier: Apache-2.0
// What is compared, what is refused, and what the forms for people show of it.
#include "reports/comparison/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "reports/comparison/comparison_text.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The synthetic machine with every time multiplied; the plan may be changed before.
Report machine(double slowness, Plan plan = synthetic_plan()) {
  for (Case& item : plan.cases) item.id = case_id(item);
  Run run = synthetic_run(plan);
  for (Record& record : run.records) {
    for (double& seconds : record.seconds) seconds *= slowness;
  }
  return judge(plan, synthetic_topology(), run, {}, Targets{});
}

Comparison compared(const Report& first, const Report& other, ComparisonOptions options = {}) {
  options.differences.run_spread = RunSpread::none;
  const std::vector<ComparedReport> reports = {{.label = "first", .report = first},
                                               {.label = "other", .report = other}};
  return compare(reports, options);
}

const ComparedCase& case_of(const Comparison& comparison, const std::string& id) {
  for (const ComparedCase& each : comparison.pairs.at(0).cases) {
    if (each.id == id) return each;
  }
  throw Error("no case " + id);
}

TEST(Comparison, OfAMachineWithItselfFindsEverythingTheSame) {
  const Comparison comparison = compared(machine(1), machine(1));
  const ComparedPair& pair = comparison.pairs.at(0);
  EXPECT_EQ(pair.counts.at(Outcome::same), static_cast<int>(pair.cases.size()));
  EXPECT_EQ(judgement_of(comparison).verdict, Verdict::pass);
}

TEST(Comparison, GainsAreHowManyTimesBetterTheOtherIs) {
  const Comparison comparison = compared(machine(1), machine(0.5));
  EXPECT_NEAR(case_of(comparison, kRing).gain, 2, 1e-9);
  EXPECT_EQ(case_of(comparison, kRing).difference.outcome, Outcome::faster);
  for (const FamilyMean& mean : comparison.pairs[0].families) EXPECT_NEAR(mean.gain, 2, 1e-9) << mean.family;
  EXPECT_EQ(judgement_of(comparison).verdict, Verdict::pass) << "faster never fails";
}

TEST(Comparison, SomethingSlowerFails) {
  EXPECT_EQ(judgement_of(compared(machine(1), machine(1.5))).verdict, Verdict::fail);
}

TEST(Comparison, OfMetricsKnowsWhichWayIsGood) {
  Plan plan = synthetic_plan();
  Case metric;
  metric.family = Family::metric;
  metric.name = "rate";
  metric.better = Better::higher;
  plan.cases = {metric};
  for (Case& item : plan.cases) item.id = case_id(item);
  const auto report = [&plan](double value) {
    muster::Run run = synthetic_run(plan);
    run.records[0].seconds.clear();
    run.records[0].rank_seconds.clear();
    run.records[0].arrival_seconds.clear();
    run.records[0].values = samples_around(value, 0.005);
    run.records[0].agreed_samples = static_cast<int>(run.records[0].values.size());
    return judge(plan, synthetic_topology(), run, {}, Targets{});
  };
  const Comparison comparison = compared(report(50), report(100));
  EXPECT_NEAR(comparison.pairs[0].cases.at(0).gain, 2, 1e-9);
  EXPECT_EQ(comparison.pairs[0].cases[0].difference.outcome, Outcome::faster);
}

struct Unlike {
  const char* name;
  void (*change)(Plan& plan);
  const char* reason;
};

class UnlikeCases : public testing::TestWithParam<Unlike> {};

TEST_P(UnlikeCases, AreRefusedWithTheReason) {
  Plan plan = synthetic_plan();
  GetParam().change(plan);
  const ComparedPair pair = compared(machine(1), machine(1, plan)).pairs.at(0);
  EXPECT_THAT(pair.refusals, Contains(HasSubstr(std::string(kRing) + ": " + GetParam().reason)));
  for (const ComparedCase& each : pair.cases) EXPECT_NE(each.id, kRing);
}

INSTANTIATE_TEST_SUITE_P(
    Comparison, UnlikeCases,
    testing::Values(
        Unlike{"Cadence", [](Plan& plan) { plan.cases[5].cadence = Cadence::streaming; }, "isolated against streaming"},
        Unlike{"Type", [](Plan& plan) { plan.cases[5].type = ElementType::float16; }, "float against half"},
        Unlike{"Data", [](Plan& plan) { plan.cases[5].pattern = Pattern::entropy; }, "exact data against entropy data"},
        Unlike{"Operation", [](Plan& plan) { plan.cases[5].operation = ReduceOperation::max; }, "sum against max"},
        Unlike{"PartOfTheRanks", [](Plan& plan) { plan.cases[5].ranks = 1; }, "2 ranks against 1 ranks"},
        Unlike{"Missing", [](Plan& plan) { plan.cases.erase(plan.cases.begin() + 5); }, "only in the first report"}),
    [](const auto& each) { return each.param.name; });

TEST(Comparison, OfRunsWithOtherNumbersOfRanksRefusesEverything) {
  Plan plan = synthetic_plan();
  Report other = machine(1, plan);
  other.plan.ranks = 4;
  const ComparedPair pair = compared(machine(1), other).pairs.at(0);
  EXPECT_THAT(pair.cases, IsEmpty());
  EXPECT_THAT(pair.refusals, Contains(HasSubstr("2 ranks against 4 ranks")));
}

TEST(Comparison, TrustsNoWrongData) {
  const Plan plan = synthetic_plan();
  muster::Run run = synthetic_run(plan);
  record_of(run, kRing).check.wrong = 3;
  const Report wrong = judge(plan, synthetic_topology(), run, {}, Targets{});
  const ComparedPair pair = compared(machine(1), wrong).pairs.at(0);
  EXPECT_THAT(pair.refusals, Contains(HasSubstr(std::string(kRing) + ": other report: ")));
}

TEST(Comparison, OfTheBestTakesTheFastestWayOfEachSide) {
  ComparisonOptions options;
  options.alignment = Alignment::best;
  const Comparison comparison = compared(machine(1), machine(0.5), options);
  std::size_t reductions = 0;
  for (const ComparedCase& each : comparison.pairs[0].cases) reductions += each.family == "all_reduce" ? 1U : 0U;
  EXPECT_EQ(reductions, 1U);
  EXPECT_NEAR(case_of(comparison, kRing).gain, 2, 1e-9) << "the ring is the fastest of three all_reduces of 1 MiB";
}

TEST(Comparison, WeightsDecideWhatAFamilyMeanCounts) {
  const Plan plan = synthetic_plan();
  muster::Run run = synthetic_run(plan);
  for (double& seconds : record_of(run, kRing).seconds) seconds /= 4;
  const Report other = judge(plan, synthetic_topology(), run, {}, Targets{});
  const auto mean = [&](double weight) {
    ComparisonOptions options;
    options.weights = {{"all_reduce/*", 0}, {"all_reduce/ring/*", weight}, {"all_reduce/native/*", 1}};
    const Comparison comparison = compared(machine(1), other, options);
    for (const FamilyMean& each : comparison.pairs[0].families) {
      if (each.family == "all_reduce") return each.gain;
    }
    return 0.0;
  };
  EXPECT_NEAR(mean(1), 2, 1e-9);                  // sqrt(4 * 1)
  EXPECT_NEAR(mean(3), std::pow(4, 0.75), 1e-9);  // 4^(3/4)
  ComparisonOptions wrong;
  wrong.weights = {{"all_reduse/*", 1}};
  EXPECT_THROW(compared(machine(1), other, wrong), Error);
}

TEST(Comparison, PricesAndPowerDivideTheGain) {
  const std::vector<ComparedReport> reports = {
      {.label = "a", .report = machine(1), .price = 2, .watts = 700},
      {.label = "b", .report = machine(0.5), .price = 5, .watts = 1000},
  };
  const FamilyMean mean = compare(reports, {}).pairs.at(0).families.at(0);
  EXPECT_NEAR(*mean.gain_per_price, 2 * 2.0 / 5, 1e-9);
  EXPECT_NEAR(*mean.gain_per_joule, 2 * 0.7, 1e-9);
}

TEST(ComparisonText, HostileNamesStayTexts) {
  const std::vector<ComparedReport> reports = {
      {.label = "a|[x](y)", .report = machine(1)},
      {.label = "<script>alert(1)</script>\x1b[31m", .report = machine(2)},
  };
  const Comparison comparison = compare(reports, {});
  EXPECT_THAT(comparison_html(comparison), Not(HasSubstr("<script>")));
  EXPECT_THAT(comparison_html(comparison), HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;?[31m"));
  EXPECT_THAT(comparison_markdown(comparison), HasSubstr("a\\|\\[x\\]\\(y\\)"));
  EXPECT_THAT(comparison_table(comparison), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace muster
