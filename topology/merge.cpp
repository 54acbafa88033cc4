// SPDX-License-Identifier: Apache-2.0
// Last step of a merge: one graph out of what is known to be the same. The fullest description of a host gives its
// tree; the others give numbers to it, and what it lacks.
#include <algorithm>
#include <deque>
#include <set>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "topology/merge_steps.hpp"
#include "topology/readers/unique_ids.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

class Merger {
 public:
  explicit Merger(std::vector<Imported> parts)
      : parts_(std::move(parts)),
        hosts_(join_hosts(parts_, findings_)),
        map_(match_devices(parts_, hosts_, findings_)) {}

  Imported merge() {
    number_hosts();
    add_devices();
    for (int part = 0; part < count(); ++part) add_links(part);
    for (int part = 0; part < count(); ++part) improve_links(part);
    compare_scale_up();
    attach_left_alone();
    drop_placeholder_networks(topology_, findings_);
    tell_not_joined(topology_, findings_);
    take_findings();
    return {.topology = std::move(topology_), .findings = findings_.take(), .format = "merged"};
  }

 private:
  int count() const { return static_cast<int>(parts_.size()); }
  const Topology& topology_of(int part) const { return parts_[at(part)].topology; }
  const Device& device(const DeviceRef& ref) const { return topology_of(ref.part).devices[at(ref.device)]; }
  const std::vector<DeviceRef>& becomes(const DeviceRef& ref) const {
    return map_.becomes[at(ref.part)][at(ref.device)];
  }
  bool is_kept(const DeviceRef& ref) const { return becomes(ref).size() == 1 && becomes(ref).front() == ref; }

  using DescribedHosts = std::map<std::pair<int, std::string>, const Host*>;  // by part and name there

  void number_hosts() {
    DescribedHosts described;
    for (int part = 0; part < count(); ++part) {
      host_of_.emplace_back(topology_of(part).devices.size(), -1);
      for (const Host& host : topology_of(part).hosts) described.try_emplace({part, host.name}, &host);
    }
    for (int host = 0; host < static_cast<int>(hosts_.size()); ++host) {
      for (const HostPart& part : hosts_[at(host)].parts) {
        for (const int device : part.devices) host_of_[at(part.part)][at(device)] = host;
      }
      add_host(hosts_[at(host)], described);
    }
    for (int part = 0; part < count(); ++part) {
      for (const Link& link : topology_of(part).links) {
        if (is_scale_up(link.kind)) scale_up_.insert({part, host_number({part, link.source})});
      }
    }
  }

  /// What several descriptions say of one host, each field from the first that knows it.
  void add_host(const JoinedHost& joined, const DescribedHosts& described) {
    Host whole{.name = joined.name};
    for (const HostPart& part : joined.parts) {
      const auto known = described.find({part.part, part.name});
      if (known == described.end()) continue;
      const Host* found = known->second;
      if (whole.cpu_model.empty()) whole.cpu_model = found->cpu_model;
      if (whole.physical_cores == 0) whole.physical_cores = found->physical_cores;
      if (whole.logical_cpus == 0) whole.logical_cpus = found->logical_cpus;
      if (whole.numa_nodes == 0) whole.numa_nodes = found->numa_nodes;
      if (whole.memory.value == 0) whole.memory = found->memory;
      if (whole.levels.empty()) whole.levels = found->levels;
    }
    topology_.hosts.push_back(std::move(whole));
  }

  int host_number(const DeviceRef& ref) const { return host_of_[at(ref.part)][at(ref.device)]; }

  /// Id of a kept device: its own, with the name of its host in front where other hosts have the same.
  void add_devices() {
    std::map<std::string, int> wanted;
    for_each_kept([&](const DeviceRef& ref) { ++wanted[device(ref).id]; });
    UniqueIds unique;
    for_each_kept([&](const DeviceRef& ref) {
      Device added = device(ref);
      const int host = host_number(ref);
      if (host >= 0) {
        const std::string old_prefix = added.host + "/";
        added.host = hosts_[at(host)].name;
        const bool has_prefix = added.id.starts_with(old_prefix);
        const bool must_have = has_prefix || wanted.at(added.id) > 1;
        if (must_have) added.id = added.host + "/" + added.id.substr(has_prefix ? old_prefix.size() : 0);
      }
      added.id = unique.take(added.id);
      ids_[ref] = added.id;
      index_[ref] = add_device(topology_, std::move(added));
    });
    for (int part = 0; part < count(); ++part) {
      for (int each = 0; each < static_cast<int>(topology_of(part).devices.size()); ++each) {
        const DeviceRef ref{part, each};
        if (!is_kept(ref) && becomes(ref).size() == 1)
          complete(topology_.devices[at(index(becomes(ref).front()))], ref);
      }
    }
  }

  template <typename Each>
  void for_each_kept(Each each) const {
    for (int part = 0; part < count(); ++part) {
      for (int device = 0; device < static_cast<int>(topology_of(part).devices.size()); ++device) {
        if (is_kept({part, device})) each(DeviceRef{part, device});
      }
    }
  }

  int index(const DeviceRef& ref) const { return index_.at(ref); }

  /// Fields that are not known yet, from another description of the same device.
  void complete(Device& known, const DeviceRef& ref) {
    const Device& other = device(ref);
    if (known.model.empty()) known.model = other.model;
    if (known.enclosure.empty()) known.enclosure = other.enclosure;
    if (known.address.empty()) known.address = other.address;
    if (known.guid.empty()) known.guid = other.guid;
    if (known.index < 0) known.index = other.index;
    if (known.rail < 0) known.rail = other.rail;
    if (known.tier < 0) known.tier = other.tier;
    known.can.multicast |= other.can.multicast;
    known.can.reduce |= other.can.reduce;
    known.can.gdr |= other.can.gdr;
    known.can.pxn |= other.can.pxn;
    improve(known.through, other.through, {known.id, {known.id}}, findings_);
  }

  using Ends = std::tuple<int, int, LinkKind>;

  /// Every pair of devices that a link of a description joins in the one graph.
  template <typename Each>
  void for_each_end(int part, const Link& link, Each each) const {
    for (const DeviceRef& source : becomes({part, link.source})) {
      for (const DeviceRef& target : becomes({part, link.target})) {
        if (source != target) each(index(source), index(target));
      }
    }
  }

  void add_links(int part) {
    for (const Link& link : topology_of(part).links) {
      if (!may_add(part, link)) continue;
      for_each_end(part, link, [&](int source, int target) {
        const auto [known, is_new] = added_.try_emplace(Ends{source, target, link.kind}, Added{part, {}});
        if (known->second.part != part) return;  // another description has it: improve_links()
        Link copy = link;
        copy.source = source;
        copy.target = target;
        known->second.links.push_back(static_cast<int>(topology_.links.size()));
        topology_.links.push_back(std::move(copy));
      });
    }
  }

  /// Inside a host only its fullest description draws links, but to devices that it lacks, and scale-up links where it
  /// has none at all.
  bool may_add(int part, const Link& link) const {
    const int host = host_number({part, link.source});
    if (host < 0 || host != host_number({part, link.target})) return true;
    if (hosts_[at(host)].parts.front().part == part) return true;
    if (is_kept({part, link.source}) || is_kept({part, link.target})) return true;
    return is_scale_up(link.kind) && !scale_up_.contains({hosts_[at(host)].parts.front().part, host});
  }

  void improve_links(int part) {
    for (const Link& link : topology_of(part).links) {
      for_each_end(part, link, [&](int source, int target) {
        const auto known = added_.find(Ends{source, target, link.kind});
        if (known == added_.end() || known->second.part == part) return;
        Link& first = topology_.links[at(alike(known->second.links, link))];
        const std::string& place = topology_.devices[at(source)].id;
        improve(first.capacity, link.capacity, {place, {place, topology_.devices[at(target)].id}}, findings_);
        if (first.latency.value == 0) first.latency = link.latency;
      });
    }
  }

  /// Of several links between the same two the one of the same rate, else the first.
  int alike(const std::vector<int>& links, const Link& other) const {
    const auto found = std::ranges::find_if(
        links, [&](int link) { return topology_.links[at(link)].capacity.line == other.capacity.line; });
    return found == links.end() ? links.front() : *found;
  }

  /// The same GPU with fewer links in one description than in the other.
  void compare_scale_up() {
    for (int part = 0; part < count(); ++part) {
      std::map<int, int> links;  // by GPU, in this description
      for (const Link& link : topology_of(part).links) {
        const DeviceRef source{part, link.source};
        if (device(source).kind != DeviceKind::gpu || !is_scale_up(link.kind) || becomes(source).size() != 1) continue;
        links[index(becomes(source).front())] += link.count;
      }
      for (const auto& [gpu, own] : links) {
        const auto [known, is_new] = links_of_.try_emplace(gpu, own);
        if (is_new || known->second == own) continue;
        const std::string& id = topology_.devices[at(gpu)].id;
        findings_.add({Severity::warning,
                       "contradiction",
                       id,
                       "one description gives this GPU " + std::to_string(known->second) +
                           " links to others, another " + std::to_string(own) + ": those of the fuller one count",
                       {id}});
      }
    }
  }

  /// A device whose neighbours were left out hangs on the nearest one that was not.
  void attach_left_alone() {
    std::set<int> joined;
    for (const Link& link : topology_.links) {
      if (topology_.devices[at(link.source)].host == topology_.devices[at(link.target)].host)
        joined.insert(link.source);
    }
    for (const JoinedHost& host : hosts_) {
      for (auto part = host.parts.begin() + 1; part != host.parts.end(); ++part) {
        for (const int each : part->devices) {
          const DeviceRef ref{part->part, each};
          if (is_kept(ref) && !joined.contains(index(ref))) attach(ref, *part);
        }
      }
    }
  }

  void attach(const DeviceRef& ref, const HostPart& host) {
    std::set<int> ahead(host.devices.begin(), host.devices.end());
    std::deque<int> reached = {ref.device};
    ahead.erase(ref.device);
    for (; !reached.empty(); reached.pop_front()) {
      for (const Link& link : topology_of(ref.part).links) {
        if (link.source != reached.front() || ahead.erase(link.target) == 0) continue;
        const auto& there = becomes({ref.part, link.target});
        if (there.size() != 1) {
          reached.push_back(link.target);
          continue;
        }
        return join(topology_, index(ref), index(there.front()),
                    {.kind = link.kind, .capacity = unknown_rate("by way of switches that another description has")});
      }
    }
  }

  /// Findings of the parts name devices as the parts do.
  void take_findings() {
    for (int part = 0; part < count(); ++part) {
      std::map<std::string, int> numbers;
      for (int each = 0; each < static_cast<int>(topology_of(part).devices.size()); ++each) {
        numbers.emplace(topology_of(part).devices[at(each)].id, each);
      }
      for (Finding finding : parts_[at(part)].findings) {
        std::vector<std::string> ids;
        for (const std::string& id : std::exchange(finding.devices, {})) {
          const auto number = numbers.find(id);
          if (number == numbers.end()) continue;
          for (const DeviceRef& ref : becomes({part, number->second})) {
            ids.push_back(ids_.at(ref));
          }
        }
        finding.devices = std::move(ids);
        findings_.add(std::move(finding));
      }
    }
  }

  struct Added {
    int part;  // that drew the links
    std::vector<int> links;
  };

  std::vector<Imported> parts_;
  MergeFindings findings_;
  std::vector<JoinedHost> hosts_;
  DeviceMap map_;
  std::vector<std::vector<int>> host_of_;   // [part][device]: index into hosts_; -1 = none
  std::set<std::pair<int, int>> scale_up_;  // (part, host) with links between GPUs
  std::map<DeviceRef, int> index_;          // of kept devices, in topology_
  std::map<DeviceRef, std::string> ids_;    // of kept devices
  std::map<Ends, Added> added_;
  std::map<int, int> links_of_;  // to other GPUs, by GPU
  Topology topology_;
};

}  // namespace

Imported merge(std::vector<Imported> parts) {
  if (parts.empty()) throw Error("nothing to merge: give at least one description");
  if (parts.size() == 1) return std::move(parts.front());
  return Merger(std::move(parts)).merge();
}

}  // namespace muster
