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

/// A new rank at `place`, which it reaches at no cost that a link could tell.
void add_process(Topology& topology, int place, std::size_t rank, const char* memory) {
  const std::string host = topology.devices[at(place)].host;
  const int process =
      add_device(topology, {.id = "rank" + std::to_string(rank), .kind = DeviceKind::process, .host = host});
  join(topology, place, process, {.kind = LinkKind::internal, .capacity = unknown_rate(memory)});
}

}  // namespace

int device_at(const Topology& topology, const RankPlace& place) {
  const DeviceKind kind = place.processor == Processor::gpu ? DeviceKind::gpu : DeviceKind::cpu;
  int nth = 0;
  for (int i = 0; i < static_cast<int>(topology.devices.size()); ++i) {
    const Device& device = topology.devices[at(i)];
    if (device.kind != kind || device.host != place.host) continue;
    const bool knows_address = kind == DeviceKind::gpu && !device.address.empty() && !place.address.empty();
    const int number = device.index >= 0 ? device.index : nth;
    ++nth;
    if (knows_address ? device.address == place.address : number == place.index) return i;
  }
  throw Error("the graph does not hold " + name_of(LinkEnd{place.processor, place.index}) + " of host " +
              in_quotes(place.host) + (place.address.empty() ? "" : " at " + place.address) +
              ": describe the host with --topology");
}

Topology placed_on_devices(Topology topology, const std::vector<RankPlace>& place_of_rank) {
  std::vector<int> devices;
  for (const RankPlace& place : place_of_rank) devices.push_back(device_at(topology, place));
  for (std::size_t rank = 0; rank < devices.size(); ++rank) {
    add_process(topology, devices[rank], rank, "memory of the rank itself");
  }
  return topology;
}

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
    add_process(topology, places[place], rank, "host memory");
  }
  return topology;
}

}  // namespace muster
