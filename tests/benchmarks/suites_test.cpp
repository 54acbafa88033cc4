// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/suites.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

Topology host_with(std::uint64_t memory_bytes) {
  Topology topology;
  topology.hosts.push_back({});
  topology.hosts.front().memory = Bytes{memory_bytes};
  return topology;
}

const Topology kLargeHost = host_with(std::uint64_t{1} << 40);

TEST(MakePlan, GivesEveryCaseAnIdOfItsOwnInEverySuite) {
  for (const char* suite : {"quick", "standard", "full"}) {
    for (const char* launcher : {"mpirun", "threads"}) {
      const Plan plan = make_plan({.suite = suite, .ranks = 3, .launcher = launcher}, kLargeHost);
      std::set<std::string> ids;
      for (const Case& item : plan.cases) EXPECT_TRUE(ids.insert(item.id).second) << suite << ": " << item.id;
      EXPECT_GT(ids.size(), 100u);
    }
  }
}

TEST(MakePlan, HoldsEveryPartOfTheMission) {
  const Plan plan = make_plan({.ranks = 2}, kLargeHost);
  std::set<Family> families;
  std::set<Collective> collectives;
  for (const Case& item : plan.cases) {
    families.insert(item.family);
    if (item.family == Family::collective) collectives.insert(item.collective);
  }
  EXPECT_EQ(families.size(), 5u);
  EXPECT_EQ(collectives.size(), 10u);
}

TEST(MakePlan, ComparesTheLibraryOnlyWhereThereIsOne) {
  const auto natives = [](const char* launcher) {
    const Plan plan = make_plan({.ranks = 2, .launcher = launcher}, kLargeHost);
    return std::ranges::count_if(plan.cases, [](const Case& item) {
      return item.family == Family::collective && item.algorithm == Algorithm::native;
    });
  };
  EXPECT_GT(natives("mpirun"), 10);
  EXPECT_EQ(natives("threads"), 0);
}

TEST(MakePlan, KeepsTheCeilingsThatTheSelectedCasesAreJudgedBy) {
  const Plan plan = make_plan({.ranks = 2, .cases = {"all_reduce/*/shm/float/1M/*"}}, kLargeHost);
  const auto has = [&](const char* prefix) {
    return std::ranges::any_of(plan.cases, [&](const Case& item) { return item.id.starts_with(prefix); });
  };
  EXPECT_TRUE(has("memory/read/"));
  EXPECT_TRUE(has("send_recv/ring/shm/"));
  EXPECT_FALSE(has("send_recv/ring/mpi/"));
  EXPECT_FALSE(has("peak/"));
}

TEST(MakePlan, GivesEveryRankSomethingToDoInEveryCase) {
  const Plan plan = make_plan({.suite = "full", .ranks = 33}, kLargeHost);
  for (const Case& item : plan.cases) {
    if (item.family != Family::collective) continue;
    EXPECT_GT(size_of(problem_of_size(item.collective, 33, item.size, item.type)).value, 0u) << item.id;
  }
}

TEST(MakePlan, KeepsTheCasesThatAPatternSelectsAndRefusesAPatternThatSelectsNone) {
  const Plan plan = make_plan({.ranks = 2, .cases = {"matmul/float/*", "peak/*"}}, kLargeHost);
  for (const Case& item : plan.cases)
    EXPECT_THAT(item.id, testing::AnyOf(testing::StartsWith("matmul/float/"), testing::StartsWith("peak/"),
                                        testing::StartsWith("memory/")));
  EXPECT_THROW(make_plan({.ranks = 2, .cases = {"peak/*", "no_such/*"}}, kLargeHost), Error);
}

TEST(MakePlan, RefusesWhatDoesNotFitTheHostInsteadOfLeavingItOut) {
  EXPECT_THROW(make_plan({.ranks = 2}, host_with(64 << 20)), Error);
  EXPECT_THROW(make_plan({.suite = "quickest", .ranks = 2}, kLargeHost), Error);
  EXPECT_THROW(make_plan({.ranks = 0}, kLargeHost), Error);
}

TEST(MakePlan, IsTheSameForTheSameRequest) {
  EXPECT_EQ(plan_hash(make_plan({.ranks = 4}, kLargeHost)), plan_hash(make_plan({.ranks = 4}, kLargeHost)));
  EXPECT_NE(plan_hash(make_plan({.ranks = 4}, kLargeHost)), plan_hash(make_plan({.ranks = 5}, kLargeHost)));
}

}  // namespace
}  // namespace muster
