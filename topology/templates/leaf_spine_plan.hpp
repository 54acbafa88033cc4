// SPDX-License-Identifier: Apache-2.0
// How many switches of each tier a leaf-spine fabric takes, and how many cables run between them: from ports, taper and
// number of nodes, as a network engineer would work it out on paper.
#pragma once

#include <string>

#include "topology/templates/description.hpp"

namespace muster {

struct LeafSpinePlan {
  int tiers = 1;
  int rails = 1;            ///< leaves of a pod
  int planes = 1;           ///< 1, or as many as rails: spines and cores below are those of one plane
  int pod_nodes = 1;        ///< of a full pod
  int pods = 1;             ///< the last one may hold fewer nodes
  int group_pods = 1;       ///< pods whose leaves share spines; with two tiers all of them
  int groups = 1;           ///< the last one may hold fewer pods
  int group_spines = 0;     ///< of a group; 0 with one tier
  int spine_cables = 0;     ///< from a leaf to each spine of its group
  int cores_per_spine = 0;  ///< spines of the same number in all groups share this many cores; 0 below three tiers
  int core_cables = 0;      ///< from a spine to each of its cores
};

struct LeafSpineDemand {
  int nodes = 1;
  int ports = 1;       ///< of a node
  int rack_nodes = 1;  ///< pods and racks nest: one never holds a part of the other
};

/// Throws Error naming `where` when the ports of the switches do not suffice.
LeafSpinePlan plan_leaf_spine(const LeafSpine& fabric, const LeafSpineDemand& demand, const std::string& where);

}  // namespace muster
