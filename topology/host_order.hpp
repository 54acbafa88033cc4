// SPDX-License-Identifier: Apache-2.0
// Hosts in the order in which ranks should be numbered over them: those that share a leaf switch side by side, leaves
// that share a spine side by side, so that neighbours in a ring are near.
#pragma once

#include <string>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

/// Every host of the graph once. Hosts that no switch tells apart keep the order in which they appear.
std::vector<std::string> host_order(const Topology& topology);

}  // namespace muster
