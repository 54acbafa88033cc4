// SPDX-License-Identifier: Apache-2.0
// From a fabric to the graph: tiers by the distance from hosts, rails by the numbers of adapters, and what its cables
// should make a person look at.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "topology/readers/fabric.hpp"
#include "topology/readers/fabric_names.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/unique_ids.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

double rate_or_zero(const FabricRate& rate) { return infiniband_rate(rate).value_or(BytesPerSecond{}).value; }

class FabricGraph {
 public:
  FabricGraph(const Fabric& fabric, FindingList& findings)
      : fabric_(fabric), cables_(cables_of(fabric)), findings_(findings), devices_(fabric.nodes().size(), -1) {}

  Topology build() {
    collect_neighbours();
    find_tiers();
    for (int each = 0; each < count(); ++each) add_node(each);
    find_rails();
    join_nodes();
    examine_cables();
    tell_slow_cables();
    return std::move(topology_);
  }

 private:
  int count() const { return static_cast<int>(fabric_.nodes().size()); }
  const FabricNode& node(int index) const { return fabric_.nodes()[at(index)]; }
  bool is_switch(int index) const { return node(index).kind == FabricNodeKind::network_switch; }
  bool is_aggregation(int index) const { return !is_switch(index) && is_aggregation_node(node(index).description); }

  void collect_neighbours() {
    neighbours_.resize(at(count()));
    for (const Cable& cable : cables_) {
      neighbours_[at(cable.told.node)].push_back(cable.told.peer);
      neighbours_[at(cable.told.peer)].push_back(cable.told.node);
    }
  }

  /// A leaf has hosts below it; every other switch is as high as it is far from the nearest leaf.
  void find_tiers() {
    tiers_.assign(at(count()), -1);
    std::vector<int> frontier;
    for (int each = 0; each < count(); ++each) {
      const bool has_hosts = std::ranges::any_of(neighbours_[at(each)],
                                                 [&](int peer) { return !is_switch(peer) && !is_aggregation(peer); });
      if (!is_switch(each) || !has_hosts) continue;
      tiers_[at(each)] = 0;
      frontier.push_back(each);
    }
    for (int tier = 1; !frontier.empty(); ++tier) {
      std::vector<int> above;
      for (const int below : frontier) {
        for (const int peer : neighbours_[at(below)]) {
          if (!is_switch(peer) || tiers_[at(peer)] >= 0) continue;
          tiers_[at(peer)] = tier;
          above.push_back(peer);
        }
      }
      frontier = std::move(above);
    }
  }

  void add_node(int index) {
    if (is_aggregation(index)) return;
    if (neighbours_[at(index)].empty()) {
      return tell(node(index).line, Severity::warning, "no_cable", {}, label(index) + " has no cable: it is left out");
    }
    devices_[at(index)] = is_switch(index) ? add_switch(index) : add_adapter(index);
  }

  int add_switch(int index) {
    const SwitchName name = parse_switch_name(node(index).description);
    const bool reduces = std::ranges::any_of(neighbours_[at(index)], [&](int peer) { return is_aggregation(peer); });
    return add_device(topology_, {.id = ids_.take(name.name.empty() ? "switch:" + node(index).guid : name.name),
                                  .kind = DeviceKind::network_switch,
                                  .model = name.model,
                                  .tier = tiers_[at(index)],
                                  .guid = normal_guid(node(index).guid),
                                  .can = {.reduce = reduces}});
  }

  // A host without a name is told apart by its adapter, so that two of them never count as one.
  int add_adapter(int index) {
    const auto name = parse_adapter_name(node(index).description);
    std::string host = name ? name->host : "unnamed:" + node(index).guid;
    if (hosts_.insert(host).second) topology_.hosts.push_back({.name = host});
    return add_device(topology_, {.id = ids_.take(host + "/nic:" + (name ? name->adapter : node(index).guid)),
                                  .kind = DeviceKind::nic,
                                  .model = name ? std::string() : std::string(trimmed(node(index).description)),
                                  .host = std::move(host),
                                  .index = name ? name->index : -1,
                                  .guid = normal_guid(node(index).guid)});
  }

  /// Rails are there when each leaf joins adapters of one number only, and not all leaves the same.
  void find_rails() {
    std::vector<int> rails(at(count()), -1);
    std::set<int> seen;
    for (int leaf = 0; leaf < count(); ++leaf) {
      if (tiers_[at(leaf)] != 0) continue;
      std::set<int> numbers;
      for (const int peer : neighbours_[at(leaf)]) {
        const int device = devices_[at(peer)];
        if (is_switch(peer) || device < 0 || topology_.devices[at(device)].index < 0) continue;
        numbers.insert(topology_.devices[at(device)].index);
      }
      if (numbers.size() > 1) return;
      if (numbers.empty()) continue;
      rails[at(leaf)] = *numbers.begin();
      seen.insert(rails[at(leaf)]);
    }
    if (seen.size() < 2) return;
    for (int leaf = 0; leaf < count(); ++leaf) {
      if (rails[at(leaf)] < 0) continue;
      topology_.devices[at(devices_[at(leaf)])].rail = rails[at(leaf)];
      for (const int peer : neighbours_[at(leaf)]) {
        if (!is_switch(peer) && devices_[at(peer)] >= 0) {
          topology_.devices[at(devices_[at(peer)])].rail = rails[at(leaf)];
        }
      }
    }
  }

  /// Cables of one rate between the same two nodes are one link.
  void join_nodes() {
    std::map<std::pair<std::pair<int, int>, std::string>, Link> links;
    for (const Cable& cable : cables_) {
      const int one = devices_[at(cable.told.node)];
      const int other = devices_[at(cable.told.peer)];
      if (one < 0 || other < 0 || one == other) continue;
      const auto rate = infiniband_rate(rate_of(cable));
      const std::string place = findings_.place(cable.told.line);
      Link& link = links
                       .try_emplace({std::minmax(one, other), text_of(rate_of(cable))},
                                    Link{.kind = LinkKind::infiniband,
                                         .count = 0,
                                         .capacity = rate ? stated_rate({0}, place + ": " + text_of(rate_of(cable)))
                                                          : unknown_rate(place + ": no speed is told")})
                       .first->second;
      ++link.count;
      link.capacity.line.value += rate.value_or(BytesPerSecond{}).value;
    }
    for (auto& [key, link] : links) join(topology_, key.first.first, key.first.second, std::move(link));
  }

  void examine_cables() {
    std::set<std::pair<int, int>> used;  // ports
    for (const Cable& cable : cables_) {
      const FabricPort& told = cable.told;
      for (const auto& port : {std::pair(told.node, told.port), {told.peer, told.peer_port}}) {
        if (used.insert(port).second) continue;
        tell(told.line, Severity::error, "port_used_twice", {port.first},
             "port " + std::to_string(port.second) + " of " + label(port.first) +
                 " has two cables: the ends of one of them contradict each other");
      }
      if (!cable.back) {
        tell(told.line, Severity::warning, "one_sided_cable", {told.node, told.peer},
             name_of(told) + " is told by one of its ends only: the other " +
                 (node(told.peer).is_listed ? "does not see it" : "has no entry, so the file was cut"));
      } else if (cable.back->rate != told.rate) {
        tell(cable.back->line, Severity::warning, "uneven_cable", {told.node, told.peer},
             name_of(told) + " is " + text_of(told.rate) + " at the first and " + text_of(cable.back->rate) +
                 " at the other: the slower is taken");
      }
      if (told.node == told.peer) {
        tell(told.line, Severity::warning, "loop_cable", {told.node},
             name_of(told) + " joins two ports of the same: it carries nothing and is left out");
      }
      if (cable.repeats > 0) {
        tell(told.line, Severity::note, "repeated_cable", {told.node, told.peer},
             name_of(told) + " is told more than twice: it counts once");
      }
    }
  }

  /// What most cables of a switch run at (those to hosts and those to switches apart) is what the others should.
  void tell_slow_cables() {
    std::map<std::pair<int, bool>, std::map<double, int>> rates;  // by (switch, to a switch): cables of each rate
    for (const Cable& cable : cables_) {
      for (const auto& [node, peer] :
           {std::pair(cable.told.node, cable.told.peer), {cable.told.peer, cable.told.node}}) {
        if (is_switch(node) && !is_aggregation(peer)) ++rates[{node, is_switch(peer)}][rate_or_zero(rate_of(cable))];
      }
    }
    for (const Cable& cable : cables_) {
      const int base = is_switch(cable.told.node) ? cable.told.node : cable.told.peer;
      const int peer = base == cable.told.node ? cable.told.peer : cable.told.node;
      if (!is_switch(base) || is_aggregation(peer)) continue;
      const auto& seen = rates.at({base, is_switch(peer)});
      // Where as many run slow as fast, the fast ones show what the switch can do.
      const auto usual =
          std::ranges::max_element(seen, {}, [](const auto& entry) { return std::pair(entry.second, entry.first); });
      const double rate = rate_or_zero(rate_of(cable));
      if (rate == 0 || rate >= usual->first) continue;
      tell(cable.told.line, Severity::warning, "slow_cable", {cable.told.node, cable.told.peer},
           name_of(cable.told) + " runs at " + text_of(rate_of(cable)) + ", " +
               std::to_string(static_cast<int>(std::lround(100 * rate / usual->first))) +
               " % of what most such cables of " + label(base) + " carry: is it half dead?");
    }
  }

  std::string label(int index) const {
    const std::string_view description = trimmed(node(index).description);
    return description.empty() ? node(index).guid : in_quotes(description);
  }

  std::string name_of(const FabricPort& port) const {
    return "the cable from port " + std::to_string(port.port) + " of " + label(port.node) + " to port " +
           std::to_string(port.peer_port) + " of " + label(port.peer);
  }

  void tell(int line, Severity severity, const char* code, const std::vector<int>& nodes, std::string meaning) {
    Finding finding{severity, code, {}, std::move(meaning)};
    for (const int index : nodes) {
      if (const int device = devices_[at(index)]; device >= 0) {
        finding.devices.push_back(topology_.devices[at(device)].id);
      }
    }
    findings_.add(line, std::move(finding));
  }

  const Fabric& fabric_;
  std::vector<Cable> cables_;
  FindingList& findings_;
  std::vector<int> devices_;  // [node]; -1 = left out
  std::vector<std::vector<int>> neighbours_;
  std::vector<int> tiers_;
  std::set<std::string> hosts_;
  UniqueIds ids_;
  Topology topology_;
};

}  // namespace

Imported graph_of(const Fabric& fabric, FindingList findings) {
  if (fabric.ports().empty()) {
    throw Error(findings.place(fabric.nodes().empty() ? 1 : fabric.nodes().back().line) +
                ": there is not one cable; give the whole output of ibnetdiscover, run as root");
  }
  Topology topology = FabricGraph(fabric, findings).build();
  return {.topology = std::move(topology), .findings = findings.take()};
}

}  // namespace muster
