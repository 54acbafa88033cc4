// SPDX-License-Identifier: Apache-2.0
// Permutations of a written-out template that its making makes automorphisms: of the devices of every node at once,
// shifts and exchanges of nodes, racks, pods and groups, translations of a torus. Each moves whole layers along.
#include <algorithm>
#include <numeric>

#include "topology/templates/layout.hpp"
#include "topology/templates/node_symmetry.hpp"

namespace muster {

namespace {

using Permutation = std::vector<int>;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

Permutation identity(int size) {
  Permutation same(at(size));
  std::iota(same.begin(), same.end(), 0);
  return same;
}

int devices_of(const FabricLayout& layout) {
  int end = layout.nodes * layout.node_devices;
  for (const Layer& layer : layout.layers) {
    const int units = (layout.nodes + layer.unit_nodes - 1) / layer.unit_nodes;
    end = std::max(end, layer.first_device + units * layer.per_unit);
  }
  return end;
}

/// Nodes go to their images with all that belongs to them.
Permutation of_nodes(const FabricLayout& layout, const Permutation& nodes) {
  Permutation devices = identity(devices_of(layout));
  for (int node = 0; node < layout.nodes; ++node) {
    for (int place = 0; place < layout.node_devices; ++place) {
      devices[at(node * layout.node_devices + place)] = nodes[at(node)] * layout.node_devices + place;
    }
  }
  for (const Layer& layer : layout.layers) {
    for (int node = 0; node < layout.nodes; node += layer.unit_nodes) {
      const int image = nodes[at(node)] / layer.unit_nodes;
      for (int place = 0; place < layer.per_unit; ++place) {
        devices[at(layer.first_device + node / layer.unit_nodes * layer.per_unit + place)] =
            layer.first_device + image * layer.per_unit + place;
      }
    }
  }
  return devices;
}

/// The node with what it is joined to: rack devices, which stay, and the leaves of its pod, which follow the ports.
NodeGraph node_graph(const FabricLayout& layout, const MachineTemplate& machine) {
  NodeGraph graph;
  int colour = 0;
  for (const GroupTemplate& group : machine.node.groups) {
    graph.colours.insert(graph.colours.end(), at(group.count), colour++);
  }
  for (const WireTemplate& wire : machine.node.wires) graph.edges.push_back({wire.one, wire.other, wire.link});
  int edge_colour = static_cast<int>(machine.node.links.size());
  if (machine.rack) {
    const int first = static_cast<int>(graph.colours.size());
    for (int device = 0; device < machine.rack->part.devices(); ++device) graph.colours.push_back(colour++);
    for (const WireTemplate& wire : machine.rack->part.wires) {
      graph.edges.push_back({wire.one, first + wire.other, edge_colour + wire.link});
    }
    edge_colour += static_cast<int>(machine.rack->part.links.size());
  }
  if (layout.port_rails.empty()) return graph;
  const int first = static_cast<int>(graph.colours.size());
  graph.colours.insert(graph.colours.end(), at(std::ranges::max(layout.port_rails) + 1), colour);
  const auto ports = std::ranges::find(machine.node.groups, machine.fabric.ports, &GroupTemplate::name);
  for (int port = 0; port < static_cast<int>(layout.port_rails.size()); ++port) {
    graph.edges.push_back({ports->first + port, first + layout.port_rails[at(port)], edge_colour});
  }
  return graph;
}

/// `places` permutes the vertices of node_graph(), of which the leaves are the last.
void move_rails(const FabricLayout& layout, const Layer& layer, const Permutation& places, Permutation& devices) {
  const int rails = layer.per_unit / layer.per_rail;
  const int first_leaf = static_cast<int>(places.size()) - rails;
  const int units = (layout.nodes + layer.unit_nodes - 1) / layer.unit_nodes;
  for (int place = 0; place < units * layer.per_unit; ++place) {
    const int block = place / layer.per_rail;
    const int rail = block % rails;
    const int image = block - rail + places[at(first_leaf + rail)] - first_leaf;
    devices[at(layer.first_device + place)] = layer.first_device + image * layer.per_rail + place % layer.per_rail;
  }
}

std::vector<Permutation> within_nodes(const FabricLayout& layout, const MachineTemplate& machine) {
  std::vector<int> gpus;
  for (const GroupTemplate& group : machine.node.groups) {
    for (int i = 0; i < group.count && group.device.kind == DeviceKind::gpu; ++i) gpus.push_back(group.first + i);
  }
  std::vector<Permutation> found;
  for (const Permutation& permutation : automorphisms_of(node_graph(layout, machine), gpus)) {
    Permutation devices = identity(devices_of(layout));
    for (int device = 0; device < layout.nodes * layout.node_devices; ++device) {
      const int place = device % layout.node_devices;
      devices[at(device)] = device - place + permutation[at(place)];
    }
    for (const Layer& layer : layout.layers) {
      if (layer.per_rail > 0) move_rails(layout, layer, permutation, devices);
    }
    found.push_back(std::move(devices));
  }
  return found;
}

/// Levels of one size as one; empty when units do not lie within each other and so cannot move as a whole.
std::vector<Level> nested_levels(const FabricLayout& layout) {
  std::vector<Level> levels;
  for (Level level : layout.levels) {
    level.unit_nodes = std::min(level.unit_nodes, layout.nodes);
    if (levels.empty() || levels.back().unit_nodes != level.unit_nodes) {
      levels.push_back(level);
    } else {
      levels.back().exchange = std::min(levels.back().exchange, level.exchange);
    }
  }
  for (std::size_t i = 0; i + 2 < levels.size(); ++i) {
    if (levels[i + 1].unit_nodes % levels[i].unit_nodes != 0) return {};
  }
  return levels;
}

/// Every unit of the next level shifts those of its parts that are whole by one.
Permutation shifted(int nodes, int unit, int next) {
  Permutation image = identity(nodes);
  for (int first = 0; first < nodes; first += next) {
    const int whole = (std::min(next, nodes - first)) / unit * unit;
    for (int node = 0; node < whole; ++node) image[at(first + node)] = first + (node + unit) % whole;
  }
  return image;
}

Permutation exchanged(int nodes, int unit) {
  Permutation image = identity(nodes);
  for (int node = 0; node < unit; ++node) std::swap(image[at(node)], image[at(node + unit)]);
  return image;
}

std::vector<Permutation> of_levels(const FabricLayout& layout) {
  std::vector<Permutation> found;
  const std::vector<Level> levels = nested_levels(layout);
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const auto [unit, exchange] = levels[i];
    const int next = levels[i + 1].unit_nodes;
    if (exchange == Exchange::none || 2 * unit > next) continue;
    found.push_back(of_nodes(layout, shifted(layout.nodes, unit, next)));
    if (exchange == Exchange::any && next > 2 * unit) found.push_back(of_nodes(layout, exchanged(layout.nodes, unit)));
  }
  return found;
}

std::vector<Permutation> of_grid(const FabricLayout& layout) {
  std::vector<Permutation> found;
  int stride = layout.nodes;
  for (const int size : layout.grid) {
    stride /= size;
    if (size == 1) continue;
    Permutation image = identity(layout.nodes);
    for (int node = 0; node < layout.nodes; ++node) {
      const int place = node / stride % size;
      image[at(node)] = node + ((place + 1) % size - place) * stride;
    }
    found.push_back(of_nodes(layout, image));
  }
  return found;
}

}  // namespace

std::vector<std::vector<int>> symmetries_of(const FabricLayout& layout, const MachineTemplate& machine) {
  std::vector<Permutation> found = within_nodes(layout, machine);
  std::ranges::move(of_levels(layout), std::back_inserter(found));
  if (!machine.rack) std::ranges::move(of_grid(layout), std::back_inserter(found));
  return found;
}

}  // namespace muster
