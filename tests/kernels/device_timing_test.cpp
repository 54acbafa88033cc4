// SPDX-License-Identifier: Apache-2.0
// What work on a GPU decides without one: repeats per graph, and the elements that threads of the tiled product bring.
#include "kernels/device_timing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "kernels/cuda/tiled_maps.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {
namespace {

TEST(GraphRepeats, Last_50_microseconds_together_and_never_more_than_64) {
  EXPECT_EQ(graph_repeats(Seconds{1e-3}), 1);
  EXPECT_EQ(graph_repeats(Seconds{50e-6}), 1);
  EXPECT_EQ(graph_repeats(Seconds{20e-6}), 3);
  EXPECT_EQ(graph_repeats(Seconds{1.1e-6}), 46);
  EXPECT_EQ(graph_repeats(Seconds{1e-9}), 64);
  EXPECT_EQ(graph_repeats(Seconds{0}), 64) << "an event's clock may stand still";
}

TEST(Stretches, Hold_every_run_once_in_at_most_so_many_parts_of_nearly_one_length) {
  for (const int count : {1, 2, 7, 1023, 1024, 1025, 5000, 2'000'000'000}) {
    const std::vector<int> stretches = stretches_of(count, 1024);
    EXPECT_EQ(stretches.size(), static_cast<std::size_t>(std::min(count, 1024)));
    EXPECT_EQ(std::accumulate(stretches.begin(), stretches.end(), std::int64_t{0}), count);
    const auto [shortest, longest] = std::ranges::minmax(stretches);
    EXPECT_GE(shortest, 1);
    EXPECT_LE(longest, shortest + 1);
  }
  EXPECT_TRUE(stretches_of(0, 1024).empty());
}

class TiledMaps : public testing::TestWithParam<tiled::Neighbours> {};

TEST_P(TiledMaps, Bring_every_element_of_a_tile_once) {
  std::set<std::pair<int, int>> seen;
  for (int thread = 0; thread < tiled::kThreads; ++thread) {
    for (int i = 0; i < tiled::kLoads; ++i) {
      const tiled::TileElement at = tiled::element_of(thread, i, GetParam());
      EXPECT_TRUE(at.outer >= 0 && at.outer < tiled::kTile && at.depth >= 0 && at.depth < tiled::kDepth);
      EXPECT_TRUE(seen.emplace(at.outer, at.depth).second) << thread << " " << i;
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(tiled::kTile * tiled::kDepth));
}

TEST_P(TiledMaps, Give_neighbouring_threads_neighbouring_elements) {
  const tiled::TileElement first = tiled::element_of(0, 0, GetParam()), second = tiled::element_of(1, 0, GetParam());
  const bool is_along_k = GetParam() == tiled::Neighbours::along_k;
  EXPECT_EQ(second.depth - first.depth, is_along_k ? 1 : 0);
  EXPECT_EQ(second.outer - first.outer, is_along_k ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Both, TiledMaps, testing::Values(tiled::Neighbours::along_k, tiled::Neighbours::along_c));

}  // namespace
}  // namespace muster
