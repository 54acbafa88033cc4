// SPDX-License-Identifier: Apache-2.0
// Discovery of the machine below us. Locality comes from hwloc: a device is linked to each CPU package that is local to
// it, in both directions. What a virtual machine or a container shows is taken as it is.
#include "topology/host_hwloc.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "core/host.hpp"

namespace muster {

namespace {

// PCI class codes (base class, subclass) and vendors, from the PCI ID repository.
constexpr unsigned kVgaController = 0x0300;
constexpr unsigned k3dController = 0x0302;
constexpr unsigned kOtherDisplay = 0x0380;  // AMD Instinct up to MI200
constexpr unsigned kAccelerator = 0x1200;   // AMD Instinct since MI300, Gaudi
constexpr unsigned kNvidia = 0x10de;
constexpr unsigned kAmd = 0x1002;

// All NICs of a host are taken to reach one network; which switches it is made of only a fabric's own tools know.
constexpr const char* kNetwork = "network";

std::string info_of(hwloc_obj_t object, const char* key) {
  const char* text = object == nullptr ? nullptr : hwloc_obj_get_info_by_name(object, key);
  return text == nullptr ? "" : text;
}

std::string cpu_model_of(hwloc_topology_t source) {
  const std::string model = info_of(hwloc_get_obj_by_type(source, HWLOC_OBJ_PACKAGE, 0), "CPUModel");
  return model.empty() ? info_of(hwloc_get_root_obj(source), "CPUModel") : model;
}

// Cores below an object; machines that show no cores (some virtual ones) count their logical CPUs.
int cores_in(hwloc_topology_t source, hwloc_const_cpuset_t set) {
  const int cores = hwloc_get_nbobjs_inside_cpuset_by_type(source, set, HWLOC_OBJ_CORE);
  return std::max(1, cores > 0 ? cores : hwloc_get_nbobjs_inside_cpuset_by_type(source, set, HWLOC_OBJ_PU));
}

// Where instances of one level differ (hybrid CPUs) the largest is told: a limit must hold for every core.
std::vector<MemoryLevel> memory_levels(hwloc_topology_t source) {
  std::vector<MemoryLevel> levels;
  for (const auto& [name, type] : {std::pair{"L1", HWLOC_OBJ_L1CACHE},
                                   {"L2", HWLOC_OBJ_L2CACHE},
                                   {"L3", HWLOC_OBJ_L3CACHE},
                                   {"L4", HWLOC_OBJ_L4CACHE},
                                   {"L5", HWLOC_OBJ_L5CACHE}}) {
    MemoryLevel level{.name = name, .size = {}, .cores = 1};
    for (hwloc_obj_t cache = nullptr; (cache = hwloc_get_next_obj_by_type(source, type, cache)) != nullptr;) {
      if (cache->attr->cache.size <= level.size.value) continue;
      level.size = {cache->attr->cache.size};
      level.cores = cores_in(source, cache->cpuset);
    }
    if (level.size.value > 0) levels.push_back(std::move(level));
  }
  const hwloc_obj_t machine = hwloc_get_root_obj(source);
  levels.push_back({"DRAM", {machine->total_memory}, cores_in(source, machine->cpuset)});
  return levels;
}

using PciAttributes = hwloc_obj_attr_u::hwloc_pcidev_attr_s;

bool is_gpu(const PciAttributes& pci) {
  const unsigned kind = pci.class_id;
  if (kind == k3dController || kind == kOtherDisplay || kind == kAccelerator) return true;
  return kind == kVgaController && (pci.vendor_id == kNvidia || pci.vendor_id == kAmd);  // not a server's console
}

std::string bus_id(const PciAttributes& pci) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.%x", static_cast<unsigned>(pci.domain), pci.bus, pci.dev,
                pci.func);
  return text.data();
}

hwloc_obj_t find_network_device(hwloc_topology_t source, const std::string& name) {
  for (hwloc_obj_t device = nullptr; (device = hwloc_get_next_osdev(source, device)) != nullptr;) {
    if (device->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK && name == device->name) return device;
  }
  return nullptr;
}

std::string model_of(hwloc_obj_t network_device) {
  hwloc_obj_t object = network_device;
  while (object != nullptr && object->type != HWLOC_OBJ_PCI_DEVICE) object = object->parent;
  return info_of(object, "PCIDevice");
}

// Adds what hwloc shows, device after device, in the order: packages, GPUs, NICs, the network.
class HostBuilder {
 public:
  HostBuilder(hwloc_topology_t source, std::string host) : source_(source), host_(std::move(host)) {}

  void add_host() {
    const hwloc_obj_t machine = hwloc_get_root_obj(source_);
    topology_.hosts.push_back({.name = host_,
                               .cpu_model = cpu_model_of(source_),
                               .physical_cores = cores_in(source_, machine->cpuset),
                               .logical_cpus = hwloc_get_nbobjs_by_type(source_, HWLOC_OBJ_PU),
                               .numa_nodes = hwloc_get_nbobjs_by_type(source_, HWLOC_OBJ_NUMANODE),
                               .memory = {machine->total_memory},
                               .levels = memory_levels(source_)});
  }

  // A machine without package objects has one package: all of it.
  void add_packages() {
    hwloc_obj_t package = nullptr;
    while ((package = hwloc_get_next_obj_by_type(source_, HWLOC_OBJ_PACKAGE, package)) != nullptr) {
      packages_.push_back(package->cpuset);
    }
    if (packages_.empty()) packages_.push_back(hwloc_get_root_obj(source_)->cpuset);
    for (std::size_t i = 0; i < packages_.size(); ++i) {
      const int added = add_device("cpu" + std::to_string(i), DeviceKind::cpu, topology_.hosts.front().cpu_model);
      for (int other = 0; other < added; ++other) {
        join(other, added, {.kind = LinkKind::smp, .capacity = unknown_rate("hwloc: two packages of one host; rate not known")});
      }
    }
  }

  void add_gpus() {
    for (hwloc_obj_t device = nullptr; (device = hwloc_get_next_pcidev(source_, device)) != nullptr;) {
      if (!is_gpu(device->attr->pcidev)) continue;
      const std::string id = bus_id(device->attr->pcidev);
      join_with_packages(add_device("gpu:" + id, DeviceKind::gpu, info_of(device, "PCIDevice")), device,
                         "hwloc: PCI " + id + "; rate not known");
    }
  }

  void add_network(const std::vector<NetworkInterface>& interfaces) {
    std::vector<int> nics;
    for (const NetworkInterface& interface : interfaces) {
      const hwloc_obj_t device = find_network_device(source_, interface.name);
      nics.push_back(add_device("nic:" + interface.name, DeviceKind::nic, model_of(device)));
      join_with_packages(nics.back(), device,
                         device == nullptr ? "hwloc: does not show this interface; place and rate not known"
                                           : "hwloc: network device " + interface.name + "; rate not known");
    }
    if (nics.empty()) return;
    topology_.devices.push_back({.id = kNetwork, .kind = DeviceKind::network_switch});
    const int network = static_cast<int>(topology_.devices.size()) - 1;
    for (std::size_t i = 0; i < nics.size(); ++i) join(nics[i], network, port_of(interfaces[i]));
  }

  Topology take() { return std::move(topology_); }

 private:
  static Link port_of(const NetworkInterface& interface) {
    const std::string file = "/sys/class/net/" + interface.name + "/speed";
    if (!interface.line_rate) return {.kind = interface.kind, .capacity = unknown_rate(file + ": not known there")};
    return {.kind = interface.kind,
            .capacity = interface.is_virtual
                            ? assumed_rate(*interface.line_rate, file + ": nominal, the interface is virtual")
                            : stated_rate(*interface.line_rate, file)};
  }

  int add_device(const std::string& name, DeviceKind kind, const std::string& model) {
    return muster::add_device(topology_, {.id = host_ + "/" + name, .kind = kind, .model = model, .host = host_});
  }

  void join(int one, int other, const Link& link) { muster::join(topology_, one, other, link); }

  // Without an object, or where hwloc knows no locality, every package is as near as any other.
  void join_with_packages(int device, hwloc_obj_t object, const std::string& provenance) {
    const hwloc_obj_t place =
        object == nullptr ? hwloc_get_root_obj(source_) : hwloc_get_non_io_ancestor_obj(source_, object);
    for (std::size_t i = 0; i < packages_.size(); ++i) {
      if (hwloc_bitmap_intersects(packages_[i], place->cpuset) == 0) continue;
      join(static_cast<int>(i), device, {.kind = LinkKind::pcie, .capacity = unknown_rate(provenance)});
    }
  }

  hwloc_topology_t source_;
  std::string host_;
  std::vector<hwloc_const_cpuset_t> packages_;  // [package] = device index, because packages are added first
  Topology topology_;
};

struct DestroyTopology {
  void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};

using LoadedTopology = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, DestroyTopology>;

LoadedTopology load_this_machine() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) throw Error("hwloc_topology_init failed: not enough memory?");
  LoadedTopology topology(raw);
  if (hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_IMPORTANT) != 0 || hwloc_topology_load(raw) != 0) {
    throw Error(
        "hwloc could not read this machine: see whether `lstopo` works, and whether /proc and /sys are mounted");
  }
  return topology;
}

}  // namespace

Topology topology_of_host(hwloc_topology_t source, const std::string& host, const std::vector<NetworkInterface>& nics) {
  HostBuilder builder(source, host);
  builder.add_host();
  builder.add_packages();
  builder.add_gpus();
  builder.add_network(nics);
  return builder.take();
}

Topology discover_host() {
  const LoadedTopology source = load_this_machine();
  return topology_of_host(source.get(), host_name(), read_network_interfaces("/sys/class/net"));
}

}  // namespace muster
