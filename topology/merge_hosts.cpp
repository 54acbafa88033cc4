// SPDX-License-Identifier: Apache-2.0
// First step of a merge: which of the hosts in several descriptions are the same.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "topology/disjoint_sets.hpp"
#include "topology/merge_steps.hpp"
#include "topology/readers/text.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// What can tell a host from another.
struct Traits {
  std::set<std::string> guids{};      // of NICs
  std::set<std::string> addresses{};  // of GPUs
  int gpus = 0;
  bool has_inside = false;  // GPUs or CPUs: not just the ends of cables
};

/// "node3" of "node3.cluster.local": schedulers write the first, hosts themselves either.
std::string short_name(std::string_view name) { return lower_case(name.substr(0, name.find('.'))); }

class HostJoiner {
 public:
  HostJoiner(const std::vector<Imported>& parts, MergeFindings& findings)
      : parts_(parts), findings_(findings), described_(hosts_of(parts)), groups_(count()) {
    for (const HostPart& host : described_) traits_.push_back(traits_of(host));
  }

  std::vector<JoinedHost> join() {
    join_by_name();
    join_by_guid();
    join_placeholders();
    return joined();
  }

 private:
  int count() const { return static_cast<int>(described_.size()); }
  const Imported& part_of(int host) const { return parts_[at(described_[at(host)].part)]; }
  bool is_placeholder(int host) const { return is_placeholder_host(part_of(host), described_[at(host)].name); }

  static std::vector<HostPart> hosts_of(const std::vector<Imported>& parts) {
    std::vector<HostPart> found;
    for (int part = 0; part < static_cast<int>(parts.size()); ++part) {
      std::map<std::string, std::size_t> numbers;  // by name
      const Topology& topology = parts[at(part)].topology;
      for (int device = 0; device < static_cast<int>(topology.devices.size()); ++device) {
        const std::string& name = topology.devices[at(device)].host;
        if (name.empty()) continue;
        const auto [known, is_new] = numbers.try_emplace(name, found.size());
        if (is_new) found.push_back({.part = part, .name = name});
        found[known->second].devices.push_back(device);
      }
    }
    return found;
  }

  Traits traits_of(const HostPart& host) const {
    Traits traits;
    for (const int index : host.devices) {
      const Device& device = parts_[at(host.part)].topology.devices[at(index)];
      if (device.kind == DeviceKind::nic && !device.guid.empty()) traits.guids.insert(normal_guid(device.guid));
      if (device.kind == DeviceKind::gpu && !device.address.empty()) traits.addresses.insert(device.address);
      traits.gpus += device.kind == DeviceKind::gpu ? 1 : 0;
      traits.has_inside |= device.kind == DeviceKind::gpu || device.kind == DeviceKind::cpu;
    }
    return traits;
  }

  void join_by_name() {
    std::map<std::string, int> first;
    for (int host = 0; host < count(); ++host) {
      if (is_placeholder(host)) continue;
      const auto [known, is_new] = first.try_emplace(short_name(described_[at(host)].name), host);
      if (!is_new) unite(known->second, host);
    }
  }

  /// A GUID that a description gives to two hosts tells nothing.
  void join_by_guid() {
    std::map<std::string, std::vector<int>> owners;
    for (int host = 0; host < count(); ++host) {
      for (const std::string& guid : traits_[at(host)].guids) owners[guid].push_back(host);
    }
    for (const auto& [guid, hosts] : owners) {
      const bool is_clear = std::ranges::adjacent_find(hosts, [&](int one, int other) {
                              return described_[at(one)].part == described_[at(other)].part;
                            }) == hosts.end();
      for (const int host : hosts) {
        if (is_clear) unite(hosts.front(), host);
      }
    }
  }

  void join_placeholders() {
    std::map<int, int> hosts_in_part;
    for (const HostPart& host : described_) ++hosts_in_part[host.part];
    for (int host = 0; host < count(); ++host) {
      if (!is_placeholder(host) || hosts_in_part.at(described_[at(host)].part) != 1 || has_company(host)) continue;
      std::set<int> fitting;  // groups
      for (int other = 0; other < count(); ++other) {
        if (groups_.find(other) != groups_.find(host) && fits(host, groups_.find(other))) {
          fitting.insert(groups_.find(other));
        }
      }
      if (fitting.size() == 1) unite(*fitting.begin(), host);
      if (fitting.size() > 1) {
        findings_.add({Severity::warning, "not_joined", place_of(host),
                       "this description names no host, and " + std::to_string(fitting.size()) +
                           " hosts of the others would fit: it is taken for a host of its own"});
      }
    }
  }

  /// Two dumps of one format are two hosts; two of different formats may be one, where nothing speaks against it.
  bool fits(int host, int group) {
    const Traits& own = traits_[at(host)];
    for (int other = 0; other < count(); ++other) {
      if (groups_.find(other) != group) continue;
      const Traits& theirs = traits_[at(other)];
      if (part_of(other).format == part_of(host).format || !theirs.has_inside || !own.has_inside) return false;
      if (own.gpus > 0 && theirs.gpus > 0 && own.gpus != theirs.gpus) return false;
      if (are_apart(own.guids, theirs.guids) || are_apart(own.addresses, theirs.addresses)) return false;
    }
    return true;
  }

  static bool are_apart(const std::set<std::string>& own, const std::set<std::string>& theirs) {
    return !own.empty() && !theirs.empty() &&
           std::ranges::none_of(own, [&](const std::string& each) { return theirs.contains(each); });
  }

  bool has_company(int host) {
    for (int other = 0; other < count(); ++other) {
      if (other != host && groups_.find(other) == groups_.find(host)) return true;
    }
    return false;
  }

  void unite(int one, int other) {
    if (groups_.find(one) == groups_.find(other)) return;
    std::set<int>& parts = parts_of(groups_.find(one));
    for (const int part : parts_of(groups_.find(other))) {
      if (!parts.contains(part)) continue;
      return findings_.add({Severity::warning, "contradiction", place_of(other),
                            in_quotes(described_[at(one)].name) + " and " + in_quotes(described_[at(other)].name) +
                                " share a name or a NIC, but one description has both: they stay two hosts"});
    }
    std::set<int> both = parts;
    both.insert(parts_of(groups_.find(other)).begin(), parts_of(groups_.find(other)).end());
    groups_.unite(one, other);
    parts_of(groups_.find(one)) = std::move(both);
  }

  /// The descriptions that a group of hosts comes from.
  std::set<int>& parts_of(int group) {
    return parts_of_.try_emplace(group, std::set<int>{described_[at(group)].part}).first->second;
  }

  std::string place_of(int host) const { return described_[at(host)].name; }

  std::vector<JoinedHost> joined() {
    std::map<int, std::vector<int>> members;  // described hosts, by group
    for (int host = 0; host < count(); ++host) members[groups_.find(host)].push_back(host);
    const std::vector<std::size_t> fullness = find_fullness();
    std::vector<JoinedHost> hosts;
    for (auto& [group, same] : members) {
      JoinedHost& host = hosts.emplace_back();
      const auto named = std::ranges::find_if_not(same, [&](int each) { return is_placeholder(each); });
      if (named != same.end()) host.name = described_[at(*named)].name;
      std::ranges::stable_sort(same, std::ranges::greater{}, [&](int each) { return fullness[at(each)]; });
      for (const int each : same) host.parts.push_back(described_[at(each)]);
    }
    name_the_rest(hosts);
    return hosts;
  }

  /// How much each description tells of the inside of each host: links with a rate count more than bare ones.
  std::vector<std::size_t> find_fullness() const {
    constexpr std::size_t kRate = 1000;     // outweighs the links of any host's bare tree
    std::vector<std::vector<int>> host_of;  // [part][device]
    for (const Imported& part : parts_) host_of.emplace_back(part.topology.devices.size(), -1);
    for (int host = 0; host < count(); ++host) {
      for (const int device : described_[at(host)].devices) host_of[at(described_[at(host)].part)][at(device)] = host;
    }
    std::vector<std::size_t> fullness(described_.size(), 0);
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      for (const Link& link : parts_[part].topology.links) {
        const int host = host_of[part][at(link.source)];
        if (host < 0 || host != host_of[part][at(link.target)]) continue;
        fullness[at(host)] += best_known(link.capacity).value > 0 ? kRate : 1;
      }
    }
    return fullness;
  }

  static void name_the_rest(std::vector<JoinedHost>& hosts) {
    std::set<std::string> used;
    for (const JoinedHost& host : hosts) used.insert(host.name);
    int next = 0;
    for (JoinedHost& host : hosts) {
      if (!host.name.empty()) continue;
      host.name = host.parts.front().name;
      while (used.contains(host.name)) host.name = "host" + std::to_string(next++);
      used.insert(host.name);
    }
  }

  const std::vector<Imported>& parts_;
  MergeFindings& findings_;
  std::vector<HostPart> described_;
  DisjointSets groups_;  // of described_
  std::vector<Traits> traits_;
  std::map<int, std::set<int>> parts_of_;
};

}  // namespace

bool is_placeholder_host(const Imported& part, std::string_view name) {
  // Our own files name hosts as their makers wished.
  if (part.format == "cluster" || part.format == "template") return false;
  return name.starts_with("host") && is_number(name.substr(4));
}

std::vector<JoinedHost> join_hosts(const std::vector<Imported>& parts, MergeFindings& findings) {
  return HostJoiner(parts, findings).join();
}

}  // namespace muster
