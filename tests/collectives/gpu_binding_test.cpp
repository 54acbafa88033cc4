// SPDX-License-Identifier: Apache-2.0
// Who shares which GPU, and what a user is told about it; nothing here needs a GPU.
#include "collectives/gpu_binding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using testing::ElementsAre;

TEST(GpuSeats, AreSharedByTheRanksOfOneGpuOnOneHost) {
  const std::vector<GpuSeat> seats = {{"a", "GPU-0", "0000:18:00.0", 2},
                                      {"a", "GPU-1", "0000:2a:00.0", 2},
                                      {"a", "GPU-0", "0000:18:00.0", 2},
                                      {"b", "GPU-2", "0000:18:00.0", 1}};
  EXPECT_THAT(ranks_sharing(seats, 0), ElementsAre(0, 2));
  EXPECT_THAT(ranks_sharing(seats, 1), ElementsAre(1));
  EXPECT_THAT(ranks_sharing(seats, 3), ElementsAre(3));  // the same slot of another host
}

TEST(SharedGpuComplaint, NamesTheFirstTwoRanksAndHowManyTheHostCanTake) {
  const std::vector<GpuSeat> seats = {
      {"a", "GPU-0", "0000:18:00.0", 2}, {"a", "GPU-1", "0000:2a:00.0", 2}, {"a", "GPU-0", "0000:18:00.0", 2}};
  EXPECT_EQ(shared_gpu_complaint(seats),
            "ranks 0 and 2 share GPU-0 on a and NCCL needs one GPU per rank: start at most 2 ranks on a");
}

TEST(SharedGpuComplaint, IsSilentWhereEachRankHasItsOwn) {
  const std::vector<GpuSeat> seats = {{"a", "GPU-0", "0000:18:00.0", 1}, {"b", "GPU-1", "0000:18:00.0", 1}};
  EXPECT_EQ(shared_gpu_complaint(seats), std::nullopt);
}

TEST(SharedGpuComplaint, CountsMigPartsOfOneGpuAsOneGpu) {
  const std::vector<GpuSeat> seats = {{"a", "MIG-0", "0000:18:00.0", 2}, {"a", "MIG-1", "0000:18:00.0", 2}};
  EXPECT_EQ(shared_gpu_complaint(seats),
            "ranks 0 and 1 use MIG parts of the GPU at 0000:18:00.0 on a and NCCL needs one GPU per rank: start at "
            "most 1 rank on a");
}

TEST(GpuBinding, GivesEveryRankTheSameAnswer) {
  constexpr int kRanks = 3;
  std::vector<std::string> answers(kRanks);
  run_on_threads(kRanks, [&](Team& team) {
    const auto bound = bind_gpu(team);
    const auto* missing = std::get_if<Unsupported>(&bound);
    answers[static_cast<std::size_t>(team.rank())] = missing != nullptr ? missing->reason : "bound";
  });
  EXPECT_FALSE(answers.front().empty());
  EXPECT_EQ(answers[1], answers[0]);
  EXPECT_EQ(answers[2], answers[0]);
}

}  // namespace
}  // namespace muster
