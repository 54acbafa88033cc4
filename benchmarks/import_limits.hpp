// SPDX-License-Identifier: Apache-2.0
// Limits of collectives that another tool measured, on the machine that the user says it was (`muster import
// --topology`). Logs tell which hosts took part, seldom which GPUs: the least demanding placement counts, so that the
// limit holds for any. Part of expectations_of().
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "benchmarks/fabric_limits.hpp"
#include "core/unsupported.hpp"
#include "reports/case.hpp"
#include "reports/expectation.hpp"
#include "topology/graph.hpp"

namespace muster {

/// Who took part, as far as limits tell it apart. Without names any hosts of the machine may have been meant.
struct Occupancy {
  std::vector<std::string> hosts;  ///< by name in the graph; empty = any `host_count` of them
  int host_count = 1;
  int ranks_per_host = 1;
  auto operator<=>(const Occupancy&) const = default;
};

class ImportLimits {
 public:
  /// `topology` must live longer.
  ImportLimits(const Topology& topology, const Plan& plan);

  Expectation of(const Case& item);

 private:
  struct HostGpus {
    std::string name;
    std::vector<int> gpus{};  ///< numbers within the host, as device_at() wants them
    std::string kind{};       ///< equal for hosts that are alike
  };

  std::variant<Occupancy, Unsupported> occupancy_of(const Case& item) const;
  /// One for each placement that may have been meant.
  std::vector<FabricLimits> placements_of(const Occupancy& occupancy) const;
  Topology part_with(const std::vector<std::string>& hosts, const Occupancy& occupancy) const;
  bool is_everything(const Occupancy& occupancy) const;

  const Topology& topology_;
  int plan_ranks_;
  std::vector<HostGpus> hosts_;  ///< those with GPUs, in the order of the graph
  bool are_alike_ = true;
  std::map<Occupancy, std::vector<FabricLimits>> limits_;
};

}  // namespace muster
