// SPDX-License-Identifier: Apache-2.0
#include "cli/topology/paths_on.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "collectives/generators.hpp"
#include "collectives/planner/packed_candidate.hpp"
#include "core/names.hpp"
#include "topology/packed_trees.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr std::size_t kMostDrawn = 2;
constexpr std::size_t kMostRanks = 1024;  // what a picture leaves out anyway
constexpr std::array<std::string_view, 3> kNames = {"rings", "trees", "none"};

std::string name_of_path(const char* what, std::size_t number, std::size_t all) {
  return std::string(what) + " " + std::to_string(number + 1) + " of " + std::to_string(all);
}

std::vector<PicturePath> rings_on(const Topology& topology, const std::vector<int>& ranks) {
  const std::vector<Ring> rings = rings_of(topology);
  std::vector<PicturePath> paths;
  for (std::size_t ring = 0; ring < std::min(rings.size(), kMostDrawn); ++ring) {
    PicturePath path{name_of_path("ring", ring, rings.size()), {}};
    const std::vector<int>& order = rings[ring].ranks;
    for (std::size_t i = 0; i < order.size(); ++i) {
      path.hops.emplace_back(ranks[at(order[i])], ranks[at(order[(i + 1) % order.size()])]);
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<PicturePath> packed_trees_on(const Topology& topology, const std::vector<int>& ranks) {
  const TreePacking packing = pack_trees(flow_graph(topology, {}), 1);
  std::vector<PicturePath> paths;
  for (std::size_t tree = 0; tree < std::min(packing.trees.size(), kMostDrawn); ++tree) {
    PicturePath path{name_of_path("tree", tree, packing.trees.size()), {}};
    for (const TreeHop& hop : packing.trees[tree].hops) {
      path.hops.emplace_back(ranks[at(hop.source)], ranks[at(hop.target)]);
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<PicturePath> binary_trees_on(const std::vector<int>& ranks) {
  const Schedule schedule = make_schedule(
      {.collective = Collective::broadcast, .algorithm = Algorithm::tree, .ranks = static_cast<int>(ranks.size())});
  std::vector<PicturePath> paths;
  for (std::size_t tree = 0; tree < std::min(schedule.channels.size(), kMostDrawn); ++tree) {
    PicturePath path{name_of_path("binary tree", tree, schedule.channels.size()), {}};
    for (const Round& round : schedule.channels[tree].rounds) {
      for (const Transfer& transfer : round.transfers) {
        path.hops.emplace_back(ranks[at(transfer.source)], ranks[at(transfer.target)]);
      }
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace

Paths parse_paths(std::string_view name) { return static_cast<Paths>(index_of_name("paths", kNames, name)); }

std::vector<PicturePath> paths_on(const Topology& topology, Paths kind) {
  const std::vector<int> ranks = rank_devices(topology);
  if (kind == Paths::none || ranks.size() < 3 || ranks.size() > kMostRanks) return {};
  if (kind == Paths::rings) return rings_on(topology, ranks);
  return std::cmp_less_equal(ranks.size(), kMostPackedCandidateRanks) ? packed_trees_on(topology, ranks)
                                                                      : binary_trees_on(ranks);
}

}  // namespace muster
