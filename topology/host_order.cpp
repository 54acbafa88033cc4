// SPDX-License-Identifier: Apache-2.0
#include "topology/host_order.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr int kNone = -1;
constexpr int kMostTiers = 8;  // more than any fabric; ends the climb where switches point at each other

class Climb {
 public:
  explicit Climb(const Topology& topology) : topology_(topology), up_(topology.devices.size(), kNone) {
    for (const Link& link : topology.links) {
      const Device& below = topology.devices[at(link.source)];
      if (topology.devices[at(link.target)].kind != DeviceKind::network_switch) continue;
      const bool rises = below.kind == DeviceKind::nic || (below.kind == DeviceKind::network_switch &&
                                                           below.tier < topology.devices[at(link.target)].tier);
      // Of several switches above the first stands for all: hosts of one leaf must only agree.
      if (rises && (up_[at(link.source)] == kNone || link.target < up_[at(link.source)]))
        up_[at(link.source)] = link.target;
    }
  }

  /// The switches above a device, highest first.
  std::vector<int> above(int device) const {
    std::vector<int> way;
    for (int next = up_[at(device)]; next != kNone && std::ssize(way) < kMostTiers; next = up_[at(next)])
      way.push_back(next);
    std::ranges::reverse(way);
    return way;
  }

 private:
  const Topology& topology_;
  std::vector<int> up_;  // [device]
};

}  // namespace

std::vector<std::string> host_order(const Topology& topology) {
  const Climb climb(topology);
  std::vector<std::pair<std::string, std::vector<int>>> hosts;  // with the way up from the first NIC that has one
  std::map<std::string, std::size_t> known;
  for (int device = 0; device < static_cast<int>(topology.devices.size()); ++device) {
    const Device& each = topology.devices[at(device)];
    if (each.host.empty()) continue;
    const auto [found, is_new] = known.emplace(each.host, hosts.size());
    if (is_new) hosts.emplace_back(each.host, std::vector<int>());
    std::vector<int>& way = hosts[found->second].second;
    if (way.empty() && each.kind == DeviceKind::nic) way = climb.above(device);
  }
  std::ranges::stable_sort(hosts, {}, &std::pair<std::string, std::vector<int>>::second);
  std::vector<std::string> names;
  for (auto& [name, way] : hosts) names.push_back(std::move(name));
  return names;
}

}  // namespace muster
