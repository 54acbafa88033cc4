// SPDX-License-Identifier: Apache-2.0
// Two answers of NetQ: the topology graph (switches, what LLDP saw, cables by interface) and the list of compute nodes
// of NVLink domains. Neither has rates of links.
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "topology/hardware.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/json_lists.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/unique_ids.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr Range<int> kTier{-1, 16};

class GraphReader {
 public:
  explicit GraphReader(std::string origin) : origin_(std::move(origin)) {}

  Imported read(const Json& answer) {
    for_each_item(answer, origin_, [&](const Json& graph, const std::string& where) {
      Fields fields(graph, where);
      for_each_item(fields, "nodes", where, [&](const Json& tier, const std::string& place) {
        Fields inside(tier, place);
        for_each_item(inside, "compounded_nodes", place,
                      [&](const Json& node, const std::string& there) { add_node(node, there); });
      });
      for_each_item(fields, "links", where, [&](const Json& link, const std::string& place) {
        Fields inside(link, place);
        for_each_item(inside, "compounded_links", place,
                      [&](const Json& cable, const std::string& there) { add_cable(cable, there); });
      });
    });
    if (topology_.devices.empty()) throw Error(origin_ + ": the graph has no node; ask NetQ for the whole topology");
    for (auto& [ends, link] : links_) join(topology_, ends.first, ends.second, std::move(link));
    return {.topology = std::move(topology_),
            .findings = {{Severity::note, "rates_unknown", origin_,
                          "NetQ's graph has no link rates: limits need them, for example as cluster.json"}}};
  }

 private:
  struct Node {
    std::string name;
    int device = -1;                        // of a switch
    std::map<std::string, int> adapters{};  // of a host: device, by interface
  };

  void add_node(const Json& json, const std::string& where) {
    Fields fields(json, where);
    Node node{.name = fields.text("name")};
    if (fields.text("device_type") == "switch") {
      // NetQ counts leaves as 1.
      const int tier = fields.integer<int>("tier", kTier);
      node.device = add_device(
          topology_,
          {.id = ids_.take(node.name), .kind = DeviceKind::network_switch, .tier = tier > 0 ? tier - 1 : -1});
    } else if (hosts_.insert(node.name).second) {
      topology_.hosts.push_back({.name = node.name});
    }
    const std::string id = fields.text("id");
    if (!nodes_.try_emplace(id, std::move(node)).second) throw fields.error("id", "is given to two nodes");
  }

  /// Cables between the same two switches are one link; a host has one NIC for each interface.
  void add_cable(const Json& json, const std::string& where) {
    Fields fields(json, where);
    std::vector<int> ends;
    for_each_item(fields, "interfaces", where, [&](const Json& end, const std::string& place) {
      Fields inside(end, place);
      ends.push_back(device_at(inside));
    });
    if (ends.size() != 2 || ends[0] == ends[1]) throw fields.error("interfaces", "must name two different ends");
    Link& link = links_
                     .try_emplace(std::minmax(ends[0], ends[1]),
                                  Link{.kind = LinkKind::ethernet,
                                       .count = 0,
                                       .capacity = unknown_rate(where + ": NetQ tells no rate here")})
                     .first->second;
    ++link.count;
  }

  int device_at(Fields& end) {
    const auto found = nodes_.find(end.text("node"));
    if (found == nodes_.end()) throw end.error("node", "names no node of the graph");
    Node& node = found->second;
    if (node.device >= 0) return node.device;
    const std::string interface = end.text("interface");
    const auto [known, is_new] = node.adapters.try_emplace(interface, -1);
    if (is_new) {
      known->second = add_device(topology_, {.id = ids_.take(node.name + "/nic:" + interface),
                                             .kind = DeviceKind::nic,
                                             .host = node.name,
                                             .index = static_cast<int>(node.adapters.size()) - 1});
    }
    return known->second;
  }

  std::string origin_;
  std::unordered_map<std::string, Node> nodes_;  // by id
  std::map<std::pair<int, int>, Link> links_;    // by devices
  std::set<std::string> hosts_;
  UniqueIds ids_;
  Topology topology_;
};

/// Every GPU of a domain reaches every other over the NVLink switches of its racks, shown as one.
class DomainReader {
 public:
  explicit DomainReader(const ReadRequest& request)
      : origin_(request.origin), model_(find_gpu_model(request.gpu_model)) {}

  Imported read(const Json& answer) {
    for_each_item(answer, origin_, [&](const Json& node, const std::string& where) { add_node(node, where); });
    if (topology_.devices.empty())
      throw Error(origin_ + ": the list has no GPU; ask NetQ for the NVLink compute nodes");
    std::vector<Finding> findings;
    if (model_ == nullptr) {
      findings.push_back({Severity::warning, "nvlink_rate_unknown", origin_,
                          "the list names no GPU model: give --gpu with it to know what the links carry"});
    }
    return {.topology = std::move(topology_), .findings = std::move(findings)};
  }

 private:
  void add_node(const Json& json, const std::string& where) {
    Fields fields(json, where);
    const std::string host = fields.text("Name");
    const std::string domain = fields.text("DomainUUID");
    if (host.empty() || !hosts_.insert(host).second) throw fields.error("Name", "must be given to one node, no other");
    topology_.hosts.push_back({.name = host});
    const auto [nvswitch, is_new] = domains_.try_emplace(domain, -1);
    if (is_new) {
      nvswitch->second = add_device(topology_, {.id = ids_.take("nvswitch:" + domain),
                                                .kind = DeviceKind::nvswitch,
                                                .enclosure = domain,
                                                .can = {.multicast = true, .reduce = true}});
    }
    const int domain_switch = nvswitch->second;
    int index = 0;
    for_each_item(fields, "GpuIDList", where, [&](const Json&, const std::string& place) {
      const int gpu = add_device(topology_, {.id = ids_.take(host + "/gpu" + std::to_string(index)),
                                             .kind = DeviceKind::gpu,
                                             .model = model_ == nullptr ? "" : std::string(model_->name),
                                             .host = host,
                                             .enclosure = domain,
                                             .index = index});
      ++index;
      join(topology_, gpu, domain_switch, nvlinks(place));
    });
  }

  Link nvlinks(const std::string& place) const {
    if (model_ == nullptr || model_->links == 0) {
      return {.kind = LinkKind::nvlink, .capacity = unknown_rate(place + ": give --gpu")};
    }
    return {.kind = LinkKind::nvlink,
            .count = model_->links,
            .capacity = stated_rate({model_->link_rate.value * model_->links},
                                    std::string(model_->name) + ": " + std::string(model_->source))};
  }

  std::string origin_;
  const GpuModel* model_;
  std::set<std::string> hosts_;
  std::map<std::string, int> domains_;  // device, by UUID
  UniqueIds ids_;
  Topology topology_;
};

constexpr std::string_view kDomainKey = "\"GpuIDList\"";

}  // namespace

bool is_netq(std::string_view text) {
  const std::string_view start = text.substr(0, kRecognisedFrom);
  return trimmed_front(start).starts_with('[') && (start.find("\"compounded_links\"") != std::string_view::npos ||
                                                   start.find("\"compounded_nodes\"") != std::string_view::npos ||
                                                   start.find(kDomainKey) != std::string_view::npos);
}

Imported read_netq(const ReadRequest& request) {
  const Json answer = parse_json(request.text, request.origin);
  const bool is_of_domains = request.text.substr(0, kRecognisedFrom).find(kDomainKey) != std::string_view::npos;
  return is_of_domains ? DomainReader(request).read(answer) : GraphReader(request.origin).read(answer);
}

}  // namespace muster
