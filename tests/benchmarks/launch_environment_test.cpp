// SPDX-License-Identifier: Apache-2.0
// Which launcher, from where, and with which words.
#include "benchmarks/launch_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "benchmarks/launch_command.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Path : public testing::Test {
 protected:
  Path() { std::filesystem::create_directories(folder_); }
  ~Path() override { std::filesystem::remove_all(folder_); }

  void add(const std::string& program) {
    std::ofstream(folder_ + "/" + program) << "#!/bin/sh\n";
    ::chmod((folder_ + "/" + program).c_str(), 0755);
  }

  std::string folder_ = testing::TempDir() + "path_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(Path, SrunIsChosenInsideAnAllocationOnly) {
  add("srun");
  add("mpirun");
  const Environment outside = {{"PATH", "/absent:" + folder_}};
  Environment inside = outside;
  inside["SLURM_JOB_ID"] = "17";
  EXPECT_EQ(choose_launcher(inside, MpiSupport::built).kind, LauncherKind::srun);
  EXPECT_EQ(choose_launcher(outside, MpiSupport::built).kind, LauncherKind::mpirun);
}

TEST_F(Path, WithoutALauncherOrWithoutMpiThreadsAreChosen) {
  EXPECT_EQ(choose_launcher({{"PATH", folder_}}, MpiSupport::built).kind, LauncherKind::threads);
  EXPECT_EQ(choose_launcher({}, MpiSupport::built).kind, LauncherKind::threads);
  add("mpirun");
  EXPECT_EQ(choose_launcher({{"PATH", folder_}}, MpiSupport::built).kind, LauncherKind::mpirun);
  EXPECT_EQ(choose_launcher({{"PATH", folder_}}, MpiSupport::absent).kind, LauncherKind::threads);
}

TEST(LauncherRanks, AreReadFromOpenMpiPmiAndSlurmSteps) {
  const Environment open_mpi = {{"OMPI_COMM_WORLD_SIZE", "8"},
                                {"OMPI_COMM_WORLD_RANK", "3"},
                                {"SLURM_STEP_NUM_TASKS", "2"},
                                {"SLURM_PROCID", "1"}};
  ASSERT_TRUE(launcher_rank_count(open_mpi));
  EXPECT_EQ(launcher_rank_count(open_mpi)->ranks, 8);
  EXPECT_EQ(launcher_rank_count(open_mpi)->variable, "OMPI_COMM_WORLD_SIZE");
  EXPECT_EQ(launcher_rank(open_mpi), 3);
  EXPECT_EQ(launcher_rank_count({{"PMI_SIZE", "4"}, {"PMI_RANK", "0"}})->ranks, 4);
  EXPECT_EQ(launcher_rank({{"SLURM_STEP_NUM_TASKS", "16"}, {"SLURM_PROCID", "15"}}), 15);
}

TEST(LauncherRanks, ABatchScriptAndNonsenseAreNoLaunch) {
  for (const Environment& environment : {Environment{},
                                         {{"SLURM_NTASKS", "16"}, {"SLURM_PROCID", "0"}},
                                         {{"PMI_SIZE", "many"}, {"PMI_RANK", "0"}},
                                         {{"PMI_SIZE", "2"}, {"PMI_RANK", "2"}},
                                         {{"PMI_SIZE", "2"}, {"PMI_RANK", "-1"}}}) {
    EXPECT_FALSE(launcher_rank_count(environment));
    EXPECT_FALSE(launcher_rank(environment));
  }
}

TEST(ReasonNotToLaunch, IsGivenToARankAndNotToAShellInAnAllocation) {
  EXPECT_THAT(reason_not_to_launch({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}),
              HasSubstr("rank of mpirun"));
  EXPECT_THAT(reason_not_to_launch({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "2"}}),
              HasSubstr("one of 4 ranks"));
  EXPECT_EQ(reason_not_to_launch({{"SLURM_STEP_NUM_TASKS", "1"}, {"SLURM_PROCID", "0"}}), "");
  EXPECT_EQ(reason_not_to_launch({}), "");
}

TEST(LaunchCommand, MpirunBindsRanksToCoresWhenTheyFit) {
  const LaunchCommand command = launch_command(
      {.launcher = LauncherKind::mpirun, .ranks = 2, .hostfile = "", .program = "muster", .arguments = {"run"}},
      {.physical_cores = 2, .user = 1000});
  EXPECT_THAT(command.words, ElementsAre("mpirun", "-n", "2", "--bind-to", "core", "muster", "run"));
  EXPECT_THAT(command.notices, ElementsAre());
}

TEST(LaunchCommand, MoreRanksThanCoresAreAllowedAndSaid) {
  const LaunchCommand command = launch_command(
      {.launcher = LauncherKind::mpirun, .ranks = 3, .hostfile = "", .program = "muster", .arguments = {}},
      {.physical_cores = 2, .user = 0});
  EXPECT_THAT(command.words, ElementsAre("mpirun", "-n", "3", "--allow-run-as-root", "--oversubscribe", "--bind-to",
                                         "none", "muster"));
  EXPECT_THAT(command.notices, ElementsAre(HasSubstr("ranks (3) than physical cores (2)")));
}

TEST(LaunchCommand, WithAHostfileTheHostsCountTheirCoresThemselves) {
  const LaunchCommand command = launch_command(
      {.launcher = LauncherKind::mpirun, .ranks = 64, .hostfile = "hosts", .program = "muster", .arguments = {}},
      {.physical_cores = 2, .user = 1000});
  EXPECT_THAT(command.words, ElementsAre("mpirun", "-n", "64", "--hostfile", "hosts", "--bind-to", "core", "muster"));
  EXPECT_THAT(command.notices, ElementsAre());
}

TEST(LaunchCommand, SrunEndsTheStepWhenOneRankEndsBadly) {
  const LaunchCommand command = launch_command(
      {.launcher = LauncherKind::srun, .ranks = 16, .hostfile = "", .program = "muster", .arguments = {}}, {});
  EXPECT_THAT(command.words,
              ElementsAre("srun", "--ntasks", "16", "--kill-on-bad-exit=1", "--cpu-bind=cores", "muster"));
}

TEST(LaunchCommand, ThreadsAreOnePlainProcess) {
  const LaunchCommand command = launch_command(
      {.launcher = LauncherKind::threads, .ranks = 4, .hostfile = "", .program = "muster", .arguments = {"run"}},
      {.physical_cores = 2});
  EXPECT_THAT(command.words, ElementsAre("muster", "run"));
  EXPECT_THAT(command.notices, ElementsAre(HasSubstr("ranks (4)")));
}

TEST(LaunchCommand, AHostfileNeedsMpirun) {
  for (const LauncherKind kind : {LauncherKind::srun, LauncherKind::threads}) {
    EXPECT_THROW(launch_command({.launcher = kind, .ranks = 2, .hostfile = "f", .program = "p", .arguments = {}}, {}),
                 Error);
  }
}

TEST(LaunchCommand, ItsTextCouldBePastedIntoAShell) {
  EXPECT_EQ(to_text(LaunchCommand{.words = {"muster", "run", "--out", "my folder/it's", ""}, .notices = {}}),
            R"(muster run --out 'my folder/it'\''s' '')");
}

}  // namespace
}  // namespace muster
