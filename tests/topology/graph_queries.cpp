// SPDX-License-Identifier: Apache-2.0
#include "tests/topology/graph_queries.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <tuple>

namespace muster {

namespace {

using Wire = std::tuple<int, int, LinkKind, int, double>;

std::vector<Wire> wires_of(const Topology& topology, const std::function<int(int)>& image) {
  std::vector<Wire> wires;
  for (const Link& link : topology.links) {
    wires.emplace_back(image(link.source), image(link.target), link.kind, link.count, link.capacity.line.value);
  }
  std::ranges::sort(wires);
  return wires;
}

}  // namespace

bool is_automorphism(const Topology& topology, const std::vector<int>& permutation) {
  if (permutation.size() != topology.devices.size()) return false;
  if (std::set<int>(permutation.begin(), permutation.end()).size() != permutation.size()) return false;
  const auto image = [&](int device) { return permutation.at(static_cast<std::size_t>(device)); };
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    const Device& one = topology.devices[i];
    const Device& other = topology.devices.at(static_cast<std::size_t>(image(static_cast<int>(i))));
    if (one.kind != other.kind || one.model != other.model || one.can != other.can || one.tier != other.tier) {
      return false;
    }
  }
  return wires_of(topology, image) == wires_of(topology, [](int device) { return device; });
}

int count_of(const Topology& topology, DeviceKind kind) {
  return static_cast<int>(std::ranges::count(topology.devices, kind, &Device::kind));
}

int index_of(const Topology& topology, const std::string& id) {
  return static_cast<int>(std::ranges::find(topology.devices, id, &Device::id) - topology.devices.begin());
}

double rate_between(const Topology& topology, const std::string& source, const std::string& target) {
  double sum = 0;
  for (const Link& link : topology.links) {
    if (link.source == index_of(topology, source) && link.target == index_of(topology, target)) {
      sum += link.capacity.line.value;
    }
  }
  return sum;
}

int gpu_classes(const ExpandedTemplate& expanded) {
  std::vector<int> parent(expanded.topology.devices.size());
  std::iota(parent.begin(), parent.end(), 0);
  const std::function<int(int)> find = [&](int device) {
    int& up = parent[static_cast<std::size_t>(device)];
    return up == device ? device : up = find(up);
  };
  for (const auto& permutation : expanded.symmetries) {
    for (std::size_t device = 0; device < permutation.size(); ++device) {
      parent[static_cast<std::size_t>(find(static_cast<int>(device)))] = find(permutation[device]);
    }
  }
  std::set<int> classes;
  for (std::size_t device = 0; device < parent.size(); ++device) {
    if (expanded.topology.devices[device].kind == DeviceKind::gpu) classes.insert(find(static_cast<int>(device)));
  }
  return static_cast<int>(classes.size());
}

}  // namespace muster
