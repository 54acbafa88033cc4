// SPDX-License-Identifier: Apache-2.0
// A machine template as read from JSON (docs/formats.md, "machine templates"), before it is written out: what is in one
// node, what a rack's nodes share, and how the fabric between them is built.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

/// Some devices of one make: the eight GPUs of a node.
struct GroupTemplate {
  std::string name;            ///< and its number make the id: "gpu3"
  int first = 0;               ///< place of its first device among those of its part
  int count = 1;               ///< >= 1
  Device device{};             ///< kind, model, through and capabilities that all of them have
  BytesPerSecond port_rate{};  ///< of the cable that a device takes: the fabric's may be slower; 0 = the fabric's
  std::string source{};        ///< of that rate
};

/// One cable or bundle: joined both ways.
struct WireTemplate {
  int one = 0;    ///< place among the node's devices
  int other = 0;  ///< place among the node's devices, or among the rack's
  int link = 0;   ///< into PartTemplate::links
};

/// What every node, or every rack, consists of.
struct PartTemplate {
  std::vector<GroupTemplate> groups;
  std::vector<Link> links;  ///< kinds, counts and capacities that wires share
  std::vector<WireTemplate> wires;

  int devices() const { return groups.empty() ? 0 : groups.back().first + groups.back().count; }
};

/// Devices that so many consecutive nodes share: the NVLink switches of an NVL72.
struct RackTemplate {
  int nodes = 1;
  PartTemplate part;  ///< wires lead from a device of the node to one of the rack
};

struct SwitchTemplate {
  int radix = 64;   ///< ports
  Device device{};  ///< model, through and capabilities
};

/// Whether spines join all rails, or each rail has spines and cores of its own.
enum class Planes { joined, per_rail };

/// Leaves, spines and cores; with several rails, port r of a node goes to leaf r modulo rails of its pod.
struct LeafSpine {
  SwitchTemplate box;
  std::optional<int> rails{};  ///< empty = one for each port of a node
  Planes planes = Planes::joined;
  double taper = 1;            ///< ports down per port up, at leaves and spines
  std::optional<int> tiers{};  ///< 1 to 3; empty = as few as join every port to every other
  std::optional<int> pod{};    ///< nodes of a pod (leaves of all rails); empty = as many as ports allow
};

/// Groups of routers, all routers of a group joined to each other, all groups joined to each other.
struct Dragonfly {
  SwitchTemplate box;
  int routers = 1;         ///< of a group
  int ports = 1;           ///< for nodes, per router
  int cables = 1;          ///< between two routers of a group
  int cables_between = 1;  ///< two groups
};

/// Every node is one device in a grid whose edges are closed to rings.
struct Torus {
  std::vector<int> dimensions;  ///< product = nodes
};

struct FabricTemplate {
  std::variant<std::monostate, LeafSpine, Dragonfly, Torus> plan;  ///< monostate: none
  std::string ports;                                               ///< the group whose devices are plugged in
  Link cable{};                                                    ///< to a node
  Link uplink{};                                                   ///< between switches
};

struct MachineTemplate {
  std::string name;
  int nodes = 1;
  PartTemplate node{};
  std::optional<RackTemplate> rack{};
  FabricTemplate fabric{};
};

/// Throws Error naming `origin` and the key. Names of other templates are looked up in the library.
MachineTemplate read_template(const Json& json, const std::string& origin);

/// "400 Gb/s", "50 GB/s", "PCIe 5.0 x16": what one direction carries. Throws Error listing the forms.
BytesPerSecond parse_rate(std::string_view text);

}  // namespace muster
