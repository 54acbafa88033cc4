// SPDX-License-Identifier: Apache-2.0
// Machines made for tests: hosts of GPUs behind one NVSwitch, a NIC for each GPU, one leaf switch per rail.
#pragma once

#include <string>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

struct RailMachine {
  int hosts = 1;
  int gpus = 8;             ///< of a host
  double scale_up = 450e9;  ///< bytes/s of a GPU, one direction
  double nic = 50e9;        ///< bytes/s of a NIC, one direction
  double pcie = 64e9;       ///< bytes/s between GPU and NIC, one direction
  int hosts_of_leaf = 1 << 30;
  bool pxn = true;  ///< a GPU may send through another GPU's NIC
};

inline Link test_link(LinkKind kind, double rate) { return {.kind = kind, .capacity = stated_rate({rate}, "test")}; }

/// Leaves of one rail hang on one spine, at full rate, where there are several.
inline Topology make_rail_machine(const RailMachine& machine) {
  Topology topology;
  std::vector<int> leaves;
  std::vector<int> spines;
  for (int host = 0; host < machine.hosts; ++host) {
    const std::string name = "node" + std::to_string(host);
    const bool opens_leaf = host % machine.hosts_of_leaf == 0;
    for (int rail = 0; rail < machine.gpus && opens_leaf && machine.hosts > 1; ++rail) {
      const std::string id = std::to_string(leaves.size());
      leaves.push_back(
          add_device(topology, {.id = "leaf" + id, .kind = DeviceKind::network_switch, .rail = rail, .tier = 0}));
      if (machine.hosts <= machine.hosts_of_leaf) continue;
      if (host == 0) {
        spines.push_back(
            add_device(topology, {.id = "spine" + id, .kind = DeviceKind::network_switch, .rail = rail, .tier = 1}));
      }
      join(topology, leaves.back(), spines[static_cast<std::size_t>(rail)],
           test_link(LinkKind::infiniband, machine.nic * machine.hosts_of_leaf));
    }
    const int chip = add_device(topology, {.id = name + "/nvswitch0", .kind = DeviceKind::nvswitch, .host = name});
    for (int i = 0; i < machine.gpus; ++i) {
      const std::string number = std::to_string(i);
      const int gpu = add_device(topology, {.id = name + "/gpu" + number,
                                            .kind = DeviceKind::gpu,
                                            .host = name,
                                            .index = i,
                                            .can = {.pxn = machine.pxn}});
      Link links = test_link(LinkKind::nvlink, machine.scale_up);
      links.count = 18;
      join(topology, gpu, chip, links);
      if (machine.hosts == 1) continue;
      const int nic = add_device(
          topology, {.id = name + "/nic" + number, .kind = DeviceKind::nic, .host = name, .index = i, .rail = i});
      join(topology, gpu, nic, test_link(LinkKind::pcie, machine.pcie));
      const std::size_t leaf = leaves.size() - static_cast<std::size_t>(machine.gpus - i);
      join(topology, nic, leaves[leaf], test_link(LinkKind::infiniband, machine.nic));
    }
  }
  return topology;
}

/// GPUs of one host in a ring of NVLinks, `each_way` bytes/s.
inline Topology make_ring_machine(int gpus, double each_way) {
  Topology topology;
  for (int i = 0; i < gpus; ++i) {
    add_device(topology, {.id = "node0/gpu" + std::to_string(i), .kind = DeviceKind::gpu, .host = "node0", .index = i});
  }
  for (int i = 0; i < gpus; ++i) join(topology, i, (i + 1) % gpus, test_link(LinkKind::nvlink, each_way));
  return topology;
}

}  // namespace muster
