// SPDX-License-Identifier: Apache-2.0
// Switches and cables between nodes: leaf-spine of one to three tiers, dragonfly, torus.
#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "topology/templates/layout.hpp"
#include "topology/templates/leaf_spine_plan.hpp"

namespace muster {

namespace {

Link bundle(Link cable, int cables) {
  cable.count *= cables;
  cable.capacity.line.value *= cables;
  cable.capacity.usable.value *= cables;
  return cable;
}

const GroupTemplate& ports_of(const MachineTemplate& machine) {
  return *std::ranges::find(machine.node.groups, machine.fabric.ports, &GroupTemplate::name);
}

/// As fast as the slower of its two ends.
Link port_cable(const MachineTemplate& machine) {
  Link cable = machine.fabric.cable;
  const GroupTemplate& ports = ports_of(machine);
  const double port = ports.port_rate.value * cable.count;
  if (port > 0 && port < cable.capacity.line.value) {
    cable.capacity = stated_rate({port}, ports.source);
    cable.capacity.usable.value = std::min(machine.fabric.cable.capacity.usable.value, port);
  }
  return cable;
}

struct Tier {
  std::string name;  // "leaf"
  int tier = 0;
  int units = 1;
  Layer layer{};            // without its first device
  std::string enclosure{};  // "pod": and its number; empty = none
};

/// Returns the first of them.
int add_switches(Topology& topology, FabricLayout& layout, const SwitchTemplate& box, const Tier& tier) {
  const int first = static_cast<int>(topology.devices.size());
  layout.layers.push_back(tier.layer);
  layout.layers.back().first_device = first;
  for (int number = 0; number < tier.units * tier.layer.per_unit; ++number) {
    Device device = box.device;
    device.id = tier.name + std::to_string(number);
    device.tier = tier.tier;
    if (!tier.enclosure.empty()) device.enclosure = tier.enclosure + std::to_string(number / tier.layer.per_unit);
    if (tier.layer.per_rail > 0) device.rail = number % tier.layer.per_unit / tier.layer.per_rail;
    add_device(topology, std::move(device));
  }
  return first;
}

void plug_in(Topology& topology, const FabricLayout& layout, const MachineTemplate& machine,
             const LeafSpinePlan& plan) {
  const GroupTemplate& ports = ports_of(machine);
  const Link cable = port_cable(machine);
  const int leaves = layout.layers.back().first_device;
  for (int node = 0; node < layout.nodes; ++node) {
    for (int port = 0; port < ports.count; ++port) {
      const int rail = layout.port_rails[static_cast<std::size_t>(port)];
      const int device = node * layout.node_devices + ports.first + port;
      if (plan.rails > 1) topology.devices[static_cast<std::size_t>(device)].rail = rail;
      join(topology, device, leaves + node / plan.pod_nodes * plan.rails + rail, cable);
    }
  }
}

/// Where the switches of each tier begin.
struct Tiers {
  int leaves = 0;
  int spines = 0;
  int cores = 0;
};

void join_tiers(Topology& topology, const Tiers& first, const Link& uplink, const LeafSpinePlan& plan) {
  const Link up = bundle(uplink, plan.spine_cables);
  for (int leaf = 0; leaf < plan.pods * plan.rails && plan.tiers > 1; ++leaf) {
    const int group = leaf / plan.rails / plan.group_pods;
    const int plane = leaf % plan.planes;
    const int spines = first.spines + (group * plan.planes + plane) * plan.group_spines;
    for (int spine = 0; spine < plan.group_spines; ++spine) join(topology, first.leaves + leaf, spines + spine, up);
  }
  const Link top = bundle(uplink, plan.core_cables);
  const int unit_spines = plan.planes * plan.group_spines;
  for (int spine = 0; spine < plan.groups * unit_spines && plan.tiers > 2; ++spine) {
    const int cores = first.cores + spine % unit_spines * plan.cores_per_spine;
    for (int core = 0; core < plan.cores_per_spine; ++core) join(topology, first.spines + spine, cores + core, top);
  }
}

void add_leaf_spine(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const LeafSpine& fabric,
                    const LeafSpinePlan& plan) {
  const int group_nodes = plan.group_pods * plan.pod_nodes;
  const auto follows = [&](int devices, int among) { return among > 1 ? devices : 0; };
  Tiers first;
  first.leaves =
      add_switches(topology, layout, fabric.box,
                   {.name = "leaf",
                    .tier = 0,
                    .units = plan.pods,
                    .layer = {.per_unit = plan.rails, .unit_nodes = plan.pod_nodes, .per_rail = follows(1, plan.rails)},
                    .enclosure = "pod"});
  plug_in(topology, layout, machine, plan);
  if (plan.tiers > 1) {
    first.spines = add_switches(topology, layout, fabric.box,
                                {.name = "spine",
                                 .tier = 1,
                                 .units = plan.groups,
                                 .layer = {.per_unit = plan.planes * plan.group_spines,
                                           .unit_nodes = group_nodes,
                                           .per_rail = follows(plan.group_spines, plan.planes)}});
  }
  if (plan.tiers > 2) {
    const int plane_cores = plan.group_spines * plan.cores_per_spine;
    first.cores = add_switches(topology, layout, fabric.box,
                               {.name = "core",
                                .tier = 2,
                                .units = 1,
                                .layer = {.per_unit = plan.planes * plane_cores,
                                          .unit_nodes = layout.nodes,
                                          .per_rail = follows(plane_cores, plan.planes)}});
  }
  join_tiers(topology, first, machine.fabric.uplink, plan);
  layout.levels = {{1}, {plan.pod_nodes}, {group_nodes}, {layout.nodes}};
}

void build(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const LeafSpine& fabric,
           const std::string& where) {
  const int ports = ports_of(machine).count;
  const LeafSpinePlan plan = plan_leaf_spine(
      fabric, {.nodes = layout.nodes, .ports = ports, .rack_nodes = machine.rack ? machine.rack->nodes : 1}, where);
  const std::int64_t leaves = std::int64_t{plan.pods} * plan.rails;
  const std::int64_t spines = std::int64_t{plan.groups} * plan.planes * plan.group_spines;
  const std::int64_t cores = std::int64_t{plan.planes} * plan.group_spines * plan.cores_per_spine;
  check_size(static_cast<std::int64_t>(topology.devices.size()) + leaves + spines + cores,
             static_cast<std::int64_t>(topology.links.size()) +
                 2 * (std::int64_t{layout.nodes} * ports + leaves * plan.group_spines + spines * plan.cores_per_spine),
             where);
  for (int port = 0; port < ports; ++port) layout.port_rails.push_back(port % plan.rails);
  add_leaf_spine(topology, layout, machine, fabric, plan);
}

// --- dragonfly ---

struct DragonflyPlan {
  int router_nodes = 1;
  int group_nodes = 1;
  int groups = 1;
};

DragonflyPlan plan_dragonfly(const Dragonfly& fabric, int nodes, int ports, const std::string& where) {
  if (fabric.ports % ports != 0) {
    throw Error(where + ": \"ports_per_router\" must be a multiple of the " + std::to_string(ports) +
                " ports of a node: all of a node's ports are plugged into one router");
  }
  const int router_nodes = fabric.ports / ports;
  const std::int64_t group_nodes = std::int64_t{router_nodes} * fabric.routers;
  const std::int64_t groups = (nodes + group_nodes - 1) / group_nodes;
  const std::int64_t outside = fabric.cables_between * (groups - 1);
  const std::int64_t used = fabric.ports + std::int64_t{fabric.cables} * (fabric.routers - 1) +
                            (outside + fabric.routers - 1) / fabric.routers;
  if (used > fabric.box.radix) {
    throw Error(where + ": a router needs " + std::to_string(used) + " ports for " + std::to_string(groups) +
                " groups, more than its \"radix\"");
  }
  return {router_nodes, static_cast<int>(std::min<std::int64_t>(group_nodes, 1 << 30)), static_cast<int>(groups)};
}

// Cable c from a group to the one `offset` groups on leaves at the router that comes next in turn: every group sees the
// same at its own offsets, so groups can be shifted.
void join_groups(Topology& topology, const Dragonfly& fabric, const Link& cable, int first_router, int groups) {
  const auto router = [&](int group, int offset, int number) {
    const std::int64_t turn = (std::int64_t{offset} - 1) * fabric.cables_between + number;
    return first_router + group * fabric.routers + static_cast<int>(turn % fabric.routers);
  };
  for (int one = 0; one < groups; ++one) {
    for (int other = one + 1; other < groups; ++other) {
      const int offset = other - one;
      for (int number = 0; number < fabric.cables_between; ++number) {
        join(topology, router(one, offset, number), router(other, groups - offset, number), cable);
      }
    }
  }
}

void build(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const Dragonfly& fabric,
           const std::string& where) {
  const GroupTemplate& ports = ports_of(machine);
  const DragonflyPlan plan = plan_dragonfly(fabric, layout.nodes, ports.count, where);
  const std::int64_t routers = std::int64_t{plan.groups} * fabric.routers;
  check_size(static_cast<std::int64_t>(topology.devices.size()) + routers,
             static_cast<std::int64_t>(topology.links.size()) + 2 * std::int64_t{layout.nodes} * ports.count +
                 routers * (fabric.routers - 1) + std::int64_t{plan.groups} * (plan.groups - 1) * fabric.cables_between,
             where);
  const int first = add_switches(topology, layout, fabric.box,
                                 {.name = "router",
                                  .tier = 0,
                                  .units = plan.groups,
                                  .layer = {.per_unit = fabric.routers, .unit_nodes = plan.group_nodes},
                                  .enclosure = "group"});
  const Link cable = port_cable(machine);
  for (int port = 0; port < layout.nodes * ports.count; ++port) {
    const int node = port / ports.count;
    join(topology, node * layout.node_devices + ports.first + port % ports.count, first + node / plan.router_nodes,
         cable);
  }
  const Link local = bundle(machine.fabric.uplink, fabric.cables);
  for (int group = 0; group < plan.groups; ++group) {
    const int base = first + group * fabric.routers;
    for (int one = 0; one < fabric.routers; ++one) {
      for (int other = one + 1; other < fabric.routers; ++other) join(topology, base + one, base + other, local);
    }
  }
  join_groups(topology, fabric, machine.fabric.uplink, first, plan.groups);
  layout.port_rails.assign(static_cast<std::size_t>(ports.count), 0);
  const bool is_full = layout.nodes % plan.group_nodes == 0;
  layout.levels = {{1},
                   {plan.router_nodes, Exchange::none},
                   {plan.group_nodes, is_full ? Exchange::shift : Exchange::none},
                   {layout.nodes}};
}

// --- torus ---

void build(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const Torus& fabric,
           const std::string& where) {
  const GroupTemplate& ports = ports_of(machine);
  const int nodes = std::accumulate(fabric.dimensions.begin(), fabric.dimensions.end(), 1, std::multiplies());
  if (nodes != layout.nodes || ports.count != 1) {
    throw Error(where + ": \"dimensions\" make " + std::to_string(nodes) + " nodes of one port each, not " +
                std::to_string(layout.nodes) + " of " + std::to_string(ports.count) + ": edit them");
  }
  check_size(static_cast<std::int64_t>(topology.devices.size()),
             static_cast<std::int64_t>(topology.links.size()) +
                 2 * std::int64_t{nodes} * static_cast<std::int64_t>(fabric.dimensions.size()),
             where);
  const Link cable = port_cable(machine);
  int stride = nodes;
  for (const int size : fabric.dimensions) {
    stride /= size;
    for (int node = 0; node < nodes; ++node) {
      const int at = node / stride % size;
      if (size == 1 || (size == 2 && at == 1)) continue;  // a ring of two is one cable
      const int next = node + ((at + 1) % size - at) * stride;
      join(topology, node * layout.node_devices + ports.first, next * layout.node_devices + ports.first, cable);
    }
  }
  layout.port_rails = {0};
  layout.levels = {{1, Exchange::none}, {layout.nodes}};
  layout.grid = fabric.dimensions;
}

void build(Topology&, FabricLayout& layout, const MachineTemplate&, std::monostate, const std::string&) {
  layout.levels = {{1}, {layout.nodes}};
}

}  // namespace

void add_fabric(Topology& topology, FabricLayout& layout, const MachineTemplate& machine, const std::string& where) {
  std::visit([&](const auto& plan) { build(topology, layout, machine, plan, where); }, machine.fabric.plan);
}

}  // namespace muster
