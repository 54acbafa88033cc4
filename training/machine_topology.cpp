// SPDX-License-Identifier: Apache-2.0
#include "training/machine_topology.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "core/error.hpp"
#include "training/accelerators.hpp"

namespace muster {
namespace {

bool is_fast(const Link& link) { return link.kind == LinkKind::nvlink || link.kind == LinkKind::xgmi; }
bool is_network(const Link& link) { return link.kind == LinkKind::infiniband || link.kind == LinkKind::ethernet; }

const Device& device(const Topology& topology, int index) { return topology.devices[static_cast<std::size_t>(index)]; }

/// The line rate, or what is known instead; 0 where nothing is.
double rate_of(const Link& link) {
  const double line = link.capacity.line.value;
  return line > 0 ? line : best_known(link.capacity).value;
}

std::vector<int> gpus_in(const Topology& topology) {
  std::vector<int> gpus;
  for (std::size_t index = 0; index < topology.devices.size(); ++index) {
    if (topology.devices[index].kind == DeviceKind::gpu) gpus.push_back(static_cast<int>(index));
  }
  return gpus;
}

/// Devices that fast links join with `start`, by index.
std::vector<bool> joined_with(const Topology& topology, int start) {
  std::vector<std::vector<int>> next(topology.devices.size());
  for (const Link& link : topology.links) {
    if (is_fast(link)) next[static_cast<std::size_t>(link.source)].push_back(link.target);
  }
  std::vector<bool> joined(topology.devices.size());
  std::vector<int> open = {start};
  joined[static_cast<std::size_t>(start)] = true;
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    for (const int other : next[static_cast<std::size_t>(at)]) {
      if (joined[static_cast<std::size_t>(other)]) continue;
      joined[static_cast<std::size_t>(other)] = true;
      open.push_back(other);
    }
  }
  return joined;
}

/// The GPUs of one node.
std::vector<int> node_of(const Topology& topology, const std::vector<int>& gpus) {
  const std::vector<bool> joined = joined_with(topology, gpus.front());
  std::vector<int> node;
  std::ranges::copy_if(gpus, std::back_inserter(node), [&](int gpu) { return joined[static_cast<std::size_t>(gpu)]; });
  if (node.size() > 1) return node;
  const std::string& host = device(topology, gpus.front()).host;
  node.clear();
  std::ranges::copy_if(gpus, std::back_inserter(node), [&](int gpu) { return device(topology, gpu).host == host; });
  return node;
}

/// What all links of `from` that `wanted` takes carry away from it together.
template <typename Wanted>
double rate_from(const Topology& topology, int from, Wanted wanted) {
  double rate = 0;
  for (const Link& link : topology.links) {
    if (link.source == from && wanted(link)) rate += rate_of(link);
  }
  return rate;
}

double scale_up_rate(const Topology& topology, int gpu) {
  const double fast = rate_from(topology, gpu, is_fast);
  return fast > 0 ? fast : rate_from(topology, gpu, [](const Link& link) { return link.kind == LinkKind::pcie; });
}

double network_rate(const Topology& topology, const std::vector<int>& node) {
  std::set<std::string> hosts;
  for (const int gpu : node) hosts.insert(device(topology, gpu).host);
  double rate = 0;
  for (const Link& link : topology.links) {
    const Device& from = device(topology, link.source);
    if (is_network(link) && from.kind == DeviceKind::nic && hosts.contains(from.host)) rate += rate_of(link);
  }
  return rate;
}

bool adds_in_switch(const Topology& topology, int gpu) {
  return std::ranges::any_of(topology.links, [&](const Link& link) {
    return link.source == gpu && is_fast(link) && device(topology, link.target).can.reduce;
  });
}

Accelerator accelerator_of(const Topology& topology, const std::vector<int>& gpus, const std::string& name) {
  const std::string& model = device(topology, gpus.front()).model;
  for (const int gpu : gpus) {
    if (device(topology, gpu).model == model) continue;
    throw Error(name + ": has GPUs of two kinds, " + in_quotes(model) + " and " +
                in_quotes(device(topology, gpu).model) + "; a machine that trains has one, describe it by hand");
  }
  if (auto found = find_accelerator(model)) return *found;
  throw Error(name + ": no peaks are known for the GPU " + in_quotes(model) + "; describe the machine by hand");
}

}  // namespace

Machine machine_of(const Topology& topology, const std::string& name) {
  const std::vector<int> gpus = gpus_in(topology);
  if (gpus.empty()) throw Error(name + ": has no GPU; name a topology with some");
  const std::vector<int> node = node_of(topology, gpus);
  Machine machine{.name = name, .source = "links of the topology " + name};
  machine.accelerator = accelerator_of(topology, gpus, name);
  machine.gpus_per_node = static_cast<int>(node.size());
  machine.scale_up = {scale_up_rate(topology, node.front())};
  machine.reduces_in_switch = adds_in_switch(topology, node.front());
  machine.scale_out = {network_rate(topology, node) / static_cast<double>(node.size())};
  if (machine.scale_up.value == 0 || machine.scale_out.value == 0) {
    throw Error(name + ": the rate of the links between " + (machine.scale_up.value == 0 ? "GPUs" : "nodes") +
                " is not known; describe the machine by hand");
  }
  return machine;
}

}  // namespace muster
