// SPDX-License-Identifier: Apache-2.0
// A part of a machine: the same number of GPUs of each host, with their share of its NICs. For groups that do not use
// all of a node.
#pragma once

#include <string>

#include "topology/graph.hpp"

namespace muster {

/// The first GPUs of each host, by index, and as many of its first NICs as is their share, at least one. All else
/// stays. Throws Error when a host has fewer GPUs.
Topology with_gpus_per_host(const Topology& topology, int gpus, const std::string& name);

}  // namespace muster
