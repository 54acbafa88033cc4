// SPDX-License-Identifier: Apache-2.0
// The ranks of a run as devices of the graph: what limits and predictions of a run on this machine are computed from.
#pragma once

#include <string>
#include <vector>

#include "core/pattern.hpp"
#include "topology/graph.hpp"

namespace muster {

/// `topology` with one process per rank on the host that ran it, spread over the CPU packages of that host in order. A
/// process reaches its package at no cost that a link could tell: host memory has its own limit (memory_limits.hpp).
/// Throws Error naming the first host that the graph does not hold.
Topology placed_ranks(Topology topology, const std::vector<std::string>& host_of_rank);

/// Where a rank's buffers lie: a GPU of a host by its PCI address (or, where the graph has none, its number), or host
/// memory of a NUMA node.
struct RankPlace {
  std::string host;
  Processor processor = Processor::gpu;
  std::string address{};  ///< of the GPU
  int index = 0;          ///< of the GPU among those of the host, or of the node
};

/// Index of the device. Throws Error naming what the graph does not hold.
int device_at(const Topology& topology, const RankPlace& place);

/// The same with each process beside its GPU (several may share one), which it reaches at no cost.
Topology placed_on_devices(Topology topology, const std::vector<RankPlace>& place_of_rank);

}  // namespace muster
