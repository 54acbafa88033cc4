// SPDX-License-Identifier: Apache-2.0
// Devices out of hwloc's tree. A device is linked to each CPU package that is local to it; PCIe bridges with one way
// below them are left out, those where ways part become switches.
#include "topology/readers/hwloc_machine.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <unordered_map>

#include "core/error.hpp"
#include "topology/readers/hwloc_objects.hpp"

namespace muster {

namespace {

constexpr std::size_t kMostPackages = 256;  // each is linked to each other
constexpr int kMostEnds = 4096;             // GPUs and NICs: each may be linked to each package
constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string normal_guid(std::string_view text) {
  std::string guid;
  for (const char letter : text) {
    if (letter != ':') guid += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return guid.find_first_not_of('0') == std::string::npos ? std::string() : guid;
}

const XmlElement* find_machine(const XmlElement& root) {
  const auto found = std::ranges::find_if(root.children, is_object);
  return found == root.children.end() ? nullptr : &*found;
}

class MachineBuilder {
 public:
  MachineBuilder(const XmlElement& root, const HwlocRequest& request, FindingList& findings)
      : root_(root), request_(request), findings_(findings) {
    version_ = finite_number(attribute(root, "version")).value_or(1);
  }

  Topology build() {
    const XmlElement* machine = find_machine(root_);
    if (machine == nullptr || hwloc_type(*machine) != "Machine") {
      throw error(root_, "holds no object of type Machine; write it with lstopo");
    }
    name_host(*machine);
    topology_.hosts.push_back(hwloc_host(*machine, host_));
    add_packages(*machine);
    find_ends(*machine);
    add_io_of(*machine, every_package_);
    number_gpus();
    for (std::size_t i = 0; i < request_.interfaces.size(); ++i) {
      if (!placed_interfaces_.contains(i)) add_interface(request_.interfaces[i]);
    }
    add_hwloc_links(topology_, root_, devices_, findings_);
    return std::move(topology_);
  }

 private:
  using Packages = std::vector<int>;  // devices: packages, or the one switch above

  Error error(const XmlElement& element, const std::string& what) const {
    return Error(findings_.place(element.line) + ": " + what);
  }

  void name_host(const XmlElement& machine) {
    host_ = request_.host;
    if (host_.empty()) host_ = hwloc_info(machine, "HostName");
    if (host_.empty()) host_ = hwloc_info(root_, "HostName");  // since hwloc 3
    if (host_.empty()) host_ = "host0";
  }

  // A machine without package objects has one package: all of it.
  void add_packages(const XmlElement& machine) {
    collect_packages(machine);
    if (every_package_.empty()) add_package(machine);
    for (std::size_t i = 0; i < every_package_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        join(every_package_[j], every_package_[i], LinkKind::smp,
             unknown_rate("hwloc: two packages of one host; rate not known"));
      }
    }
  }

  void collect_packages(const XmlElement& object) {
    for (const XmlElement& child : object.children) {
      if (!is_object(child)) continue;
      if (is_package(child)) {
        add_package(child);
      } else {
        collect_packages(child);
      }
    }
  }

  void add_package(const XmlElement& object) {
    if (every_package_.size() >= kMostPackages) {
      throw error(object, "more than " + std::to_string(kMostPackages) + " packages in one host; no machine has them");
    }
    const int number = static_cast<int>(every_package_.size());
    const int package = add("cpu" + std::to_string(number), DeviceKind::cpu);
    topology_.devices[at(package)].model = topology_.hosts.front().cpu_model;
    topology_.devices[at(package)].index = number;
    package_of_[&object] = package;
    every_package_.push_back(package);
  }

  bool is_end(const XmlElement& object) const {
    return hwloc_type(object) == "PCIDev" && (is_gpu(object) || is_nic(object, version_));
  }

  /// GPUs and NICs in and below `object`.
  int find_ends(const XmlElement& object) {
    int count = is_end(object) ? 1 : 0;
    for (const XmlElement& child : object.children) {
      if (is_object(child)) count += find_ends(child);
    }
    if (count > kMostEnds) throw error(object, "more than " + std::to_string(kMostEnds) + " GPUs and NICs in one host");
    if (count > 0) ends_[&object] = count;
    return count;
  }

  // What hangs on a package is local to it, what hangs higher to all packages below that point.
  void add_io_of(const XmlElement& object, const Packages& above) {
    for (const XmlElement& child : object.children) {
      if (!is_object(child)) continue;
      if (is_nvswitch(child)) add_nvswitch(child);
      if (is_io(child)) {
        add_io(child, above, 0);
      } else if (const auto package = package_of_.find(&child); package != package_of_.end()) {
        add_io_of(child, {package->second});
      } else {  // a package inside of a package counts as part of the outer one
        const Packages inside = packages_in(child);
        add_io_of(child, inside.empty() ? above : inside);
      }
    }
  }

  Packages packages_in(const XmlElement& object) const {
    Packages found;
    for (const XmlElement& child : object.children) {
      if (!is_object(child) || is_io(child)) continue;
      if (const auto package = package_of_.find(&child); package != package_of_.end()) {
        found.push_back(package->second);
      } else {
        const Packages below = packages_in(child);
        found.insert(found.end(), below.begin(), below.end());
      }
    }
    return found;
  }

  /// GB/s of the moment, the least on the way so far; 0 = not known.
  void add_io(const XmlElement& object, const Packages& above, double speed) {
    const double own = finite_number(attribute(object, "pci_link_speed")).value_or(0);
    constexpr double kMostGigabytes = 1e4;
    if (own > 0 && own < kMostGigabytes) speed = speed > 0 ? std::min(speed, own) : own;
    if (is_end(object)) attach(is_gpu(object) ? add_gpu(object) : add_nic(object), above, object, speed);
    const auto ways =
        std::ranges::count_if(object.children, [&](const XmlElement& child) { return ends_.contains(&child); });
    const bool is_host_bridge = attribute(object, "bridge_type").starts_with("0-");
    Packages below = above;
    if (hwloc_type(object) == "Bridge" && !is_host_bridge && ways > 1) {
      below = {add("pcisw:" + std::string(attribute(object, "pci_busid")), DeviceKind::pcisw)};
      topology_.devices[at(below.front())].address = attribute(object, "pci_busid");
      attach(below.front(), above, object, speed);
      speed = 0;
    }
    for (const XmlElement& child : object.children) {
      if (!is_object(child)) continue;
      if (is_nvswitch(child)) add_nvswitch(child);
      add_io(child, below, speed);
    }
  }

  void attach(int device, const Packages& above, const XmlElement& object, double speed) {
    Capacity capacity = unknown_rate(findings_.place(object.line) + ": PCI " +
                                     std::string(attribute(object, "pci_busid")) + ", speed of the moment");
    capacity.usable = {std::floor(speed * 1e9)};
    for (const int one : above) join(one, device, LinkKind::pcie, capacity);
  }

  int add_gpu(const XmlElement& object) {
    const std::string address(attribute(object, "pci_busid"));
    const int gpu = add("gpu:" + address, DeviceKind::gpu);
    Device& added = topology_.devices[at(gpu)];
    added.address = address;
    added.model = hwloc_info(object, "PCIDevice");
    remember(object, gpu);
    for (const XmlElement& child : object.children) {
      if (!is_object(child)) continue;
      remember(child, gpu);
      if (const auto model = hwloc_info(child, "GPUModel"); !model.empty()) added.model = model;
      const std::string_view name = attribute(child, "name");
      for (const std::string_view library : {"nvml", "rsmi", "cuda"}) {
        if (added.index >= 0 || !name.starts_with(library)) continue;
        added.index = static_cast<int>(
            std::clamp<std::int64_t>(whole_number(name.substr(library.size())).value_or(-1), -1, 1 << 20));
      }
    }
    if (!request_.gpu_model.empty()) added.model = request_.gpu_model;
    return gpu;
  }

  // As NVML does: by address, where no library of the GPUs has numbered them.
  void number_gpus() {
    std::vector<Device*> gpus;
    for (Device& device : topology_.devices) {
      if (device.kind == DeviceKind::gpu) gpus.push_back(&device);
    }
    if (std::ranges::any_of(gpus, [](const Device* gpu) { return gpu->index >= 0; })) return;
    std::ranges::sort(gpus, {}, &Device::address);
    for (std::size_t i = 0; i < gpus.size(); ++i) gpus[i]->index = static_cast<int>(i);
  }

  int add_nic(const XmlElement& object) {
    std::string name;
    std::string guid;
    const std::string_view code = pci_type_of(object).code;
    const bool is_infiniband = code == "0c06" || code == "0207";
    const NetworkInterface* interface = nullptr;
    for (const XmlElement& child : object.children) {
      const OsKind kind = is_object(child) ? os_kind_of(child, version_) : OsKind::other;
      const std::string child_name(attribute(child, "name"));
      if (kind == OsKind::other || child_name.empty()) continue;
      if (kind == OsKind::fabric || name.empty()) name = child_name;
      if (kind == OsKind::fabric) guid = normal_guid(hwloc_info(child, "NodeGUID"));
      if (const NetworkInterface* found = place_interface(child_name)) interface = found;
    }
    const std::string address(attribute(object, "pci_busid"));
    const int nic = add("nic:" + (name.empty() ? address : name), DeviceKind::nic);
    Device& added = topology_.devices[at(nic)];
    added.model = hwloc_info(object, "PCIDevice");
    added.address = address;
    added.guid = guid;
    if (interface != nullptr) {
      join_network(nic, interface->kind, rate_of(*interface));
    } else {
      join_network(nic, is_infiniband ? LinkKind::infiniband : LinkKind::ethernet,
                   unknown_rate(findings_.place(object.line) + ": hwloc tells no rate of ports"));
    }
    return nic;
  }

  const NetworkInterface* place_interface(const std::string& name) {
    const auto found = std::ranges::find(request_.interfaces, name, &NetworkInterface::name);
    if (found == request_.interfaces.end()) return nullptr;
    placed_interfaces_.insert(static_cast<std::size_t>(found - request_.interfaces.begin()));
    return &*found;
  }

  // One that hwloc does not show may be near to any package.
  void add_interface(const NetworkInterface& interface) {
    const int nic = add("nic:" + interface.name, DeviceKind::nic);
    for (const int package : every_package_) {
      join(package, nic, LinkKind::pcie, unknown_rate("hwloc: does not show this interface; place and rate not known"));
    }
    join_network(nic, interface.kind, rate_of(interface));
  }

  static Capacity rate_of(const NetworkInterface& interface) {
    const std::string file = "/sys/class/net/" + interface.name + "/speed";
    if (!interface.line_rate) return unknown_rate(file + ": not known there");
    return interface.is_virtual ? assumed_rate(*interface.line_rate, file + ": nominal, the interface is virtual")
                                : stated_rate(*interface.line_rate, file);
  }

  // All NICs of a host are taken to reach one network; which switches it is made of only a fabric's own tools know.
  void join_network(int nic, LinkKind kind, Capacity capacity) {
    if (network_ < 0) network_ = add_device(topology_, {.id = "network", .kind = DeviceKind::network_switch});
    join(nic, network_, kind, std::move(capacity));
  }

  // The chips are one device: which of them a packet takes is no matter to a limit.
  void add_nvswitch(const XmlElement& object) {
    if (nvswitch_ < 0) nvswitch_ = add("nvswitch", DeviceKind::nvswitch);
    remember(object, nvswitch_);
  }

  void remember(const XmlElement& object, int device) {
    if (const auto number = whole_number(attribute(object, "gp_index"))) devices_[*number] = device;
  }

  int add(const std::string& name, DeviceKind kind) {
    const std::string id = host_ + "/" + name;
    const int copies = ++ids_[id];
    return add_device(topology_,
                      {.id = copies > 1 ? id + "#" + std::to_string(copies) : id, .kind = kind, .host = host_});
  }

  void join(int one, int other, LinkKind kind, Capacity capacity) {
    muster::join(topology_, one, other, {.kind = kind, .capacity = std::move(capacity)});
  }

  const XmlElement& root_;
  const HwlocRequest& request_;
  FindingList& findings_;
  double version_ = 1;
  std::string host_;
  Topology topology_{};
  Packages every_package_;
  std::unordered_map<const XmlElement*, int> package_of_;  // device
  std::unordered_map<const XmlElement*, int> ends_;        // GPUs and NICs in and below, where there are any
  std::set<std::size_t> placed_interfaces_;
  std::map<std::int64_t, int> devices_;  // by gp_index
  std::map<std::string, int> ids_;       // how often each was wanted
  int network_ = -1;
  int nvswitch_ = -1;
};

}  // namespace

Topology hwloc_machine(const XmlElement& root, const HwlocRequest& request, FindingList& findings) {
  return MachineBuilder(root, request, findings).build();
}

}  // namespace muster
