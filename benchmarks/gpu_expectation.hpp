// SPDX-License-Identifier: Apache-2.0
// Limits of cases on GPUs, from what the GPUs say of themselves (run header) and from the links of the graph: the
// roofline of kernels, the rate of memory, cuts between ranks. Formulas: docs/metrics.md. Part of expectations_of().
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/fabric_limits.hpp"
#include "collectives/problem.hpp"
#include "reports/case.hpp"
#include "reports/expectation.hpp"
#include "reports/record.hpp"
#include "topology/graph.hpp"
#include "topology/routes.hpp"

namespace muster {

/// Least seconds of one product on this GPU: max(flops / peak at the highest clock, bytes that cannot be in its cache /
/// memory rate). Cold: A and B are read from memory, and of C what the cache cannot hold is written there. Hot: only
/// what exceeds the cache crosses. Empty where neither peak nor rate is known.
std::optional<Bound> matmul_limit(const Case& item, const Gpu& gpu);

/// Least seconds to read and write so many bytes of this GPU's memory when its cache may hold a cacheful of them.
std::optional<Bound> memory_limit(Bytes moved, const Gpu& gpu);

class GpuLimits {
 public:
  /// By rank; without GPUs nothing is known.
  GpuLimits(const Topology& topology, std::vector<std::string> hosts, std::vector<Gpu> gpus);

  /// Of a case that runs on GPUs. `problem` is null unless it is a collective.
  Expectation of(const Case& item, const Problem* problem);

 private:
  Expectation of_kernel(const Case& item) const;
  Expectation of_link(const Case& item) const;
  Expectation of_collective(const Case& item, const Problem& problem);
  struct LinkGraph {
    Topology topology;
    RankPair ends;
  };
  LinkGraph graph_of(const std::array<RankPlace, 2>& ends) const;
  RankPlace place_of(const LinkEnd& end) const;
  std::optional<Bound> shared_memory_limit(const Case& item, const Problem& problem) const;

  const Topology& topology_;
  std::vector<std::string> hosts_;  ///< [rank]
  std::vector<Gpu> gpus_;           ///< [rank]; empty where the run names none
  std::optional<FabricLimits> fabric_;
};

}  // namespace muster
