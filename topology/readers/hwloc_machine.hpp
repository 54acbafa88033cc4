// SPDX-License-Identifier: Apache-2.0
// From the tree of hwloc's XML, of any version, to one host of our graph: for files, and for the live machine, which
// hwloc writes out in the same form (host_hwloc.cpp). hwloc itself reads no text that came from outside.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "topology/host_interfaces.hpp"
#include "topology/readers/finding_list.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

struct HwlocRequest {
  std::string origin;                          ///< of the XML: start of provenance and of errors
  std::string host{};                          ///< empty: the name that the XML states, else "host0"
  std::string gpu_model{};                     ///< of GPUs that the XML does not name; empty = not known
  std::vector<NetworkInterface> interfaces{};  ///< what the kernel says beside it
};

/// One host with its packages, PCIe tree, GPUs, NICs and links between GPUs. PCIe speeds are those of the moment, which
/// an idle GPU lowers: they are usable rates, never line rates. Throws Error for what is no machine.
Topology hwloc_machine(const XmlElement& root, const HwlocRequest& request, FindingList& findings);

/// Cores, memory and caches.
Host hwloc_host(const XmlElement& machine, std::string name);

/// Adds the matrices of bandwidths between GPUs. `devices`: hwloc's number of an object (gp_index) -> device.
void add_hwloc_links(Topology& topology, const XmlElement& root, const std::map<std::int64_t, int>& devices,
                     FindingList& findings);

}  // namespace muster
