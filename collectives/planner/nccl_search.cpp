// SPDX-License-Identifier: Apache-2.0
// An estimate of the channels that NCCL's search finds, from the graph: its ladders of speeds and its achievable link
// rates (src/graph/search.cc, topo.h of 2.30.7), without the search itself.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "collectives/planner/nccl_model.hpp"
#include "topology/hardware.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

// GB/s per channel.
constexpr std::array<double, 13> kLadder = {40, 30, 20, 18, 15, 12, 10, 9, 7, 6, 5, 4, 3};
constexpr std::array<double, 11> kLadder90 = {60, 50, 40, 30, 24, 20, 15, 12, 11, 6, 3};
constexpr std::array<double, 12> kLadder100 = {90, 80, 70, 60, 50, 45, 40, 30, 24, 20, 19, 18};
constexpr int kMostChannels = 32;

std::span<const double> ladder_of(int capability) {
  if (capability >= 100) return kLadder100;
  if (capability >= 90) return kLadder90;
  return kLadder;
}

/// By line rate of an NVLink: what generation a GPU is of, and the GB/s that NCCL takes a link for.
struct Generation {
  double line;        ///< GB/s of one link, one direction
  int capability;     ///< times ten
  double achievable;  ///< GB/s of one link, one direction
};
constexpr std::array<Generation, 5> kGenerations = {
    {{20, 60, 18}, {25, 70, 20}, {25, 80, 20}, {26.5625, 90, 20.6}, {50, 100, 40.1}}};

/// NVLinks of one GPU.
struct Links {
  int count = 0;
  double line = 0;  ///< GB/s of one
};

Links links_of(const Topology& topology, int device) {
  Links links;
  for (const Link& link : topology.links) {
    if (link.source != device || link.kind != LinkKind::nvlink) continue;
    links.count += link.count;
    links.line = link.capacity.line.value / 1e9 / link.count;
  }
  return links;
}

/// Links per GPU tell generations of equal link rate apart: V100 has 6, A100 12, H100 18.
const Generation* generation_of(const Links& links) {
  if (links.count == 0) return nullptr;
  if (links.line > 40) return &kGenerations[4];
  if (links.line > 22) return &kGenerations[links.count <= 6 ? 1 : links.count <= 12 ? 2 : 3];
  return &kGenerations[0];
}

struct Network {
  int nics = 0;         ///< of a node
  double thinnest = 0;  ///< GB/s
};

Network network_of(const Topology& topology, const std::string& host) {
  Network network;
  for (const Link& link : topology.links) {
    const Device& source = topology.devices[at(link.source)];
    const bool is_cable = link.kind == LinkKind::infiniband || link.kind == LinkKind::ethernet;
    if (source.kind != DeviceKind::nic || source.host != host || !is_cable) continue;
    const double rate = link.capacity.line.value / 1e9;
    network.thinnest = network.nics == 0 ? rate : std::min(network.thinnest, rate);
    ++network.nics;
  }
  return network;
}

NcclGraph widest(std::span<const double> ladder, double total) {
  NcclGraph best;
  for (const double speed : ladder) {
    // The search does not go on to less than about half of what it has found.
    if (best.channels > 0 && speed * 1e9 <= 0.49 * best.intra.value) break;
    const int channels = std::min(kMostChannels, static_cast<int>(total / speed));
    if (channels * speed > best.channels * best.intra.value / 1e9) best = {channels, {speed * 1e9}, {speed * 1e9}};
  }
  return best;
}

/// Wide channels are run as twice as many of half the speed.
NcclGraph halved(NcclGraph graph, int capability) {
  const bool is_wide = graph.intra.value >= (capability >= 90 ? 50e9 : 25e9);
  const bool are_few = capability >= 90 && graph.channels <= 4;
  if (!is_wide && !are_few) return graph;
  return {2 * graph.channels, {graph.intra.value / 2}, {graph.inter.value / 2}};
}

}  // namespace

std::optional<NcclMachine> nccl_machine_of(const Topology& topology, Routes& routes, const RankShape& shape) {
  const int ranks = routes.ranks();
  if (ranks < 2 || ranks % shape.groups != 0) return std::nullopt;
  const int first = routes.rank_devices().front();
  const Links links = links_of(topology, first);
  const Generation* generation = generation_of(links);
  if (topology.devices[at(first)].kind != DeviceKind::gpu || generation == nullptr) return std::nullopt;

  const int per_node = ranks / shape.groups;
  const double intra = links.count * generation->achievable;
  NcclMachine machine{.nodes = shape.groups, .ranks = ranks, .compute_capability = generation->capability};
  if (per_node > 1) machine.intra = routes.between({.source = 0, .target = 1}).type;
  machine.ring = widest(ladder_of(generation->capability), intra);
  if (shape.groups > 1) {
    const Network network = network_of(topology, topology.devices[at(first)].host);
    if (network.nics == 0) return std::nullopt;
    machine.inter = routes.between({.source = 0, .target = per_node}).to_network;
    machine.ring = widest(ladder_of(generation->capability), std::min(intra / network.nics, network.thinnest));
    machine.ring.channels *= network.nics;
  }
  bool reduces = false;
  for (const Device& device : topology.devices) {
    reduces |= device.kind == DeviceKind::nvswitch && device.can.reduce;
  }
  if (reduces && per_node > 2) {
    machine.nvls = widest(ladder_of(generation->capability), intra / per_node);
    machine.nvls.channels = machine.nvls.channels > 0 ? per_node : 0;
    machine.nvls.inter = machine.ring.inter;
  }
  machine.ring = halved(machine.ring, generation->capability);
  if (machine.ring.channels == 0) return std::nullopt;
  return machine;
}

}  // namespace muster
