// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/placement.hpp"

#include <map>
#include <utility>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

using DevicesOfHost = std::map<std::string, std::vector<int>>;

DevicesOfHost devices_of(const Topology& topology, DeviceKind kind) {
  DevicesOfHost devices;
  for (int i = 0; i < static_cast<int>(topology.devices.size()); ++i) {
    if (topology.devices[at(i)].kind == kind) devices[topology.devices[at(i)].host].push_back(i);
  }
  return devices;
}

/// Packages; a fabric that knows its hosts by their adapters only still bounds what the adapters carry.
const std::vector<int>& places_on(const std::string& host, const DevicesOfHost& cpus, const DevicesOfHost& nics) {
  if (const auto found = cpus.find(host); found != cpus.end()) return found->second;
  if (const auto found = nics.find(host); found != nics.end()) return found->second;
  throw Error("the graph does not hold the host " + in_quotes(host) + ": describe it and its fabric with --topology");
}

}  // namespace

Topology placed_ranks(Topology topology, const std::vector<std::string>& host_of_rank) {
  const DevicesOfHost cpus = devices_of(topology, DeviceKind::cpu);
  const DevicesOfHost nics = devices_of(topology, DeviceKind::nic);
  std::map<std::string, int> ranks_on;
  for (const std::string& host : host_of_rank) ++ranks_on[host];
  std::map<std::string, int> placed_on;
  for (std::size_t rank = 0; rank < host_of_rank.size(); ++rank) {
    const std::string& host = host_of_rank[rank];
    const std::vector<int>& places = places_on(host, cpus, nics);
    // The n-th of m ranks stands where the n-th of m cores lies.
    const auto place =
        static_cast<std::size_t>(placed_on[host]++) * places.size() / static_cast<std::size_t>(ranks_on[host]);
    const int process =
        add_device(topology, {.id = "rank" + std::to_string(rank), .kind = DeviceKind::process, .host = host});
    join(topology, places[place], process, {.kind = LinkKind::internal, .capacity = unknown_rate("host memory")});
  }
  return topology;
}

}  // namespace muster
