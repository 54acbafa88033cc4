// SPDX-License-Identifier: Apache-2.0
// What the steps of the NCCL topology reader hand to each other: first the devices along the PCIe trees, then the links
// between GPUs, which name their ends by address.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "topology/readers/finding_list.hpp"
#include "topology/readers/readers.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

struct NcclGpu {
  const XmlElement* element = nullptr;  ///< <gpu>
  int device = 0;
  int cpu = -1;  ///< device of its NUMA node; -1 = none known
  std::string host{};
  int partitions = 1;  ///< of one card: they share its links, though each lists all of them
};

struct NcclDump {
  explicit NcclDump(const ReadRequest& request) : gpu_model(request.gpu_model), findings(request.origin) {}

  std::string gpu_model;  ///< that the user states; empty = none
  Topology topology{};
  FindingList findings;
  std::vector<NcclGpu> gpus{};
  std::map<std::pair<std::string, std::string>, int> by_address{};  ///< (host, bus id) -> device
  /// (switch, element <pcilink>): a switch that is joined to another one directly.
  std::vector<std::pair<int, const XmlElement*>> switch_links{};
};

/// Of the slot of a <pci> towards the CPU, with findings about what it says; `device` is an id for them.
Capacity nccl_slot_rate(const XmlElement& pci, const std::string& device, FindingList& findings);
/// Of the cable of a <net>, likewise.
Capacity nccl_port_rate(const XmlElement& net, const std::string& device, FindingList& findings);

/// NUMA nodes, PCIe switches, GPUs, NICs and the links of slots, sockets and ports.
void add_nccl_devices(NcclDump& machine, const XmlElement& system);
/// NVLink, xGMI, C2C, and links between PCIe switches.
void add_nccl_links(NcclDump& machine);

}  // namespace muster
