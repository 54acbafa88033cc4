// SPDX-License-Identifier: Apache-2.0
#include "topology/templates/leaf_spine_plan.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace muster {

namespace {

int ceil_of_ratio(int count, int per) { return count / per + (count % per == 0 ? 0 : 1); }

int rails_of(const LeafSpine& fabric, const LeafSpineDemand& demand) { return fabric.rails.value_or(demand.ports); }

struct Ports {
  int down = 0;
  int up = 0;
};

/// The most ports down for which enough are left for up = down / taper.
Ports split(const LeafSpine& fabric) {
  const auto up_for = [&](int down) { return static_cast<int>(std::ceil(down / fabric.taper)); };
  int down = static_cast<int>(fabric.box.radix * (fabric.taper / (1 + fabric.taper)));
  while (down > 0 && down + up_for(down) > fabric.box.radix) --down;
  return {down, up_for(down)};
}

/// The fewest switches above that `up` cables can be shared out to evenly while `below` switches fit their `ports`.
int switches_above(int up, int below, int ports) {
  int count = 1;
  while (count < up && (up % count != 0 || std::int64_t{up / count} * below > ports)) ++count;
  return count;
}

/// A multiple or a divisor of the rack, so that they nest.
int nested(int pod_nodes, int rack_nodes) {
  if (pod_nodes >= rack_nodes) return pod_nodes / rack_nodes * rack_nodes;
  while (rack_nodes % pod_nodes != 0) --pod_nodes;
  return pod_nodes;
}

int largest_pod(const LeafSpine& fabric, const LeafSpineDemand& demand, int down, const std::string& where) {
  const int most = down / (demand.ports / rails_of(fabric, demand));
  if (most < 1 || fabric.pod.value_or(1) > most) {
    throw Error(where + ": a leaf of radix " + std::to_string(fabric.box.radix) + " has ports for " +
                std::to_string(most) + " nodes: raise \"radix\" or \"rails\", or lower \"pod\"");
  }
  return nested(fabric.pod.value_or(most), demand.rack_nodes);
}

/// As many nodes in each pod as in the next, as far as racks allow.
int balanced(int pod_nodes, const LeafSpineDemand& demand) {
  if (pod_nodes < demand.rack_nodes) return pod_nodes;
  const int share = ceil_of_ratio(demand.nodes, ceil_of_ratio(demand.nodes, pod_nodes));
  return ceil_of_ratio(share, demand.rack_nodes) * demand.rack_nodes;
}

Error too_large(const std::string& where, const LeafSpine& fabric, const LeafSpineDemand& demand, int tiers) {
  return Error(where + ": " + std::to_string(demand.nodes) + " nodes are too many for " + std::to_string(tiers) +
               " tiers of radix " + std::to_string(fabric.box.radix) +
               ": raise \"radix\", \"taper\" or \"tiers\", or give each rail its plane");
}

}  // namespace

LeafSpinePlan plan_leaf_spine(const LeafSpine& fabric, const LeafSpineDemand& demand, const std::string& where) {
  const int rails = rails_of(fabric, demand);
  if (demand.ports % rails != 0) {
    throw Error(where + ": \"rails\" must divide the " + std::to_string(demand.ports) + " ports of a node");
  }
  const int planes = fabric.planes == Planes::per_rail ? rails : 1;
  const int leaves = rails / planes;  // of one pod in one plane
  LeafSpinePlan plan{.rails = rails, .planes = planes};
  const bool one_leaf_suffices = leaves == 1 && std::int64_t{demand.nodes} * (demand.ports / rails) <= fabric.box.radix;
  const bool is_flat = fabric.tiers.value_or(one_leaf_suffices ? 1 : 2) == 1;
  const Ports ports = is_flat ? Ports{.down = fabric.box.radix} : split(fabric);
  plan.pod_nodes = largest_pod(fabric, demand, ports.down, where);
  if (!fabric.pod) plan.pod_nodes = balanced(plan.pod_nodes, demand);
  plan.pods = ceil_of_ratio(demand.nodes, plan.pod_nodes);
  plan.group_pods = plan.pods;
  if (is_flat && plan.pods > 1) throw too_large(where, fabric, demand, 1);
  if (is_flat) return plan;

  const bool fits_two = std::int64_t{plan.pods} * leaves <= fabric.box.radix;
  plan.tiers = fabric.tiers.value_or(fits_two ? 2 : 3);
  if (plan.tiers == 2 && !fits_two) throw too_large(where, fabric, demand, 2);
  const int ports_down = plan.tiers == 2 ? fabric.box.radix : ports.down;
  if (plan.tiers == 3) {
    if (ports_down < leaves) throw too_large(where, fabric, demand, 3);
    plan.group_pods = ceil_of_ratio(plan.pods, ceil_of_ratio(plan.pods, ports_down / leaves));
    plan.groups = ceil_of_ratio(plan.pods, plan.group_pods);
  }
  plan.group_spines = switches_above(ports.up, plan.group_pods * leaves, ports_down);
  plan.spine_cables = ports.up / plan.group_spines;
  if (plan.tiers == 2) return plan;
  if (plan.groups > fabric.box.radix) throw too_large(where, fabric, demand, 3);
  plan.cores_per_spine = switches_above(ports.up, plan.groups, fabric.box.radix);
  plan.core_cables = ports.up / plan.cores_per_spine;
  return plan;
}

}  // namespace muster
