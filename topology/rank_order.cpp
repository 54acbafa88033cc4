// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>

#include "topology/host_order.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr int kNone = -1;
constexpr int kMostBridges = 16;  // more than any PCIe tree is deep; ends the climb where links form a circle

/// Where a rank hangs in its host: the CPU above it and the PCIe switch next to it.
struct Place {
  int cpu = kNone;
  int bridge = kNone;
};

/// The device that each one hangs on by PCIe or by a coherent link: a CPU where there is one, else a switch.
std::vector<int> parents_of(const Topology& topology) {
  std::vector<int> parent(topology.devices.size(), kNone);
  const auto is_cpu = [&](int device) { return topology.devices[at(device)].kind == DeviceKind::cpu; };
  for (const Link& link : topology.links) {
    const bool is_switch = topology.devices[at(link.target)].kind == DeviceKind::pcisw;
    if (is_cpu(link.source) || (!is_cpu(link.target) && !is_switch)) continue;
    if (link.kind != LinkKind::pcie && link.kind != LinkKind::c2c && link.kind != LinkKind::internal) continue;
    int& known = parent[at(link.source)];
    // A switch sees switches above and below; the one that was described first is above.
    if (known == kNone || (is_cpu(link.target) && !is_cpu(known))) known = link.target;
  }
  return parent;
}

Place place_of(const Topology& topology, const std::vector<int>& parent, int device) {
  Place place;
  for (int next = parent[at(device)], steps = 0; next != kNone && steps < kMostBridges;
       next = parent[at(next)], ++steps) {
    if (place.bridge == kNone) place.bridge = next;
    if (topology.devices[at(next)].kind != DeviceKind::cpu) continue;
    place.cpu = next;
    break;
  }
  return place;
}

}  // namespace

std::vector<int> rank_order(const Topology& topology) {
  std::unordered_map<std::string, int> number_of_host;
  for (const std::string& host : host_order(topology))
    number_of_host.emplace(host, static_cast<int>(number_of_host.size()));
  const std::vector<int> devices = rank_devices(topology);
  const std::vector<int> parent = parents_of(topology);
  std::vector<std::tuple<int, int, int, int>> keys;
  for (const int device : devices) {
    const auto host = number_of_host.find(topology.devices[at(device)].host);
    const Place place = place_of(topology, parent, device);
    keys.emplace_back(host == number_of_host.end() ? kNone : host->second, place.cpu, place.bridge, keys.size());
  }
  std::vector<int> order(devices.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int rank) { return keys[at(rank)]; });
  return order;
}

}  // namespace muster
