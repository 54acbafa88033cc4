// SPDX-License-Identifier: Apache-2.0
// The sign of life as a file, and as a living thing in a child process.
#include "benchmarks/heartbeat.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "core/error.hpp"

namespace muster {
namespace {

class Status : public testing::Test {
 protected:
  Status() { clear_beats(folder_); }
  ~Status() override { std::filesystem::remove_all(folder_); }

  std::optional<Beat> beat() const { return read_beats(folder_, 1)[0]; }

  // Waits for an event that must come; the bound (10 s) is for a broken program only.
  bool eventually(const std::function<bool(const Beat&)>& holds) const {
    for (int round = 0; round < 1000; ++round) {
      const std::optional<Beat> now = beat();
      if (now && holds(*now)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::string folder_ = testing::TempDir() + "status_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

Beat example() {
  return {.rank = 3,
          .process = {4711, 987654321},
          .host = "node7",
          .phase = Phase::measuring,
          .counter = 12,
          .case_index = 5,
          .steps = 34,
          .case_id = "all_to_allv/file:my traffic/8M"};
}

TEST(BeatText, WhatIsWrittenIsReadBack) {
  const std::optional<Beat> read = parse_beat(to_text(example()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rank, 3);
  EXPECT_EQ(read->process.pid, 4711);
  EXPECT_EQ(read->process.start_ticks, 987654321u);
  EXPECT_EQ(read->host, "node7");
  EXPECT_EQ(read->phase, Phase::measuring);
  EXPECT_EQ(read->counter, 12u);
  EXPECT_EQ(read->steps, 34u);
  EXPECT_EQ(read->case_index, 5);
  EXPECT_EQ(read->case_id, "all_to_allv/file:my traffic/8M");
}

TEST(BeatText, EveryBeatHasTheSameSizeSoThatNoneLeavesARest) {
  Beat longer = example();
  longer.case_id = std::string(2000, 'x');
  Beat empty;
  empty.host = "h";
  EXPECT_EQ(to_text(longer).size(), to_text(example()).size());
  EXPECT_EQ(to_text(empty).size(), to_text(example()).size());
  EXPECT_TRUE(parse_beat(to_text(longer)));
  ASSERT_TRUE(parse_beat(to_text(empty)));
  EXPECT_EQ(parse_beat(to_text(empty))->case_id, "");
}

TEST(BeatText, AnythingButAWholeBeatIsNone) {
  const std::string whole = to_text(example());
  EXPECT_FALSE(parse_beat(""));
  EXPECT_FALSE(parse_beat(whole.substr(0, 100)));
  EXPECT_FALSE(parse_beat(std::string(whole.size(), '\0')));
  EXPECT_FALSE(parse_beat(std::string(whole).replace(whole.find("measuring"), 9, "dreaming ")));
  EXPECT_FALSE(parse_beat(std::string(whole).replace(0, 6, "falser")));
}

TEST_F(Status, AFolderThatCannotBeWrittenIsAnErrorThatNamesIt) {
  try {
    const Heartbeat heartbeat(folder_ + "/absent", 0);
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("absent/rank-00000"), std::string::npos);
  }
}

TEST_F(Status, BeatsOfAnEarlierLaunchAreCleared) {
  std::ofstream(folder_ + "/rank-00000") << to_text(example());
  std::ofstream(folder_ + "/notes") << "not a beat";
  ASSERT_TRUE(beat());
  clear_beats(folder_);
  EXPECT_FALSE(beat());
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/notes"));
}

TEST_F(Status, TheCounterTurnsWithoutAnyoneCallingAndThePlaceIsTold) {
  Heartbeat heartbeat(folder_, 0);
  EXPECT_EQ(beat()->phase, Phase::starting);
  EXPECT_EQ(beat()->process.pid, ::getpid());
  EXPECT_EQ(state_of(beat()->process), ProcessState::alive);
  heartbeat.at(4, "matmul/64", Phase::checking);
  EXPECT_EQ(beat()->case_index, 4);
  EXPECT_EQ(beat()->case_id, "matmul/64");
  EXPECT_EQ(beat()->phase, Phase::checking);
  for (int i = 0; i < 7; ++i) heartbeat.step();
  EXPECT_TRUE(eventually([](const Beat& now) { return now.counter >= 2 && now.steps == 7; }));
}

TEST_F(Status, OnlyOneThatSaysSoIsDone) {
  {
    Heartbeat heartbeat(folder_, 0);
    heartbeat.mark_done();
  }
  EXPECT_EQ(beat()->phase, Phase::done);
  { const Heartbeat heartbeat(folder_, 0); }
  EXPECT_EQ(beat()->phase, Phase::failed);
}

// A child process with a heartbeat that runs `body`; it does not outlive the test.
class Child {
 public:
  Child(const std::string& folder, const std::function<void(Heartbeat&)>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    {
      Heartbeat heartbeat(folder, 0);
      body(heartbeat);
    }
    ::_exit(0);
  }
  ~Child() { end_by(SIGKILL); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The status that waitpid() gives.
  int end_by(int signal) {
    int status = 0;
    if (pid_ > 0) ::kill(pid_, signal), ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

void wait_for_ever(Heartbeat&) {
  while (true) ::pause();
}

TEST_F(Status, SigtermIsMarkedAndStillKills) {
  Child child(folder_, wait_for_ever);
  ASSERT_TRUE(eventually([](const Beat& now) { return now.counter >= 1; }));
  const int status = child.end_by(SIGTERM);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_EQ(beat()->phase, Phase::terminated);
}

TEST_F(Status, SigtermAfterTheEndDoesNotTakeTheEndMarkAway) {
  Child child(folder_, [](Heartbeat& heartbeat) {
    heartbeat.mark_done();
    wait_for_ever(heartbeat);
  });
  ASSERT_TRUE(eventually([](const Beat& now) { return now.phase == Phase::done; }));
  child.end_by(SIGTERM);
  EXPECT_EQ(beat()->phase, Phase::done);
}

TEST_F(Status, SigkillLeavesNoMark) {
  Child child(folder_, wait_for_ever);
  ASSERT_TRUE(eventually([](const Beat& now) { return now.counter >= 1; }));
  kill_process(beat()->process);
  EXPECT_TRUE(eventually([](const Beat& now) { return state_of(now.process) == ProcessState::gone; }));
  EXPECT_EQ(beat()->phase, Phase::starting);
}

TEST_F(Status, AStoppedProcessIsSeenAsStopped) {
  const Child child(folder_, [](Heartbeat&) { std::raise(SIGSTOP); });
  EXPECT_TRUE(eventually([](const Beat& now) { return state_of(now.process) == ProcessState::stopped; }));
}

TEST_F(Status, AProcessWithTheSameNumberButAnotherStartIsNotKilled) {
  Child child(folder_, wait_for_ever);
  ASSERT_TRUE(eventually([](const Beat& now) { return now.counter >= 1; }));
  ProcessId other = beat()->process;
  other.start_ticks += 1;
  EXPECT_EQ(state_of(other), ProcessState::gone);
  kill_process(other);
  EXPECT_EQ(WTERMSIG(child.end_by(SIGTERM)), SIGTERM) << "it was alive until now";
}

}  // namespace
}  // namespace muster
