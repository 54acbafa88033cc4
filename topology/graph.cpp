// SPDX-License-Identifier: Apache-2.0
// Names of kinds, the makers of capacities, and the order of ranks.
#include "topology/graph.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 7> kDeviceKinds = {"gpu", "cpu",    "pcisw",  "nvswitch",
                                                          "nic", "switch", "process"};
constexpr std::array<std::string_view, 8> kLinkKinds = {"nvlink", "xgmi",       "c2c",      "pcie",
                                                        "smp",    "infiniband", "ethernet", "internal"};
constexpr std::array<std::string_view, 3> kCertainties = {"unknown", "assumed", "stated"};

}  // namespace

std::string_view name_of(DeviceKind kind) { return kDeviceKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(LinkKind kind) { return kLinkKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(Certainty certainty) { return kCertainties.at(static_cast<std::size_t>(certainty)); }

DeviceKind parse_device_kind(std::string_view name) {
  return static_cast<DeviceKind>(index_of_name("device kind", kDeviceKinds, name));
}

LinkKind parse_link_kind(std::string_view name) {
  return static_cast<LinkKind>(index_of_name("link kind", kLinkKinds, name));
}

Certainty parse_certainty(std::string_view name) {
  return static_cast<Certainty>(index_of_name("certainty", kCertainties, name));
}

Capacity stated_rate(BytesPerSecond line, std::string provenance) {
  return {.line = line, .certainty = Certainty::stated, .provenance = std::move(provenance)};
}

Capacity assumed_rate(BytesPerSecond line, std::string provenance) {
  return {.line = line, .certainty = Certainty::assumed, .provenance = std::move(provenance)};
}

Capacity unknown_rate(std::string why) { return {.provenance = std::move(why)}; }

BytesPerSecond best_known(const Capacity& capacity) {
  if (capacity.measured.value > 0) return capacity.measured;
  return capacity.usable.value > 0 ? capacity.usable : capacity.line;
}

int add_device(Topology& topology, Device device) {
  topology.devices.push_back(std::move(device));
  return static_cast<int>(topology.devices.size()) - 1;
}

void join(Topology& topology, int one, int other, Link link) {
  link.source = one;
  link.target = other;
  topology.links.push_back(link);
  std::swap(link.source, link.target);
  topology.links.push_back(std::move(link));
}

Topology without_reduction(Topology topology) {
  for (Device& device : topology.devices) device.can.reduce = false;
  return topology;
}

bool has_reduction(const Topology& topology) {
  return std::ranges::any_of(topology.devices, [](const Device& device) { return device.can.reduce; });
}

std::vector<int> rank_devices(const Topology& topology) {
  std::map<std::string_view, int> hosts;  // in order of first appearance
  std::vector<int> host_of;  // [device]: sorting 10^5 ranks by names would take longer than all their limits
  constexpr std::array kPreferred = {DeviceKind::process, DeviceKind::gpu, DeviceKind::cpu, DeviceKind::nic};
  std::array<std::vector<int>, kPreferred.size()> of_kind;
  for (int device = 0; device < static_cast<int>(topology.devices.size()); ++device) {
    const Device& each = topology.devices[static_cast<std::size_t>(device)];
    const bool as_before = device > 0 && topology.devices[static_cast<std::size_t>(device) - 1].host == each.host;
    host_of.push_back(as_before ? host_of.back()
                                : hosts.emplace(each.host, static_cast<int>(hosts.size())).first->second);
    for (std::size_t i = 0; i < kPreferred.size(); ++i) {
      if (each.kind == kPreferred[i]) of_kind[i].push_back(device);
    }
  }
  const auto found = std::ranges::find_if(of_kind, [](const auto& devices) { return !devices.empty(); });
  if (found == of_kind.end()) return {};
  // Processes are placed in the order of ranks, whatever their hosts.
  if (found == of_kind.begin()) return *found;
  std::ranges::stable_sort(*found, {}, [&](int device) {
    const auto place = static_cast<std::size_t>(device);
    return std::pair(host_of[place], topology.devices[place].index);
  });
  return *found;
}

}  // namespace muster
