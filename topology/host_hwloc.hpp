// SPDX-License-Identifier: Apache-2.0
// The machine below us, or a copy of another one's /sys and /proc, through libhwloc. What hwloc finds is written out in
// its own XML and read as any lstopo file is, so that a machine looks the same live and as a file.
#pragma once

#include <hwloc.h>

#include <string>
#include <vector>

#include "topology/host_interfaces.hpp"
#include "topology/readers/readers.hpp"

namespace muster {

/// One host with its packages, PCIe tree, GPUs and NICs; the given interfaces lend NICs their line rates. Every
/// capacity that is not stated as a line rate is unknown: PCI speeds in particular are those of the moment.
Topology topology_of_host(hwloc_topology_t source, const std::string& host, const std::vector<NetworkInterface>& nics);

/// `folder` holds copies of /sys and /proc of a machine (what hwloc-gather-topology packs). Throws Error when it does
/// not. Not for use while other threads read or change the environment, through which hwloc is told of the folder.
Imported read_host_folder(const std::string& folder);

}  // namespace muster
