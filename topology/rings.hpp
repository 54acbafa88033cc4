// SPDX-License-Identifier: Apache-2.0
// Rings of ranks that fit a machine: as many beside each other as its links carry, and an order of ranks in which
// neighbours are near. Planners and launchers read it.
#pragma once

#include <vector>

#include "topology/graph.hpp"

namespace muster {

/// An order of all ranks; the last one sends to the first.
struct Ring {
  std::vector<int> ranks;
  BytesPerSecond bandwidth{};  ///< of its slowest hop while all rings run; 0 = not known, or more than 1,024 ranks
};

/// More rings than channels of a collective are of no use.
inline constexpr int kMostRingsOfMachine = 16;

/// At least one where there are ranks. Inside a host of at most 16 ranks: edge-disjoint rings over any links, found by
/// a bounded search that also tries slower rings to have more of them. Over several hosts that are built alike: one
/// ring for each rank of a host, which leaves and enters hosts there, so that each rail carries one.
std::vector<Ring> rings_of(const Topology& topology);

/// All ranks, near ones side by side: same PCIe switch, then CPU, host, leaf switch, spine (host_order.hpp).
std::vector<int> rank_order(const Topology& topology);

}  // namespace muster
