// SPDX-License-Identifier: Apache-2.0
// Small machines made at random from a seed, and the smallest cuts by trying all of them: the judge of the fast ways.
#pragma once

#include <cstdint>
#include <functional>
#include <random>

#include "topology/flow.hpp"

namespace muster::testing {

struct RandomShape {
  int ranks = 4;
  int switches = 2;
  int links = 12;  ///< beside a circle through all devices, so that everything is reached
  int most_rate = 8;
};

/// Rates are whole GB/s from 1 to `most_rate`, different in the two directions.
inline Topology random_machine(const RandomShape& shape, std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto pick = [&](int from, int to) {
    return static_cast<int>(engine() % static_cast<unsigned>(to - from)) + from;
  };
  Topology topology;
  const int devices = shape.ranks + shape.switches;
  for (int device = 0; device < devices; ++device) {
    const bool is_rank = device < shape.ranks;
    add_device(topology, {.id = (is_rank ? "gpu" : "switch") + std::to_string(device),
                          .kind = is_rank ? DeviceKind::gpu : DeviceKind::nvswitch,
                          .host = "node" + std::to_string(device % 2),
                          .index = device});
  }
  const auto lead = [&](int source, int target) {
    const double rate = 1e9 * pick(1, shape.most_rate + 1);
    topology.links.push_back(
        {.source = source, .target = target, .kind = LinkKind::nvlink, .capacity = stated_rate({rate}, "random")});
  };
  for (int device = 0; device < devices; ++device) lead(device, (device + 1) % devices);
  for (int link = 0; link < shape.links; ++link) {
    const int source = pick(0, devices);
    const int target = pick(0, devices);
    if (source != target) lead(source, target);
  }
  return topology;
}

/// Calls `look` with each set of nodes (one bit each) that has some rank but not all, and the capacity that leaves it.
inline void for_each_cut(const FlowGraph& graph,
                         const std::function<void(std::uint32_t side, WideInt capacity)>& look) {
  std::uint32_t all_ranks = 0;
  for (const int rank : graph.ranks) all_ranks |= 1U << rank;
  for (std::uint32_t side = 1; side < (1U << graph.nodes); ++side) {
    if ((side & all_ranks) == 0 || (side & all_ranks) == all_ranks) continue;
    WideInt capacity = 0;
    for (const Arc& arc : graph.arcs)
      if ((side >> arc.source & 1) != 0 && (side >> arc.target & 1) == 0) capacity += arc.capacity;
    look(side, capacity);
  }
}

inline int ranks_in(const FlowGraph& graph, std::uint32_t side) {
  int count = 0;
  for (const int rank : graph.ranks) count += static_cast<int>(side >> rank & 1);
  return count;
}

}  // namespace muster::testing
