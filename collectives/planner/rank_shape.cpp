// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/rank_shape.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "topology/path_type.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Sets of devices that grow together.
class Domains {
 public:
  explicit Domains(std::size_t devices) : parent_(devices) { std::iota(parent_.begin(), parent_.end(), 0); }
  int of(int device) {
    while (parent_[at(device)] != device) device = parent_[at(device)] = parent_[at(parent_[at(device)])];
    return device;
  }
  void unite(int one, int other) { parent_[at(of(one))] = of(other); }

 private:
  std::vector<int> parent_;
};

/// Numbers in the order of ranks.
std::vector<int> numbered(const std::vector<int>& keys) {
  std::unordered_map<int, int> numbers;
  std::vector<int> result;
  for (const int key : keys) result.push_back(numbers.emplace(key, static_cast<int>(numbers.size())).first->second);
  return result;
}

std::vector<int> scale_up_groups(const Topology& topology, const std::vector<int>& ranks) {
  Domains domains(topology.devices.size());
  bool has_links = false;
  for (const Link& link : topology.links) {
    if (!joins_gpus(link.kind)) continue;
    domains.unite(link.source, link.target);
    has_links = true;
  }
  std::vector<int> keys;
  std::unordered_map<std::string, int> hosts;
  for (const int device : ranks) {
    const std::string& host = topology.devices[at(device)].host;
    if (has_links) {
      keys.push_back(domains.of(device));
    } else {  // a rank without a host stands for itself
      keys.push_back(host.empty() ? device : hosts.emplace(host, device).first->second);
    }
  }
  return numbered(keys);
}

/// [device]: group of the rank or of the NIC's host; -1 for all else.
std::vector<int> groups_of_devices(const Topology& topology, const std::vector<int>& ranks,
                                   const std::vector<int>& group) {
  std::vector<int> of_device(topology.devices.size(), -1);
  std::unordered_map<std::string_view, int> of_host;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const Device& device = topology.devices[at(ranks[rank])];
    if (!device.host.empty()) of_host.emplace(device.host, group[rank]);
    of_device[at(ranks[rank])] = group[rank];
  }
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    if (topology.devices[i].kind != DeviceKind::nic || of_device[i] >= 0) continue;
    const auto host = of_host.find(topology.devices[i].host);
    if (host != of_host.end()) of_device[i] = host->second;
  }
  return of_device;
}

/// [group]: the first switches of the network that its NICs (or its ranks) are plugged into.
std::vector<std::set<int>> leaves_of(const Topology& topology, const std::vector<int>& group_of_device, int groups) {
  std::vector<std::set<int>> leaves(at(groups));
  for (const Link& link : topology.links) {
    const int group = group_of_device[at(link.source)];
    if (group < 0 || topology.devices[at(link.target)].kind != DeviceKind::network_switch) continue;
    leaves[at(group)].insert(link.target);
  }
  return leaves;
}

/// Length of the runs of equal keys, if all runs are as long and no key comes back; else 0.
template <typename Key>
int run_length(const std::vector<Key>& keys) {
  std::set<Key> seen;
  std::size_t length = 0;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    if (!seen.insert(keys[begin]).second || (length != 0 && end - begin != length)) return 0;
    length = end - begin;
    begin = end;
  }
  return static_cast<int>(length);
}

}  // namespace

RankShape shape_of(const Topology& topology) {
  const std::vector<int> ranks = rank_devices(topology);
  RankShape shape{.axes = {}, .group = scale_up_groups(topology, ranks), .groups = 1};
  for (const int group : shape.group) shape.groups = std::max(shape.groups, group + 1);
  const int total = static_cast<int>(ranks.size());
  const int inside = run_length(shape.group);
  if (inside == 0 || shape.groups == 1 || inside == 1) {
    shape.axes = {{"rank", total}};
    if (inside == 1 && total > 1) shape.axes = {{"node", total}};
  } else {
    shape.axes = {{"gpu", inside}, {"node", shape.groups}};
  }
  const std::vector<int> of_device = groups_of_devices(topology, ranks, shape.group);
  const int under_leaf = run_length(leaves_of(topology, of_device, shape.groups));
  if (shape.axes.back().name == "node" && under_leaf > 1 && under_leaf < shape.groups) {
    shape.axes.back().extent = under_leaf;
    shape.axes.push_back({"pod", shape.groups / under_leaf});
  }
  return shape;
}

}  // namespace muster
