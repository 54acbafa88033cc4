// SPDX-License-Identifier: Apache-2.0
// What the links between hosts allow the ranks of a run: the limits of the graph, asked once per collective.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/placement.hpp"
#include "core/collective.hpp"
#include "core/units.hpp"
#include "reports/expectation.hpp"
#include "topology/graph.hpp"
#include "topology/limits/limits.hpp"

namespace muster {

class FabricLimits {
 public:
  /// `host_of_rank` as the run's header tells. On one host no link binds: memory does, and memory_limits.hpp knows it.
  FabricLimits(const Topology& topology, const std::vector<std::string>& host_of_rank);
  /// Ranks beside GPUs: links bind them on one host, too.
  FabricLimits(const Topology& topology, const std::vector<RankPlace>& place_of_rank);

  /// False for ranks in the memory of one host.
  bool bounds() const { return bounds_; }
  /// Why of() gives nothing.
  const std::string& unknown() const { return unknown_; }

  /// nullopt where no link is known to bind.
  std::optional<Bound> of(Collective collective, Bytes size);

 private:
  template <typename Place>
  void place(Place placed);

  std::optional<Topology> placed_;
  bool bounds_ = false;
  std::string unknown_ = "no rate of the links between them is known; describe them with --topology";
  std::map<Collective, std::vector<CollectiveLimit>> limits_;
};

}  // namespace muster
