// SPDX-License-Identifier: Apache-2.0
// Switches above switches above hosts, by name only: what schedulers know of a network (Slurm, topograph). Their
// readers fill it; graph_of() checks it and makes the graph, without rates, because these files have none.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "topology/readers/finding_list.hpp"
#include "topology/readers/readers.hpp"

namespace muster {

struct TreeSwitch {
  std::string name;
  int line = 0;
  std::vector<std::string> switches{};  ///< below it
  std::vector<std::string> hosts{};     ///< below it
};

struct SwitchTree {
  std::vector<TreeSwitch> switches{};
  std::unordered_map<std::string, std::string> enclosures{};  ///< of hosts, by name: block or scale-up domain
};

/// Each host becomes one NIC of that host: how many it has the file does not say. Throws Error "origin:line: ..." for a
/// switch above itself; more than one way up is a finding.
Imported graph_of(const SwitchTree& tree, FindingList findings);

}  // namespace muster
