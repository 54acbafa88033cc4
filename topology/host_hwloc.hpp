// SPDX-License-Identifier: Apache-2.0
// From a loaded hwloc topology to ours: one function for the live machine and for hwloc's descriptions of others.
#pragma once

#include <hwloc.h>

#include <string>
#include <vector>

#include "topology/graph.hpp"
#include "topology/host_interfaces.hpp"

namespace muster {

/// One host with its packages, GPUs and the given interfaces. Every capacity that hwloc does not state as a line rate
/// is unknown: PCI speeds in particular are those of the moment, and an idle GPU lowers its own.
Topology topology_of_host(hwloc_topology_t source, const std::string& host, const std::vector<NetworkInterface>& nics);

}  // namespace muster
