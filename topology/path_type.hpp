// SPDX-License-Identifier: Apache-2.0
// How near two devices are, in NCCL's words: what a chain of links passes on its way. Routes carry it, people read it.
#pragma once

#include <span>
#include <string_view>

#include "topology/graph.hpp"

namespace muster {

/// Best first; the order of NCCL (src/graph/topo.h, 2.30).
enum class PathType {
  loc,  ///< the device itself
  nvl,  ///< scale-up links only (NVLink, xGMI), over switches but no other GPU
  nvb,  ///< scale-up links only, passed on by a GPU
  c2c,  ///< the coherent link between a GPU and its CPU
  pix,  ///< at most one PCIe switch
  pxb,  ///< several PCIe switches, no CPU
  p2c,  ///< the coherent link, then PCIe
  pxn,  ///< scale-up link to another GPU, then PCIe to its NIC
  phb,  ///< PCIe through one CPU
  sys,  ///< through several CPUs or NUMA nodes
  net,  ///< over the network
  dis,  ///< no way
};

std::string_view name_of(PathType type);

/// NVLink or xGMI: what scale-up domains are made of.
bool joins_gpus(LinkKind kind);

/// Of the chain of links that starts at a device; empty = loc.
PathType type_of(const Topology& topology, std::span<const int> links);

}  // namespace muster
