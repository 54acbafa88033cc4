// SPDX-License-Identifier: Apache-2.0
// Second step of a merge: which devices of the same host, and which switches between hosts, are the same.
#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "topology/merge_steps.hpp"
#include "topology/readers/fabric_names.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Of one kind of device of one host: what stands in the graph so far, and what another description adds.
struct Sides {
  std::vector<DeviceRef> known;
  std::vector<DeviceRef> added;
};

class DeviceMatcher {
 public:
  DeviceMatcher(const std::vector<Imported>& parts, MergeFindings& findings) : parts_(parts), findings_(findings) {
    for (int part = 0; part < static_cast<int>(parts.size()); ++part) {
      map_.becomes.emplace_back();
      for (int device = 0; device < static_cast<int>(parts[at(part)].topology.devices.size()); ++device) {
        map_.becomes.back().push_back({{part, device}});
      }
    }
  }

  DeviceMap match(const std::vector<JoinedHost>& hosts) {
    for (const JoinedHost& host : hosts) match_host(host);
    match_fabric();
    return std::move(map_);
  }

 private:
  const Device& device(const DeviceRef& ref) const { return parts_[at(ref.part)].topology.devices[at(ref.device)]; }
  std::vector<DeviceRef>& becomes(const DeviceRef& ref) { return map_.becomes[at(ref.part)][at(ref.device)]; }

  std::vector<DeviceRef> of_kind(const HostPart& part, DeviceKind kind) const {
    std::vector<DeviceRef> found;
    for (const int index : part.devices) {
      if (device({part.part, index}).kind == kind) found.push_back({part.part, index});
    }
    return found;
  }

  void match_host(const JoinedHost& host) {
    const HostPart& base = host.parts.front();
    std::vector<DeviceRef> gpus = of_kind(base, DeviceKind::gpu);
    std::vector<DeviceRef> nics = of_kind(base, DeviceKind::nic);
    std::vector<DeviceRef> cpus = of_kind(base, DeviceKind::cpu);
    std::vector<DeviceRef> nvswitches = of_kind(base, DeviceKind::nvswitch);
    for (auto part = host.parts.begin() + 1; part != host.parts.end(); ++part) {
      match_gpus(host, gpus, of_kind(*part, DeviceKind::gpu));
      match_nics(nics, of_kind(*part, DeviceKind::nic));
      match_cpus(cpus, of_kind(*part, DeviceKind::cpu));
      match_nvswitches(nvswitches, of_kind(*part, DeviceKind::nvswitch));
      // Buses stand in the fullest description; where another one has none to add to, its own are kept.
      if (cpus.empty()) continue;
      for (const DeviceRef& bridge : of_kind(*part, DeviceKind::pcisw)) becomes(bridge).clear();
    }
  }

  void match_gpus(const JoinedHost& host, std::vector<DeviceRef>& known, std::vector<DeviceRef> added) {
    if (!known.empty() && !added.empty() && known.size() != added.size()) {
      findings_.add({Severity::warning, "contradiction", host.name,
                     "one description has " + std::to_string(known.size()) + " GPUs, another " +
                         std::to_string(added.size()) + ": those that only one has are kept"});
    }
    Sides open{known, std::move(added)};
    equate(open, [&](const DeviceRef& ref) { return device(ref).address; });
    // With two addresses that differ, the same number says nothing.
    std::erase_if(open.known,
                  [&](const DeviceRef& ref) { return !device(ref).address.empty() && has_address(open.added); });
    equate(open, [&](const DeviceRef& ref) {
      return device(ref).index < 0 ? std::string() : std::to_string(device(ref).index);
    });
    known.insert(known.end(), open.added.begin(), open.added.end());
  }

  bool has_address(const std::vector<DeviceRef>& refs) const {
    return std::ranges::any_of(refs, [&](const DeviceRef& ref) { return !device(ref).address.empty(); });
  }

  void match_nics(std::vector<DeviceRef>& known, std::vector<DeviceRef> added) {
    Sides open{known, std::move(added)};
    equate(open, [&](const DeviceRef& ref) { return normal_guid(device(ref).guid); });
    equate(open, [&](const DeviceRef& ref) { return lower_case(adapter_of(device(ref))); });
    equate(open, [&](const DeviceRef& ref) { return kernel_number(adapter_of(device(ref))); });
    equate(open, [&](const DeviceRef& ref) { return device(ref).address; });
    for (const DeviceRef& ref : open.added) {
      if (adapter_of(device(ref)).empty() && !known.empty()) {
        becomes(ref) = known;  // the host's way to the network, whichever of its NICs
      } else {
        known.push_back(ref);
      }
    }
  }

  /// "#2" of "mlx5_2" and of "HCA-3": the one is the driver's name, the other the kernel's description.
  static std::string kernel_number(std::string_view adapter) {
    const auto name = parse_adapter_name("host " + std::string(adapter));
    const bool is_infiniband = adapter.starts_with("HCA-") || adapter.starts_with("mlx");
    return name && is_infiniband ? "#" + std::to_string(name->index) : std::string();
  }

  /// In the order of their numbers; packages and NUMA nodes are spread over each other where one has more.
  void match_cpus(std::vector<DeviceRef>& known, std::vector<DeviceRef> added) {
    const auto by_number = [&](const DeviceRef& ref) { return device(ref).index; };
    std::ranges::stable_sort(known, {}, by_number);
    std::ranges::stable_sort(added, {}, by_number);
    for (std::size_t i = 0; i < added.size() && !known.empty(); ++i) {
      becomes(added[i]) = {known[i * known.size() / added.size()]};
    }
    if (known.empty()) known = std::move(added);
  }

  void match_nvswitches(std::vector<DeviceRef>& known, std::vector<DeviceRef> added) {
    for (std::size_t i = 0; i < added.size(); ++i) {
      if (i < known.size()) {
        becomes(added[i]) = {known[i]};
      } else {
        known.push_back(added[i]);
      }
    }
  }

  using KeyOf = std::function<std::string(const DeviceRef&)>;

  /// Pairs of which both sides have the same key once; those are taken out of both.
  void equate(Sides& sides, const KeyOf& key_of) {
    const auto of_known = once_by_key(sides.known, key_of);
    std::set<DeviceRef> done;
    for (const auto& [key, added] : once_by_key(sides.added, key_of)) {
      const auto same = of_known.find(key);
      if (same == of_known.end()) continue;
      becomes(added) = {same->second};
      done.insert({added, same->second});
    }
    const auto is_done = [&](const DeviceRef& ref) { return done.contains(ref); };
    std::erase_if(sides.known, is_done);
    std::erase_if(sides.added, is_done);
  }

  static std::map<std::string, DeviceRef> once_by_key(const std::vector<DeviceRef>& refs, const KeyOf& key_of) {
    std::map<std::string, std::vector<DeviceRef>> all;
    for (const DeviceRef& ref : refs) all[key_of(ref)].push_back(ref);
    std::map<std::string, DeviceRef> once;
    for (const auto& [key, same] : all) {
      if (!key.empty() && same.size() == 1) once.emplace(key, same.front());
    }
    return once;
  }

  void match_fabric() {
    std::unordered_map<std::string, DeviceRef> by_guid;
    std::unordered_map<std::string, DeviceRef> by_id;
    for (int part = 0; part < static_cast<int>(parts_.size()); ++part) {
      const std::vector<Device>& devices = parts_[at(part)].topology.devices;
      for (int index = 0; index < static_cast<int>(devices.size()); ++index) {
        const Device& each = devices[at(index)];
        const bool is_switch = each.kind == DeviceKind::network_switch || each.kind == DeviceKind::nvswitch;
        if (!is_switch || !each.host.empty()) continue;
        const DeviceRef own{part, index};
        const auto same_name = by_id.try_emplace(std::string(name_of(each.kind)) + " " + each.id, own).first->second;
        const auto same_guid = each.guid.empty() ? own : by_guid.try_emplace(each.guid, own).first->second;
        const DeviceRef same = same_guid != own ? same_guid : same_name;
        // Of one description each entry is a switch of its own, and two GUIDs are two switches.
        const bool is_other = same.part == part || (same == same_name && differ_by_guid(own, same));
        if (!is_other) becomes(own) = {same};
      }
    }
  }

  bool differ_by_guid(const DeviceRef& one, const DeviceRef& other) const {
    return !device(one).guid.empty() && !device(other).guid.empty() && device(one).guid != device(other).guid;
  }

  const std::vector<Imported>& parts_;
  MergeFindings& findings_;
  DeviceMap map_;
};

}  // namespace

bool is_placeholder_network(const Device& device) {
  if (device.kind != DeviceKind::network_switch || !device.guid.empty()) return false;
  return device.id == "network" || device.id.starts_with("network:");
}

bool is_scale_up(LinkKind kind) { return kind == LinkKind::nvlink || kind == LinkKind::xgmi || kind == LinkKind::c2c; }

std::string_view adapter_of(const Device& nic) {
  const std::string_view id = nic.id;
  const std::size_t name = id.rfind("nic:");
  return name == std::string_view::npos ? std::string_view() : id.substr(name + 4);
}

DeviceMap match_devices(const std::vector<Imported>& parts, const std::vector<JoinedHost>& hosts,
                        MergeFindings& findings) {
  return DeviceMatcher(parts, findings).match(hosts);
}

}  // namespace muster
