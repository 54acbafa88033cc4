// SPDX-License-Identifier: Apache-2.0
#include "topology/gpus_per_host.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

using ByHost = std::map<std::string, std::vector<int>>;

/// Devices of one kind by host, in the vendor's order.
ByHost by_host(const Topology& topology, DeviceKind kind) {
  ByHost hosts;
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    if (topology.devices[i].kind == kind) hosts[topology.devices[i].host].push_back(static_cast<int>(i));
  }
  for (auto& [host, devices] : hosts) {
    std::ranges::stable_sort(devices, {}, [&](int i) { return topology.devices[static_cast<std::size_t>(i)].index; });
  }
  return hosts;
}

/// Marks all but the first `kept` devices.
void drop_rest(const std::vector<int>& devices, std::size_t kept, std::vector<bool>& dropped) {
  for (std::size_t i = kept; i < devices.size(); ++i) dropped[static_cast<std::size_t>(devices[i])] = true;
}

Topology without(const Topology& topology, const std::vector<bool>& dropped) {
  Topology rest{.hosts = topology.hosts};
  std::vector<int> place(topology.devices.size(), -1);
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    if (!dropped[i]) place[i] = add_device(rest, topology.devices[i]);
  }
  for (Link link : topology.links) {
    link.source = place[static_cast<std::size_t>(link.source)];
    link.target = place[static_cast<std::size_t>(link.target)];
    if (link.source >= 0 && link.target >= 0) rest.links.push_back(std::move(link));
  }
  return rest;
}

}  // namespace

Topology with_gpus_per_host(const Topology& topology, int gpus, const std::string& name) {
  const auto wanted = static_cast<std::size_t>(gpus);
  std::vector<bool> dropped(topology.devices.size());
  const ByHost nics = by_host(topology, DeviceKind::nic);
  for (const auto& [host, devices] : by_host(topology, DeviceKind::gpu)) {
    if (devices.size() < wanted) {
      throw Error(name + ": " + host + " has " + std::to_string(devices.size()) + " GPUs, not " + std::to_string(gpus) +
                  "; ask for fewer per node");
    }
    drop_rest(devices, wanted, dropped);
    const auto own = nics.find(host);
    if (own == nics.end()) continue;
    drop_rest(own->second, std::max<std::size_t>(1, own->second.size() * wanted / devices.size()), dropped);
  }
  return without(topology, dropped);
}

}  // namespace muster
