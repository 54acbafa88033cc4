// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/import_limits.hpp"

#include <algorithm>
#include <ranges>
#include <set>
#include <sstream>

#include "core/error.hpp"

namespace muster {
namespace {

/// "node3" and "node4" of the group "node3+node4", "node3+node4/tensor" or "node3+node4#2".
std::vector<std::string> hosts_in(const std::string& group) {
  std::vector<std::string> hosts;
  std::istringstream names(group.substr(0, group.find_first_of("/#")));
  for (std::string name; std::getline(names, name, '+');) hosts.push_back(name);
  return hosts;
}

std::string short_name(const std::string& host) { return host.substr(0, host.find('.')); }

/// What the devices and links of each host are, whatever their names: hosts of one text are alike.
std::map<std::string, std::string> kinds_of_hosts(const Topology& topology) {
  std::map<std::string, std::map<std::string, int>> parts;
  for (const Device& device : topology.devices) ++parts[device.host][std::string(name_of(device.kind)) + device.model];
  for (const Link& link : topology.links) {
    const Device& source = topology.devices[static_cast<std::size_t>(link.source)];
    const Device& target = topology.devices[static_cast<std::size_t>(link.target)];
    const std::string kind = std::string(name_of(source.kind)) + ">" + std::string(name_of(target.kind)) + " " +
                             std::to_string(link.capacity.line.value);
    ++parts[source.host][kind];
    if (target.host != source.host) ++parts[target.host][kind];
  }
  std::map<std::string, std::string> kinds;
  for (const auto& [host, counts] : parts) {
    for (const auto& [part, count] : counts) kinds[host] += part + " x" + std::to_string(count) + ", ";
  }
  return kinds;
}

enum class Spread { first, even };

std::vector<int> chosen(const std::vector<int>& gpus, int count, Spread spread) {
  const std::size_t wanted = static_cast<std::size_t>(count);
  std::vector<int> some;
  for (std::size_t i = 0; i < wanted; ++i) some.push_back(gpus[spread == Spread::first ? i : i * gpus.size() / wanted]);
  return some;
}

int divided_up(int total, int part) { return (total + part - 1) / part; }

}  // namespace

ImportLimits::ImportLimits(const Topology& topology, const Plan& plan) : topology_(topology), plan_ranks_(plan.ranks) {
  std::map<std::string, std::size_t> numbers;
  std::map<std::string, std::string> kinds;
  for (const Device& device : topology.devices) {
    if (device.kind != DeviceKind::gpu) continue;
    if (kinds.empty()) kinds = kinds_of_hosts(topology);
    const auto [found, is_new] = numbers.try_emplace(device.host, hosts_.size());
    if (is_new) hosts_.push_back({.name = device.host, .gpus = {}, .kind = kinds[device.host]});
    std::vector<int>& gpus = hosts_[found->second].gpus;
    gpus.push_back(device.index >= 0 ? device.index : static_cast<int>(gpus.size()));
  }
  for (HostGpus& host : hosts_) std::ranges::sort(host.gpus);
  are_alike_ = std::ranges::adjacent_find(hosts_, std::ranges::not_equal_to(), &HostGpus::kind) == hosts_.end();
}

Expectation ImportLimits::of(const Case& item) {
  if (item.family != Family::collective) return {};
  const auto unknown = [](const std::string& why) { return Expectation{{}, {}, why}; };
  if (!is_on_gpu(item)) return unknown("where in host memory the ranks ran is not told");
  if (topology_.devices.empty()) return unknown("the machine is not described; give it with --topology or --template");
  if (hosts_.empty()) return unknown("the machine described has no GPUs");
  const std::variant<Occupancy, Unsupported> occupancy = occupancy_of(item);
  if (const auto* missing = std::get_if<Unsupported>(&occupancy)) return unknown(missing->reason);
  const auto [found, is_new] = limits_.try_emplace(std::get<Occupancy>(occupancy));
  if (is_new) found->second = placements_of(found->first);
  Expectation expectation = unknown("what the library of another tool chose is not told, so nothing predicts it");
  try {
    for (FabricLimits& placement : found->second) {
      const std::optional<Bound> bound = placement.of(item.collective, item.size);
      if (!bound) return unknown(placement.unknown());
      if (!expectation.limit || bound->time < expectation.limit->time) expectation.limit = bound;
    }
  } catch (const Error& error) {
    return unknown(error.what());  // no way leads from one rank to another: the description lacks the fabric
  }
  return expectation;
}

/// The fewest hosts that fit what is told: ranks that share hosts need the fabric least.
std::variant<Occupancy, Unsupported> ImportLimits::occupancy_of(const Case& item) const {
  const int ranks = item.ranks > 0 ? item.ranks : plan_ranks_;
  const std::vector<std::string> told = hosts_in(item.group);
  std::vector<std::string> named;
  int most_gpus = 0;
  for (const HostGpus& host : hosts_) {
    most_gpus = std::max(most_gpus, static_cast<int>(host.gpus.size()));
    if (std::ranges::find(told, short_name(host.name)) != told.end()) named.push_back(host.name);
  }
  const int hosts = std::max(static_cast<int>(told.size()), divided_up(ranks, most_gpus));
  const std::string wanted = std::to_string(ranks) + " ranks on " + std::to_string(hosts) + " hosts";
  if (hosts > static_cast<int>(hosts_.size())) {
    return Unsupported{wanted + ", but the machine described has " + std::to_string(hosts_.size()) +
                       " with GPUs; describe all, or say --nodes"};
  }
  if (ranks % hosts != 0) return Unsupported{wanted + ": how many ran on each is not told"};
  Occupancy occupancy{.hosts = {}, .host_count = hosts, .ranks_per_host = ranks / hosts};
  if (static_cast<int>(named.size()) == hosts) {
    occupancy.hosts = named;
  } else if (!are_alike_) {
    return Unsupported{"the hosts described differ, and not all of " + in_quotes(item.group) +
                       " are among them by name"};
  }
  const auto is_small = [&](const HostGpus& host) {
    const bool takes_part = occupancy.hosts.empty() || std::ranges::find(named, host.name) != named.end();
    return takes_part && static_cast<int>(host.gpus.size()) < occupancy.ranks_per_host;
  };
  if (std::ranges::any_of(hosts_, is_small)) return Unsupported{wanted + ": more ranks than GPUs on a host"};
  return occupancy;
}

bool ImportLimits::is_everything(const Occupancy& occupancy) const {
  return occupancy.host_count == static_cast<int>(hosts_.size()) &&
         std::ranges::all_of(hosts_, [&](const HostGpus& host) {
           return static_cast<int>(host.gpus.size()) == occupancy.ranks_per_host;
         });
}

/// GPUs are counted from the first; tools that spread them over the host reach more of its buses and adapters.
std::vector<FabricLimits> ImportLimits::placements_of(const Occupancy& occupancy) const {
  std::vector<std::string> hosts = occupancy.hosts;
  if (hosts.empty()) {
    const auto any = hosts_ | std::views::take(occupancy.host_count) | std::views::transform(&HostGpus::name);
    hosts.assign(any.begin(), any.end());
  }
  const Topology part = part_with(hosts, occupancy);
  std::vector<FabricLimits> placements;
  for (const Spread spread : {Spread::first, Spread::even}) {
    std::vector<RankPlace> places;
    for (const std::string& host : hosts) {
      const auto found = std::ranges::find(hosts_, host, &HostGpus::name);
      for (const int gpu : chosen(found->gpus, occupancy.ranks_per_host, spread)) {
        places.push_back({.host = host, .address = {}, .index = gpu});
      }
    }
    placements.emplace_back(part, places);
    const bool is_full = occupancy.ranks_per_host == static_cast<int>(hosts_.front().gpus.size());
    if (is_full && are_alike_) break;
  }
  return placements;
}

/// Those hosts and the switches. Where any hosts may have been meant, switches of the fabric are joined by as much as
/// anybody wants: hosts under one switch and hosts far apart then have the same limit, that of the nearest.
Topology ImportLimits::part_with(const std::vector<std::string>& hosts, const Occupancy& occupancy) const {
  if (is_everything(occupancy)) return topology_;
  const std::set<std::string> kept(hosts.begin(), hosts.end());
  Topology part;
  std::vector<int> number(topology_.devices.size(), -1);
  for (std::size_t i = 0; i < topology_.devices.size(); ++i) {
    const Device& device = topology_.devices[i];
    if (device.host.empty() || kept.contains(device.host)) number[i] = add_device(part, device);
  }
  for (const Link& link : topology_.links) {
    Link copy = link;
    copy.source = number[static_cast<std::size_t>(link.source)];
    copy.target = number[static_cast<std::size_t>(link.target)];
    if (copy.source < 0 || copy.target < 0) continue;
    const bool is_fabric = part.devices[static_cast<std::size_t>(copy.source)].kind == DeviceKind::network_switch &&
                           part.devices[static_cast<std::size_t>(copy.target)].kind == DeviceKind::network_switch;
    if (is_fabric && occupancy.hosts.empty()) copy.capacity = unknown_rate("which hosts took part is not told");
    part.links.push_back(std::move(copy));
  }
  return part;
}

}  // namespace muster
