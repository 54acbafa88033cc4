// SPDX-License-Identifier: Apache-2.0
// Where the devices of a written-out template lie, which is all that its symmetries need to know: nodes first, then
// layers of devices that belong to runs of consecutive nodes.
#pragma once

#include <vector>

#include "topology/templates/description.hpp"

namespace muster {

/// Devices that each run of so many nodes has: rack switches, leaves of a pod, spines of a group, routers.
struct Layer {
  int first_device = 0;
  int per_unit = 0;
  int unit_nodes = 1;
  int per_rail = 0;  ///< devices that a rail has in each unit, side by side; 0 = they do not follow the rails
};

/// How two units of one level within a unit of the next may change places without anybody noticing.
enum class Exchange { none, shift, any };

/// Runs of nodes that lie within each other, smallest first.
struct Level {
  int unit_nodes = 1;
  Exchange exchange = Exchange::any;
};

struct FabricLayout {
  int nodes = 0;
  int node_devices = 0;
  std::vector<Layer> layers{};
  std::vector<int> port_rails{};  ///< [port of a node]: the leaf of the pod, or 0, that it is plugged into
  std::vector<Level> levels{};    ///< the last is the whole machine
  std::vector<int> grid{};        ///< dimensions of a torus, else empty
};

/// Adds the switches of the fabric and all its cables to a topology that has its nodes. `where` starts errors.
void add_fabric(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const std::string& where);

/// Automorphisms of what was written out.
std::vector<std::vector<int>> symmetries_of(const FabricLayout& layout, const MachineTemplate& machine);

/// Refuses what would not fit into memory before it is made.
void check_size(std::int64_t devices, std::int64_t links, const std::string& where);

}  // namespace muster
