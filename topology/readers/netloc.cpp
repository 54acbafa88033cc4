// SPDX-License-Identifier: Apache-2.0
// netloc's description of an InfiniBand network: "node_info" by GUID, "edge_info" with one entry for each direction.
#include <optional>

#include "topology/readers/fabric.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/json_lists.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kOnlyLine = 1;      // the tool writes none of its own
constexpr int kMostPorts = 1024;  // of one node: InfiniBand counts them in 8 bits

/// "'node3 HCA-1'" -> "node3 HCA-1".
std::string without_quotes(std::string text) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') return text.substr(1, text.size() - 2);
  return text;
}

const Json& object_named(Fields& fields, const std::string& key) {
  const Json& found = fields.value(key);
  if (!found.is_object()) throw fields.error(key, "must be an object in braces");
  return found;
}

FabricNodeKind kind_of(Fields& node) {
  constexpr int kSwitch = 1;   // NETLOC_NODE_TYPE_SWITCH of netloc.h
  constexpr int kAdapter = 2;  // NETLOC_NODE_TYPE_HOST
  const int type = node.integer<int>("node_type", {kSwitch, kAdapter});
  return type == kSwitch ? FabricNodeKind::network_switch : FabricNodeKind::adapter;
}

int port_number(Fields& edge, const std::string& key) {
  const auto number = whole_number(edge.text(key));
  if (!number || *number < 0 || *number > kMostPorts) throw edge.error(key, "must be the number of a port");
  return static_cast<int>(*number);
}

int node_named(Fabric& fabric, Fields& edge, const std::string& key) {
  std::string guid = normal_guid(edge.text(key));
  if (guid.empty()) throw edge.error(key, "must be a GUID");
  return fabric.node({.guid = std::move(guid), .line = kOnlyLine});
}

}  // namespace

bool is_netloc(std::string_view text) {
  const std::string_view start = text.substr(0, kRecognisedFrom);
  return trimmed_front(start).starts_with('{') && start.find("\"node_info\"") != std::string_view::npos &&
         start.find("\"edge_ids\"") != std::string_view::npos;
}

Imported read_netloc(const ReadRequest& request) {
  const Json file = parse_json(request.text, request.origin);
  Fields fields(file, request.origin);
  Fabric fabric;
  for (const auto& [name, json] : object_named(fields, "node_info").items()) {
    Fields node(json, request.origin + ": node_info " + in_quotes(name));
    std::string guid = normal_guid(name);
    if (guid.empty()) throw node.error("phy_id", "must be a GUID");
    fabric.node({.guid = std::move(guid),
                 .kind = kind_of(node),
                 .description = without_quotes(node.text("desc")),
                 .line = kOnlyLine,
                 .is_listed = true});
  }
  for (const auto& [name, json] : object_named(fields, "edge_info").items()) {
    Fields edge(json, request.origin + ": edge_info " + in_quotes(name));
    FabricPort port{.node = node_named(fabric, edge, "src_node_id"),
                    .port = port_number(edge, "src_port_id"),
                    .peer = node_named(fabric, edge, "dest_node_id"),
                    .peer_port = port_number(edge, "dest_port_id"),
                    .line = kOnlyLine};
    port.rate = parse_fabric_rate(edge.text("width") + edge.text("speed")).value_or(FabricRate{});
    if (port.node == port.peer && port.port == port.peer_port) throw edge.error("dest_port_id", "is the port itself");
    fabric.add(std::move(port));
  }
  return graph_of(fabric, FindingList(request.origin));
}

}  // namespace muster
