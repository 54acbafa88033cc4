// SPDX-License-Identifier: Apache-2.0
// How the ranks of a machine stand in levels: GPUs of a scale-up domain, domains under the same leaf switches, the
// whole. Hierarchical plans take their axes from it.
#pragma once

#include <vector>

#include "collectives/symbolic.hpp"
#include "topology/graph.hpp"

namespace muster {

struct RankShape {
  /// Innermost first, product = ranks: "gpu" x "node" x "pod", without levels of one. A machine whose levels are
  /// uneven, or not in the order of ranks, has the one axis "rank".
  std::vector<Axis> axes;
  std::vector<int> group;  ///< [rank]: scale-up domain, or host where there are no scale-up links
  int groups = 1;
};

RankShape shape_of(const Topology& topology);

}  // namespace muster
