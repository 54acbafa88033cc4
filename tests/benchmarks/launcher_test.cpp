// SPDX-License-Identifier: Apache-2.0
// Whole launches of small child processes that end well, badly or not at all. What is asserted is what is found out,
// never how long it took.
#include "benchmarks/launcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/output_tail.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

class Launched : public testing::Test {
 protected:
  ~Launched() override { std::filesystem::remove_all(folder_); }

  LaunchPlan plan(const std::string& program, const std::vector<std::string>& arguments) const {
    return {.request = {.launcher = LauncherKind::threads,
                        .ranks = 1,
                        .hostfile = "",
                        .program = program,
                        .arguments = arguments},
            .host = {.physical_cores = 2},
            .status_folder = folder_,
            .progress_file = folder_ + "/run.jsonl",
            .launch = 7,
            .limits = {.no_progress = {1.5}, .silent = {10}, .stopped = {0.3}},
            .grace = {0.5}};
  }

  // A child with signs of life; see launched_rank.hpp for the ways.
  LaunchOutcome launch(const std::string& way) { return run(plan(MUSTER_LAUNCHED_RANK, {folder_, way})); }
  LaunchOutcome shell(const std::string& script) { return run(plan("/bin/sh", {"-c", script})); }

  LaunchOutcome run(const LaunchPlan& launch_plan) {
    MonotonicClock clock;
    return run_launch(launch_plan, clock, talk_);
  }

  std::string folder_ = testing::TempDir() + "launch_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  std::ostringstream talk_;
};

TEST_F(Launched, AGoodEndLeavesNoIncident) {
  const LaunchOutcome outcome = launch("well");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_FALSE(outcome.interrupted);
  EXPECT_TRUE(outcome.incidents.empty()) << outcome.incidents[0].what;
}

TEST_F(Launched, AnEarlyExitIsReportedWithItsCodeCaseAndLastWords) {
  const LaunchOutcome outcome = launch("exit3");
  EXPECT_EQ(outcome.status, 3);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].launch, 7);
  EXPECT_EQ(outcome.incidents[0].rank, -1) << "all ranks are threads of one process";
  EXPECT_EQ(outcome.incidents[0].case_id, "first/case");
  EXPECT_EQ(outcome.incidents[0].what, "ended with exit code 3; last words: cannot go on");
  EXPECT_EQ(talk_.str(), "cannot go on\n");
}

TEST_F(Launched, AKilledChildIsReportedWithItsSignal) {
  const LaunchOutcome outcome = launch("kill");
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("signal 9"));
}

TEST_F(Launched, AStoppedChildIsFoundAndKilled) {
  const LaunchOutcome outcome = launch("stop");
  EXPECT_EQ(outcome.status, 128 + SIGKILL) << "SIGTERM does not reach a stopped process";
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("state T"));
}

TEST_F(Launched, AHangingChildIsEndedBecauseNothingMoves) {
  const LaunchOutcome outcome = launch("hang");
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].case_id, "first/case");
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("no progress"));
}

TEST_F(Launched, AChildThatIgnoresSigtermIsKilled) {
  const LaunchOutcome outcome = shell("trap '' TERM; while true; do sleep 0.1; done");
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
  EXPECT_EQ(outcome.incidents.size(), 1u);
}

TEST_F(Launched, AGoodStatusWithoutAnySignOfLifeIsAnIncident) {
  const LaunchOutcome outcome = shell("exit 0");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.incidents.size(), 1u);
}

TEST_F(Launched, DifferentPlansAreToldFromOtherFailures) { EXPECT_EQ(launch("plans").status, kExitPlansDiffer); }

TEST_F(Launched, AnInterruptToUsEndsTheLaunchAndNotUs) {
  const LaunchOutcome outcome = launch("interrupt");
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_THAT(outcome.incidents[0].what, HasSubstr("interrupted by signal 2"));
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0) << "after the launch Ctrl-C works as before";
}

TEST_F(Launched, TheChildIsInAGroupOfItsOwnAndReadsNothing) {
  shell("read -r pid rest < /proc/self/stat; set -- $rest; cat; echo $4 $$");
  std::istringstream talk(talk_.str());
  long group = 0, shell = 0;
  talk >> group >> shell;
  EXPECT_EQ(group, shell) << talk_.str();
}

TEST_F(Launched, SignalsThatAreBlockedHereAreNotBlockedInTheChild) {
  run(plan("/bin/grep", {"SigBlk", "/proc/self/status"}));
  EXPECT_EQ(talk_.str(), "SigBlk:\t0000000000000000\n");
}

// A zombie may remain until somebody collects it, but nothing that runs.
bool runs(const std::string& pid) {
  std::ifstream stat("/proc/" + pid + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z";
}

// SIGKILL may be on its way; the bound (10 s) is for a broken program only.
bool ends(const std::string& pid) {
  for (int round = 0; round < 1000 && runs(pid); ++round) ::usleep(10'000);
  return !runs(pid);
}

TEST_F(Launched, NothingOfTheGroupOutlivesTheLauncher) {
  shell("sleep 60 & echo $!");
  const std::string left = talk_.str().substr(0, talk_.str().find('\n'));
  ASSERT_FALSE(left.empty());
  EXPECT_TRUE(ends(left));
}

TEST_F(Launched, ARankThatLeftTheGroupIsFoundThroughItsSignOfLife) {
  const std::string rank = std::string(MUSTER_LAUNCHED_RANK) + " " + folder_ + " hang";
  const LaunchOutcome outcome = shell("setsid " + rank + " & until grep -qs measuring " + folder_ + "/rank-00000; do " +
                                      "sleep 0.05; done; exit 4");
  EXPECT_EQ(outcome.status, 4);
  ASSERT_TRUE(read_beats(folder_, 1)[0]);
  const std::string left = std::to_string(read_beats(folder_, 1)[0]->process.pid);
  EXPECT_TRUE(ends(left));
}

TEST_F(Launched, GrowthOfTheRecordsIsProgress) {
  const LaunchOutcome outcome =
      shell("for i in 1 2 3 4 5 6; do sleep 0.5; echo record >> " + folder_ + "/run.jsonl; done; exit 5");
  EXPECT_EQ(outcome.status, 5) << "it ran for longer than the time without progress, and to its own end";
}

TEST_F(Launched, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  try {
    run(plan("/absent/muster", {}));
    FAIL() << "was started";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/absent/muster"));
  }
}

TEST(OutputTail, PassesLinesOnAndKeepsTheLastFifty) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string text;
  for (int i = 0; i < 60; ++i) text += "line " + std::to_string(i) + "\n";
  text += "without end";
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  std::ostringstream talk;
  OutputTail tail(talk);
  EXPECT_FALSE(tail.drain(ends[0]));
  tail.finish();
  ::close(ends[0]);
  EXPECT_EQ(talk.str(), text + "\n");
  ASSERT_EQ(tail.last_lines().size(), 50u);
  EXPECT_EQ(tail.last_lines().front(), "line 11");
  EXPECT_EQ(tail.last_lines().back(), "without end");
}

}  // namespace
}  // namespace muster
