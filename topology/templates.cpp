// SPDX-License-Identifier: Apache-2.0
// Writes a template out: all nodes, then what racks share, then the fabric. Devices lie in this order because the
// symmetries are arithmetic on it (templates/layout.hpp).
#include "topology/templates.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "topology/templates/layout.hpp"

namespace muster {

namespace {

/// Numbers GPUs and NICs of a node through all groups, as their vendors' tools do.
std::vector<Device> node_devices(const PartTemplate& part) {
  std::vector<Device> devices;
  std::array<int, 2> next = {0, 0};
  for (const GroupTemplate& group : part.groups) {
    for (int i = 0; i < group.count; ++i) {
      Device device = group.device;
      device.id = group.name + std::to_string(i);
      if (device.kind == DeviceKind::gpu) device.index = next[0]++;
      if (device.kind == DeviceKind::nic) device.index = next[1]++;
      devices.push_back(std::move(device));
    }
  }
  return devices;
}

void add_nodes(Topology& topology, const MachineTemplate& machine, int nodes) {
  const std::vector<Device> devices = node_devices(machine.node);
  for (int node = 0; node < nodes; ++node) {
    const int first = static_cast<int>(topology.devices.size());
    const std::string host = "node" + std::to_string(node);
    const std::string rack = machine.rack ? "rack" + std::to_string(node / machine.rack->nodes) : "";
    for (const Device& each : devices) {
      Device& device = topology.devices.emplace_back(each);
      device.id = host + "/" + each.id;
      device.host = host;
      device.enclosure = rack;
    }
    for (const auto& [one, other, link] : machine.node.wires) {
      join(topology, first + one, first + other, machine.node.links[static_cast<std::size_t>(link)]);
    }
  }
}

void add_racks(Topology& topology, FabricLayout& layout, const RackTemplate& rack) {
  const std::vector<Device> devices = node_devices(rack.part);
  const int first = static_cast<int>(topology.devices.size());
  layout.layers.push_back({first, static_cast<int>(devices.size()), rack.nodes});
  const int racks = (layout.nodes + rack.nodes - 1) / rack.nodes;
  for (int number = 0; number < racks; ++number) {
    const std::string name = "rack" + std::to_string(number);
    for (const Device& each : devices) {
      Device& device = topology.devices.emplace_back(each);
      device.id = name + "/" + each.id;
      device.enclosure = name;
    }
  }
  for (int node = 0; node < layout.nodes; ++node) {
    const int shared = first + node / rack.nodes * static_cast<int>(devices.size());
    for (const auto& [one, other, link] : rack.part.wires) {
      join(topology, node * layout.node_devices + one, shared + other, rack.part.links[static_cast<std::size_t>(link)]);
    }
  }
}

/// Racks are one more level of runs of nodes; inside a unit that cannot be exchanged, neither can they.
void add_rack_level(FabricLayout& layout, int rack_nodes) {
  const auto next =
      std::ranges::find_if(layout.levels, [&](const Level& level) { return level.unit_nodes > rack_nodes; });
  layout.levels.insert(next, {rack_nodes, std::prev(next)->exchange});
}

void check_nodes(const MachineTemplate& machine, int nodes, const std::string& where) {
  const RackTemplate none{.nodes = 1, .part = {}};
  const RackTemplate& rack = machine.rack ? *machine.rack : none;
  const std::int64_t racks = (std::int64_t{nodes} + rack.nodes - 1) / rack.nodes;
  check_size(std::int64_t{nodes} * machine.node.devices() + racks * rack.part.devices(),
             2 * std::int64_t{nodes} * static_cast<std::int64_t>(machine.node.wires.size() + rack.part.wires.size()),
             where);
}

}  // namespace

void check_size(std::int64_t devices, std::int64_t links, const std::string& where) {
  constexpr std::int64_t kMostDevices = std::int64_t{1} << 21;  // 131,072 GPUs with all around them are 0.5 million
  constexpr std::int64_t kMostLinks = std::int64_t{1} << 22;    // one way; about 0.8 GB
  if (devices <= kMostDevices && links <= kMostLinks) return;
  throw Error(where + ": makes " + std::to_string(devices) + " devices and " + std::to_string(links) +
              " links, more than " + std::to_string(kMostDevices) + " and " + std::to_string(kMostLinks) +
              ": ask for fewer nodes");
}

Json library_template(std::string_view name) {
  const auto found = std::ranges::find(template_library(), name, &TemplateText::name);
  if (found != template_library().end()) return parse_json(found->text, std::string(name));
  std::string names;
  for (const TemplateText& entry : template_library()) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  throw Error("no template is called " + in_quotes(name) + "; there are " + names);
}

ExpandedTemplate expand_template(const Json& description, const std::string& origin, std::optional<int> nodes) {
  const MachineTemplate machine = read_template(description, origin);
  FabricLayout layout{.nodes = nodes.value_or(machine.nodes), .node_devices = machine.node.devices()};
  if (layout.nodes < 1) throw Error(origin + ": a machine has at least one node, not " + std::to_string(layout.nodes));
  check_nodes(machine, layout.nodes, origin);
  ExpandedTemplate expanded;
  add_nodes(expanded.topology, machine, layout.nodes);
  if (machine.rack) add_racks(expanded.topology, layout, *machine.rack);
  add_fabric(expanded.topology, layout, machine, origin + ": fabric");
  if (machine.rack) add_rack_level(layout, machine.rack->nodes);
  expanded.symmetries = symmetries_of(layout, machine);
  return expanded;
}

ExpandedTemplate expand_template(std::string_view name, std::optional<int> nodes) {
  return expand_template(library_template(name), std::string(name), nodes);
}

}  // namespace muster
