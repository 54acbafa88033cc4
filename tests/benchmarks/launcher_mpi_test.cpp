// SPDX-License-Identifier: Apache-2.0
// Launches under the real mpirun: two ranks, the second of which misbehaves while the first waits for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/launcher.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

class LaunchedByMpirun : public testing::Test {
 protected:
  ~LaunchedByMpirun() override { std::filesystem::remove_all(folder_); }

  LaunchOutcome launch(const std::string& way) {
    const LaunchPlan plan{.request = {.launcher = LauncherKind::mpirun,
                                      .ranks = 2,
                                      .hostfile = "",
                                      .program = MUSTER_LAUNCHED_MPI_RANK,
                                      .arguments = {folder_, way}},
                          .host = {.physical_cores = 1, .user = ::geteuid()},
                          .status_folder = folder_,
                          .limits = {.no_progress = {4}, .silent = {10}, .stopped = {0.5}}};
    MonotonicClock clock;
    return run_launch(plan, clock, std::cerr);
  }

  // No process of the launch runs any more.
  void expect_nobody_left() {
    for (const auto& beat : read_beats(folder_, 2)) {
      ASSERT_TRUE(beat);
      EXPECT_EQ(state_of(beat->process), ProcessState::gone);
    }
  }

  std::string folder_ = testing::TempDir() + "mpirun_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(LaunchedByMpirun, AGoodEndLeavesNoIncident) {
  const LaunchOutcome outcome = launch("well");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.incidents.empty()) << outcome.incidents[0].what;
}

TEST_F(LaunchedByMpirun, AKilledRankIsNamedAndNotTheOneThatMpirunCleansUp) {
  const LaunchOutcome outcome = launch("kill");
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].rank, 1);
  EXPECT_FALSE(outcome.incidents[0].host.empty());
  EXPECT_EQ(outcome.incidents[0].case_id, "first/case");
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("killed by signal 9"));
  EXPECT_EQ(read_beats(folder_, 2)[0]->phase, Phase::terminated);
  expect_nobody_left();
}

TEST_F(LaunchedByMpirun, ARankThatExitsEarlyIsNamedWithItsCode) {
  const LaunchOutcome outcome = launch("exit3");
  EXPECT_EQ(outcome.status, 3);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].rank, 1);
  EXPECT_EQ(outcome.incidents[0].what, "ended with exit code 3; last words: cannot go on");
}

TEST_F(LaunchedByMpirun, AStoppedRankIsNamedAndNobodyIsLeft) {
  const LaunchOutcome outcome = launch("stop");
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].rank, 1);
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("state T"));
  expect_nobody_left();
}

TEST_F(LaunchedByMpirun, AHangingRankIsNamedBecauseItIsBehind) {
  const LaunchOutcome outcome = launch("hang");
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].rank, 1);
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("no progress"));
  expect_nobody_left();
}

}  // namespace
}  // namespace muster
