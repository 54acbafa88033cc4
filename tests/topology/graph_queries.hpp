// SPDX-License-Identifier: Apache-2.0
// What tests ask of a graph: devices by id, rates between them, and whether a permutation is a symmetry.
#pragma once

#include <string>
#include <vector>

#include "topology/templates.hpp"

namespace muster {

int count_of(const Topology& topology, DeviceKind kind);
/// Index of the device; as many as there are devices when there is none.
int index_of(const Topology& topology, const std::string& id);
/// Line rate of all links from one device to another, bytes/s.
double rate_between(const Topology& topology, const std::string& source, const std::string& target);

/// A permutation of devices that keeps kinds, models, tiers and capabilities, and takes links to equal links.
bool is_automorphism(const Topology& topology, const std::vector<int>& permutation);
/// Classes into which the symmetries put the GPUs.
int gpu_classes(const ExpandedTemplate& expanded);

}  // namespace muster
