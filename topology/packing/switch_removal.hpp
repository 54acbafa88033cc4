// SPDX-License-Identifier: Apache-2.0
// Second step of a packing: replaces switches, NICs and all else that is no rank by links between ranks, so that every
// rank is still served. Each new link remembers the ways through the machine that it stands for. Private to packing/.
#pragma once

#include <cstdint>
#include <vector>

#include "topology/packing/part_graph.hpp"

namespace muster {

/// So many parts may go along these arcs of the graph, in order.
struct Way {
  std::int64_t parts = 0;
  std::vector<int> arcs;
};

/// Between two ranks, over everything that lies between.
struct RankLink {
  int source = 0;  ///< rank
  int target = 0;  ///< rank
  std::int64_t capacity = 0;
  std::vector<Way> ways;  ///< shortest first; their parts sum up to the capacity
};

/// The graph must be balanced and its capacities must serve its parts.
std::vector<RankLink> without_switches(const PartGraph& graph);

}  // namespace muster
