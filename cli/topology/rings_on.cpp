// SPDX-License-Identifier: Apache-2.0
#include "cli/topology/rings_on.hpp"

#include <algorithm>

#include "collectives/planner/ring_orders.hpp"

namespace muster {
namespace {

constexpr std::size_t kMostRingsDrawn = 2;
constexpr std::size_t kMostRanksInARing = 1024;  // what the picture leaves out anyway

}  // namespace

std::vector<PicturePath> rings_on(const Topology& topology) {
  const std::vector<int> ranks = rank_devices(topology);
  if (ranks.size() < 3 || ranks.size() > kMostRanksInARing) return {};
  const std::vector<std::vector<int>> orders = ring_orders(topology, shape_of(topology));
  std::vector<PicturePath> paths;
  for (std::size_t ring = 0; ring < std::min(orders.size(), kMostRingsDrawn); ++ring) {
    PicturePath path{"ring " + std::to_string(ring + 1) + " of " + std::to_string(orders.size()), {}};
    for (std::size_t i = 0; i < orders[ring].size(); ++i) {
      const int next = orders[ring][(i + 1) % orders[ring].size()];
      path.hops.emplace_back(ranks[static_cast<std::size_t>(orders[ring][i])], ranks[static_cast<std::size_t>(next)]);
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace muster
