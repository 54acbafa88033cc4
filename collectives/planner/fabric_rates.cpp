// SPDX-License-Identifier: Apache-2.0
// The fabric of a topology as the collective model sees it: sizes of nodes, and rates of the links of a GPU.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "collectives/planner/collective_model.hpp"
#include "collectives/planner/rank_shape.hpp"
#include "core/error.hpp"
#include "topology/path_type.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool is_network(const Link& link) { return link.kind == LinkKind::infiniband || link.kind == LinkKind::ethernet; }

double rate_of(const Link& link) {
  return link.capacity.line.value > 0 ? link.capacity.line.value : best_known(link.capacity).value;
}

class FabricReading {
 public:
  FabricReading(const Topology& topology, const std::string& name)
      : topology_(topology), name_(name), ranks_(rank_devices(topology)), shape_(shape_of(topology)) {}

  FabricGroup result() const {
    FabricGroup result{.group = group()};
    result.fabric.links = links();
    if (result.group.gpus_per_node > 1) {
      result.fabric.scale_up = scale_up();
      result.fabric.to_one = thinnest_pair();
      result.fabric.detour = detour();
      result.fabric.reduces_in_switch = adds_in_switch();
    }
    if (result.group.nodes > 1) {
      result.fabric.scale_out = scale_out(result.group);
      result.fabric.network = network();
    }
    return result;
  }

 private:
  Error error(const std::string& what) const { return Error(name_ + ": " + what); }

  const Device& device(int index) const { return topology_.devices[at(index)]; }

  GroupShape group() const {
    std::vector<int> sizes(at(shape_.groups));
    for (const int group : shape_.group) ++sizes[at(group)];
    if (std::ranges::any_of(sizes, [&](int size) { return size != sizes.front(); })) {
      throw error("nodes have different numbers of GPUs; predict each kind of node alone");
    }
    return {.nodes = shape_.groups, .gpus_per_node = sizes.front()};
  }

  LinkGeneration links() const {
    const Device& first = device(ranks_.front());
    if (first.kind != DeviceKind::gpu) throw error("has no GPUs; the model is of NCCL and RCCL");
    const auto generation = link_generation_of(first.model);
    if (!generation) {
      throw error("nothing is known of the links of the GPU " + in_quotes(first.model) +
                  "; the model is of NVIDIA's from V100 and AMD's from MI200 on");
    }
    return *generation;
  }

  /// Of the GPU that has least to the others of its node.
  BytesPerSecond scale_up() const {
    std::map<int, double> rates;
    for (const int rank : ranks_) rates[rank] = 0;
    for (const Link& link : topology_.links) {
      const bool is_inside = device(link.target).kind == DeviceKind::nvswitch || rates.contains(link.target);
      const auto source = rates.find(link.source);
      if (joins_gpus(link.kind) && is_inside && source != rates.end()) source->second += rate_of(link);
    }
    const auto least = std::ranges::min_element(rates, {}, [](const auto& entry) { return entry.second; });
    if (least->second == 0) {
      throw error("no rate is known of NVLink or xGMI at " + device(least->first).id +
                  "; the model is of GPUs that are joined so");
    }
    return {least->second};
  }

  /// Between two GPUs without a switch; 0 where there are no such links.
  BytesPerSecond thinnest_pair() const {
    double thinnest = 0;
    for (const Link& link : topology_.links) {
      const bool are_gpus = device(link.source).kind == DeviceKind::gpu && device(link.target).kind == DeviceKind::gpu;
      if (!joins_gpus(link.kind) || !are_gpus) continue;
      thinnest = thinnest == 0 ? rate_of(link) : std::min(thinnest, rate_of(link));
    }
    return {thinnest};
  }

  /// Over the GPUs of the first node. Two links by way of a switch count as one.
  double detour() const {
    std::map<int, std::vector<int>> next;
    for (const Link& link : topology_.links) {
      if (joins_gpus(link.kind)) next[link.source].push_back(link.target);
    }
    int pairs = 0;
    double hops = 0;
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      if (shape_.group[i] != 0) continue;
      for (const auto& [target, distance] : distances_from(ranks_[i], next)) {
        if (target == ranks_[i] || device(target).kind != DeviceKind::gpu) continue;
        hops += distance;
        ++pairs;
      }
    }
    return pairs > 0 ? hops / pairs : 1;
  }

  std::map<int, double> distances_from(int start, const std::map<int, std::vector<int>>& next) const {
    std::map<int, double> distances = {{start, 0}};
    std::vector<int> reached = {start};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const auto own = next.find(reached[i]);
      if (own == next.end()) continue;
      for (const int target : own->second) {
        const bool is_switch =
            device(target).kind == DeviceKind::nvswitch || device(reached[i]).kind == DeviceKind::nvswitch;
        if (distances.emplace(target, distances[reached[i]] + (is_switch ? 0.5 : 1)).second) reached.push_back(target);
      }
    }
    return distances;
  }

  bool adds_in_switch() const {
    return std::ranges::any_of(topology_.devices, [](const Device& device) {
      return device.kind == DeviceKind::nvswitch && device.can.reduce;
    });
  }

  /// NICs of the hosts that have ranks, with the rates of their cables.
  BytesPerSecond scale_out(GroupShape group) const {
    std::set<std::string> hosts;
    for (const int rank : ranks_) hosts.insert(device(rank).host);
    double rate = 0;
    for (const Link& link : topology_.links) {
      const Device& nic = device(link.source);
      if (nic.kind == DeviceKind::nic && is_network(link) && hosts.contains(nic.host)) rate += rate_of(link);
    }
    if (rate == 0) throw error("no rate is known of the NICs between its nodes; describe the fabric");
    return {rate / group.ranks()};
  }

  /// The model of the NIC tells clouds' own networks apart, the kind of cable the others.
  NetworkGeneration network() const {
    for (const Link& link : topology_.links) {
      const Device& nic = device(link.source);
      if (nic.kind != DeviceKind::nic || !is_network(link)) continue;
      const NetworkGeneration of_cable =
          link.kind == LinkKind::ethernet ? NetworkGeneration::roce : NetworkGeneration::infiniband;
      return network_generation_of(nic.model).value_or(of_cable);
    }
    return NetworkGeneration::infiniband;
  }

  const Topology& topology_;
  const std::string& name_;
  std::vector<int> ranks_;
  RankShape shape_;
};

}  // namespace

FabricGroup fabric_of(const Topology& topology, const std::string& name) {
  if (rank_devices(topology).empty()) throw Error(name + ": has no GPUs; the model is of NCCL and RCCL");
  return FabricReading(topology, name).result();
}

}  // namespace muster
