// SPDX-License-Identifier: Apache-2.0
// Ranks take whole cores before they share one.
#include "topology/processors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace muster {
namespace {

class Processors : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void add(int processor, const std::string& siblings) {
    const std::filesystem::path of_one = folder_ / ("cpu" + std::to_string(processor)) / "topology";
    std::filesystem::create_directories(of_one);
    std::ofstream(of_one / "thread_siblings_list") << siblings << "\n";
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("muster_processors_" + std::to_string(getpid()));
};

TEST_F(Processors, NeighbouringSiblingsAreTakenApart) {
  for (int core = 0; core < 3; ++core) {
    const std::string siblings = std::to_string(2 * core) + "-" + std::to_string(2 * core + 1);
    add(2 * core, siblings);
    add(2 * core + 1, siblings);
  }
  EXPECT_EQ(cores_first({0, 1, 2, 3, 4, 5}, folder_), (std::vector<int>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(cores_first({1, 2, 3}, folder_), (std::vector<int>{1, 2, 3})) << "only allowed processors count";
}

TEST_F(Processors, WithoutKnowledgeTheOrderStays) {
  EXPECT_EQ(cores_first({3, 5, 7}, folder_), (std::vector<int>{3, 5, 7}));
}

}  // namespace
}  // namespace muster
