// SPDX-License-Identifier: Apache-2.0
// The whole file: its own sections, and those it takes over from other templates by name.
#include "topology/templates/description.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/error.hpp"
#include "core/names.hpp"
#include "topology/hardware.hpp"
#include "topology/templates.hpp"
#include "topology/templates/part_reader.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/template/1";
constexpr Range<int> kNodes{1, 1 << 20};
constexpr Range<int> kPorts{1, 1 << 20};

enum class FabricKind { none, leaf_spine, dragonfly, torus };
constexpr std::array<std::string_view, 4> kFabricKinds = {"none", "leaf_spine", "dragonfly", "torus"};

FabricKind parse_fabric_kind(std::string_view name) {
  return static_cast<FabricKind>(index_of_name("kind of fabric", kFabricKinds, name));
}

Planes parse_planes(std::string_view name) {
  constexpr std::array<std::string_view, 2> kPlanes = {"joined", "per_rail"};
  return static_cast<Planes>(index_of_name("word for planes", kPlanes, name));
}

std::string known_gpu(std::string_view name) {
  if (find_gpu_model(name) == nullptr)
    throw Error("names no GPU of the table (topology/hardware.cpp): " + in_quotes(name));
  return std::string(name);
}

/// A template of the library by the name that another one gives.
Json named_template(Fields& fields, const std::string& key) {
  return fields.word(key, [](std::string_view name) { return library_template(name); });
}

SwitchTemplate read_switch(Fields& fabric, const std::string& where, const TemplateDefaults& defaults) {
  Fields fields(fabric.value("switch"), where + ": switch");
  SwitchTemplate box{.radix = fields.integer<int>("radix", kPorts), .device = read_make(fields, where, defaults)};
  box.device.kind = DeviceKind::network_switch;
  fields.finish();
  return box;
}

std::optional<int> read_rails(Fields& fields) {
  if (!fields.has("rails") || !fields.value("rails").is_string()) return count_or(fields, "rails", 1);
  if (fields.text("rails") == "all") return std::nullopt;
  throw fields.error("rails", "must be a whole number, or \"all\": one for each port of a node");
}

LeafSpine read_leaf_spine(Fields& fields, const std::string& where, const TemplateDefaults& defaults) {
  constexpr Range<double> kTaper{0.01, 1000};
  LeafSpine plan{.box = read_switch(fields, where, defaults), .rails = read_rails(fields)};
  if (fields.has("planes")) plan.planes = fields.word("planes", parse_planes);
  if (fields.has("taper")) plan.taper = fields.number("taper", kTaper);
  if (fields.has("tiers")) plan.tiers = fields.integer<int>("tiers", {1, 3});
  if (fields.has("pod")) plan.pod = fields.integer<int>("pod", kNodes);
  return plan;
}

Dragonfly read_dragonfly(Fields& fields, const std::string& where, const TemplateDefaults& defaults) {
  return {.box = read_switch(fields, where, defaults),
          .routers = fields.integer<int>("routers", kPorts),
          .ports = fields.integer<int>("ports_per_router", kPorts),
          .cables = count_or(fields, "cables_in_group", 1),
          .cables_between = count_or(fields, "cables_between_groups", 1)};
}

Torus read_torus(Fields& fields, const std::string& where) {
  constexpr std::size_t kMostDimensions = 8;
  Torus plan;
  std::int64_t nodes = 1;
  for_each_item(fields, where, "dimensions", [&](const Json& item, const std::string& at) {
    if (!item.is_number_integer() || item < 1 || item > kNodes.at_most || plan.dimensions.size() == kMostDimensions) {
      throw Error(at + ": must be a whole number from 1 to " + std::to_string(kNodes.at_most) +
                  ", one of at most eight");
    }
    plan.dimensions.push_back(item.get<int>());
    nodes = std::min<std::int64_t>(nodes * plan.dimensions.back(), std::int64_t{kNodes.at_most} + 1);
  });
  if (plan.dimensions.empty() || nodes > kNodes.at_most) {
    throw fields.error("dimensions",
                       "must be one to eight numbers with a product of at most " + std::to_string(kNodes.at_most));
  }
  return plan;
}

Link read_cable_of(Fields& fabric, const std::string& key, const std::string& where, const TemplateDefaults& defaults) {
  Fields fields(fabric.value(key), where + ": " + key);
  const Link cable = read_cable(fields, nullptr, defaults);
  fields.finish();
  return cable;
}

FabricTemplate read_fabric(const Json& json, const std::string& where, const TemplateDefaults& defaults) {
  Fields fields(json, where);
  FabricTemplate fabric;
  const FabricKind kind = fields.word("kind", parse_fabric_kind);
  if (kind != FabricKind::none) {
    fabric.ports = text_or(fields, "ports", "nic");
    fabric.cable = read_cable_of(fields, "cable", where, defaults);
    fabric.uplink = fields.has("uplink") ? read_cable_of(fields, "uplink", where, defaults) : fabric.cable;
  }
  if (kind == FabricKind::leaf_spine) fabric.plan = read_leaf_spine(fields, where, defaults);
  if (kind == FabricKind::dragonfly) fabric.plan = read_dragonfly(fields, where, defaults);
  if (kind == FabricKind::torus) fabric.plan = read_torus(fields, where);
  fields.finish();
  return fabric;
}

void read_node(const Json& json, const std::string& where, const TemplateDefaults& defaults, MachineTemplate& machine) {
  Fields fields(json, where);
  machine.node = read_part(fields, where, nullptr, defaults);
}

void read_rack(const Json& json, const std::string& where, const TemplateDefaults& defaults, MachineTemplate& machine) {
  Fields fields(json, where);
  RackTemplate rack{.nodes = fields.integer<int>("nodes", kNodes), .part = {}};
  rack.part = read_part(fields, where, &machine.node, defaults);
  machine.rack = std::move(rack);
}

/// The section that template `json` has under `key`, or that the template which it names there has. A few steps at
/// most: names that lead in a circle must end somewhere.
struct Section {
  Json json;
  std::string where;
  TemplateDefaults defaults;
};

Section find_section(const Json& json, const std::string& origin, const std::string& key, TemplateDefaults defaults) {
  constexpr int kMostSteps = 4;
  Json owner = json;
  std::string where = origin;
  for (int step = 0; step < kMostSteps; ++step) {
    Fields fields(owner, where);
    defaults.source = fields.text("source");
    if (!fields.value(key).is_string()) return {fields.value(key), where + ": " + key, defaults};
    const std::string name = fields.text(key);
    owner = named_template(fields, key);
    where = name;
  }
  throw Error(origin + ": " + in_quotes(key) + " names a template that names a template, and so on: name the last one");
}

void check_ports(const MachineTemplate& machine, const std::string& origin) {
  if (std::holds_alternative<std::monostate>(machine.fabric.plan)) return;
  const std::string& ports = machine.fabric.ports;
  if (std::ranges::find(machine.node.groups, ports, &GroupTemplate::name) == machine.node.groups.end()) {
    throw Error(origin + ": the fabric's \"ports\" name no group of the node's devices: " + in_quotes(ports));
  }
}

}  // namespace

MachineTemplate read_template(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kSchema);
  MachineTemplate machine{.name = fields.text("name"), .nodes = fields.integer<int>("nodes", kNodes)};
  fields.text("summary");
  const TemplateDefaults defaults{.source = fields.text("source"),
                                  .gpu_model = fields.has("gpu") ? fields.word("gpu", known_gpu) : ""};
  const Section node = find_section(json, origin, "node", defaults);
  read_node(node.json, node.where, node.defaults, machine);
  fields.value("node");
  if (fields.has("rack")) {
    const Section rack = find_section(json, origin, "rack", defaults);
    read_rack(rack.json, rack.where, rack.defaults, machine);
    fields.value("rack");
  }
  if (fields.has("fabric")) {
    const Section fabric = find_section(json, origin, "fabric", defaults);
    machine.fabric = read_fabric(fabric.json, fabric.where, fabric.defaults);
    fields.value("fabric");
  }
  fields.finish();
  check_ports(machine, origin);
  return machine;
}

}  // namespace muster
