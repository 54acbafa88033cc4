// SPDX-License-Identifier: Apache-2.0
// Judging a launch from what is seen, on invented sights and times, and explaining its end from real messages.
#include "benchmarks/launch_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/launch_failure.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Beat beat_of(int rank, std::int64_t case_index, Phase phase, std::uint64_t counter) {
  return {.rank = rank,
          .process = {100 + rank, 1},
          .host = "node" + std::to_string(rank),
          .phase = phase,
          .counter = counter,
          .case_index = case_index,
          .case_id = "case" + std::to_string(case_index)};
}

// Two ranks that beat every half second in the same place, observed from 0 s on.
class Watch : public testing::Test {
 protected:
  Watch() {
    for (const int rank : {0, 1}) sight_.ranks.push_back({beat_of(rank, 2, Phase::measuring, 0), ProcessState::alive});
    watch_.look(sight_, {0});
  }

  // `changes` before each look of half a second; returns the first incidents and leaves the time in now_.
  template <typename Change>
  std::vector<Incident> until(Seconds end, Change change) {
    while (now_ < end) {
      now_ = now_ + Seconds{0.5};
      change();
      if (auto incidents = watch_.look(sight_, now_); !incidents.empty()) return incidents;
    }
    return {};
  }
  void beat(std::size_t rank) { ++sight_.ranks[rank].beat->counter; }

  Sight sight_;
  Seconds now_{0};
  LaunchWatch watch_{{.no_progress = {60}, .silent = {10}, .stopped = {2}}, {0}};
};

TEST_F(Watch, RanksThatBeatAndMoveOnAreLeftAlone) {
  EXPECT_THAT(until({600},
                    [&] {
                      beat(0), beat(1);
                      if (static_cast<int>(now_.value) % 50 != 0) return;
                      for (RankSight& rank : sight_.ranks) ++rank.beat->case_index;
                    }),
              IsEmpty());
}

TEST_F(Watch, AnotherPhaseOfTheSameCaseIsProgress) {
  EXPECT_THAT(until({100},
                    [&] {
                      beat(0), beat(1);
                      if (now_ == Seconds{50}) sight_.ranks[0].beat->phase = Phase::checking;
                    }),
              IsEmpty());
}

TEST_F(Watch, AnotherOperationOfALongMeasurementIsProgress) {
  EXPECT_THAT(until({600},
                    [&] {
                      beat(0), beat(1);
                      if (static_cast<int>(now_.value) % 50 == 0) ++sight_.ranks[1].beat->steps;
                    }),
              IsEmpty());
}

TEST_F(Watch, RecordsThatAreWrittenAreProgressToo) {
  EXPECT_THAT(until({600},
                    [&] {
                      beat(0), beat(1);
                      if (static_cast<int>(now_.value) % 50 == 0) sight_.recorded_bytes += 100;
                    }),
              IsEmpty());
}

TEST_F(Watch, ARankInStateTIsNamedAfterItsGrace) {
  sight_.ranks[1].process = ProcessState::stopped;
  const auto incidents = until({600}, [&] { beat(0); });
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, 1);
  EXPECT_EQ(incidents[0].host, "node1");
  EXPECT_EQ(incidents[0].case_id, "case2");
  EXPECT_THAT(incidents[0].what, HasSubstr("stopped"));
  EXPECT_EQ(now_, Seconds{2.5});  // seen at 0.5 s, and still 2 s later
}

TEST_F(Watch, AShortStopIsForgiven) {
  EXPECT_THAT(until({30},
                    [&] {
                      beat(0), beat(1);
                      sight_.ranks[1].process =
                          static_cast<int>(now_.value) % 2 == 0 ? ProcessState::stopped : ProcessState::alive;
                    }),
              IsEmpty());
}

TEST_F(Watch, ASilentRankOfAnotherHostIsNamedWhileOthersGoOn) {
  sight_.ranks[1].process.reset();
  const auto incidents = until({600}, [&] { beat(0); });
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, 1);
  EXPECT_THAT(incidents[0].what, HasSubstr("no sign of life"));
  EXPECT_EQ(now_, Seconds{10.5});
}

TEST_F(Watch, WhenAllAreSilentNobodyIsNamed) {
  const auto incidents = until({600}, [] {});
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, -1);
  EXPECT_EQ(now_, Seconds{60.5});
}

TEST_F(Watch, ARankThatIsDoneMayBeSilent) {
  sight_.ranks[1].beat->phase = Phase::done;
  EXPECT_THAT(until({50}, [&] { beat(0); }), IsEmpty());
}

TEST_F(Watch, ABeatThatIsBeingWrittenIsNoTrouble) {
  std::optional<Beat> hidden;
  EXPECT_THAT(until({50},
                    [&] {
                      beat(0);
                      std::swap(hidden, sight_.ranks[1].beat);
                      if (sight_.ranks[1].beat) beat(1);
                    }),
              IsEmpty());
}

TEST_F(Watch, WithoutProgressTheRankBehindIsNamed) {
  sight_.ranks[1].beat->phase = Phase::preparing;
  const auto incidents = until({600}, [&] { beat(0), beat(1); });
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, 1);
  EXPECT_EQ(incidents[0].case_id, "case2");
  EXPECT_THAT(incidents[0].what, HasSubstr("no progress for 60.00 s in phase preparing"));
}

TEST_F(Watch, WithoutProgressAndAllEquallyFarTheCaseIsNamedButNoRank) {
  const auto incidents = until({600}, [&] { beat(0), beat(1); });
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, -1);
  EXPECT_EQ(incidents[0].host, "");
  EXPECT_EQ(incidents[0].case_id, "case2");
}

TEST_F(Watch, ARankThatNeverAppearedIsTheOneBehind) {
  sight_.ranks.push_back({});
  const auto incidents = until({600}, [&] { beat(0), beat(1); });
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].rank, 2);
  EXPECT_THAT(incidents[0].what, HasSubstr("since the launch"));
}

TEST_F(Watch, APauseOfTheWatcherItselfIsNotHeldAgainstTheRanks) {
  beat(0), beat(1);
  for (RankSight& rank : sight_.ranks) ++rank.beat->case_index;
  EXPECT_THAT(watch_.look(sight_, {3600}), IsEmpty());
}

const std::vector<std::string> kMpirunSignal = {
    "--------------------------------------------------------------------------",
    "Primary job  terminated normally, but 1 process returned",
    "a non-zero exit code. Per user-direction, the job has been aborted.",
    "--------------------------------------------------------------------------",
    "--------------------------------------------------------------------------",
    "mpirun noticed that process rank 5 with PID 0 on node gpu-17 exited on signal",
    "9 (Killed).",
    "--------------------------------------------------------------------------"};

TEST(RankNamedByLauncher, IsReadFromTheMessagesOfMpirunMpiAbortAndSrun) {
  const auto killed = rank_named_by_launcher(kMpirunSignal);
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->rank, 5);
  EXPECT_EQ(killed->host, "gpu-17");
  EXPECT_EQ(killed->what, "killed by signal 9 (Killed)");

  const auto left = rank_named_by_launcher({"  Process name: [[32564,1],3]", "  Exit code:    7"});
  ASSERT_TRUE(left);
  EXPECT_EQ(left->rank, 3);
  EXPECT_EQ(left->what, "ended with exit code 7");

  const auto aborted =
      rank_named_by_launcher({"MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD", "with errorcode 2."});
  ASSERT_TRUE(aborted);
  EXPECT_EQ(aborted->rank, 2);
  EXPECT_THAT(aborted->what, HasSubstr("MPI_Abort"));

  const auto slurm = rank_named_by_launcher({"srun: error: gpu-17: tasks 4-6: Killed"});
  ASSERT_TRUE(slurm);
  EXPECT_EQ(slurm->rank, 4);
  EXPECT_EQ(slurm->host, "gpu-17");
  EXPECT_EQ(rank_named_by_launcher({"srun: error: n1: task 0: Exited with exit code 3"})->what,
            "srun: Exited with exit code 3");

  EXPECT_FALSE(rank_named_by_launcher({"all is well", "rank 3 says so"}));
}

LaunchEnd end_of(int status, Phase rank0, Phase rank1) {
  return {.status = status, .beats = {beat_of(0, 4, rank0, 9), beat_of(1, 4, rank1, 9)}, .last_lines = {}};
}

TEST(ExplainEnd, AGoodEndWithAllRanksDoneIsNoIncident) {
  EXPECT_FALSE(explain_end(end_of(0, Phase::done, Phase::done)));
}

TEST(ExplainEnd, AGoodStatusWithARankThatIsNotDoneIsOne) {
  const auto incident = explain_end(end_of(0, Phase::done, Phase::measuring));
  ASSERT_TRUE(incident);
  EXPECT_EQ(incident->rank, 1);
  EXPECT_EQ(incident->case_id, "case4");
  EXPECT_TRUE(explain_end({.status = 0, .beats = {std::nullopt}, .last_lines = {}}));
}

TEST(ExplainEnd, TheRankWithoutAMarkBrokeFirst) {
  const auto incident = explain_end(end_of(137, Phase::terminated, Phase::measuring));
  ASSERT_TRUE(incident);
  EXPECT_EQ(incident->rank, 1);
  EXPECT_EQ(incident->host, "node1");
  EXPECT_EQ(incident->case_id, "case4");
  EXPECT_EQ(incident->what, "killed by signal 9 (Killed)");
}

TEST(ExplainEnd, TheCaseIsThatOfTheRankToBlameAndNotOfOneFurtherBehind) {
  LaunchEnd end = end_of(137, Phase::measuring, Phase::terminated);
  end.beats[1]->case_id = "an earlier case";
  end.beats[1]->case_index = 3;
  EXPECT_EQ(explain_end(end)->rank, 0);
  EXPECT_EQ(explain_end(end)->case_id, "case4");
}

TEST(ExplainEnd, TheLauncherDecidesBetweenSeveralWithoutAMark) {
  LaunchEnd end = end_of(137, Phase::measuring, Phase::measuring);
  EXPECT_EQ(explain_end(end)->rank, -1);
  EXPECT_THAT(explain_end(end)->what, HasSubstr("ranks 0, 1"));
  end.last_lines = kMpirunSignal;
  EXPECT_EQ(explain_end(end)->rank, 5);
  EXPECT_EQ(explain_end(end)->host, "gpu-17");
}

TEST(ExplainEnd, TheLastWordsOfARankAreToldAndNotThoseOfTheLauncher) {
  LaunchEnd end = end_of(3, Phase::terminated, Phase::measuring);
  end.last_lines = {"rank 1: the disk is full"};
  end.last_lines.insert(end.last_lines.end(), kMpirunSignal.begin(), kMpirunSignal.end());
  end.last_lines.push_back("[node7:30444] [[6674,0],0] ORTE_ERROR_LOG: Data unpack would read past end of buffer");
  end.last_lines.push_back("srun: error: node7: task 1: Killed");
  EXPECT_THAT(explain_end(end)->what, testing::EndsWith("last words: rank 1: the disk is full"));
}

TEST(ExplainEnd, ADisagreementOfAllRanksBlamesNone) {
  for (const int status : {kExitPlansDiffer, kExitRanksDiffer}) {
    const auto incident = explain_end(end_of(status, Phase::failed, Phase::terminated));
    ASSERT_TRUE(incident);
    EXPECT_EQ(incident->rank, -1);
    EXPECT_THAT(incident->what, HasSubstr("exit code " + std::to_string(status)));
  }
}

}  // namespace
}  // namespace muster
