// SPDX-License-Identifier: Apache-2.0
// The tree of an NCCL topology: <cpu> > <pci>... > <gpu> | <nic> > <net>. Hint files of clouds leave out <gpu> and
// <net>: there the PCI class tells what a function is.
#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "topology/readers/nccl_elements.hpp"
#include "topology/readers/nccl_machine.hpp"
#include "topology/readers/nccl_rates.hpp"

namespace muster {

namespace {

constexpr int kMostNumaNodes = 256;  // of one host
constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

class DeviceAdder {
 public:
  explicit DeviceAdder(NcclDump& machine) : machine_(machine) {}

  void add(const XmlElement& system) {
    for (const XmlElement* cpu : children_of(system, "cpu")) host_of(*cpu);
    number_bare_gpus(system);
    for (const XmlElement& child : system.children) {
      if (child.name == "cpu") {
        add_cpu(child);
      } else if (child.name == "gpu") {
        add_flat_gpu(child);
      } else {
        skip(child);
      }
    }
    for (const auto& [host, nodes] : numa_nodes_) join_sockets(nodes);
  }

 private:
  struct Place {
    std::string host;
    int cpu = -1;
    int parent = -1;  // device
  };

  /// Hosts by order of appearance; files of one host have no hash, or one.
  const std::string& host_of(const XmlElement& cpu) {
    const std::string hash(attribute(cpu, "host_hash"));
    const auto [found, is_new] = hosts_.try_emplace(hash, "host" + std::to_string(hosts_.size()));
    if (is_new) machine_.topology.hosts.push_back({.name = found->second});
    return found->second;
  }

  std::string prefix(const std::string& host) const { return hosts_.size() > 1 ? host + "/" : ""; }

  // NVML numbers GPUs by address; so do we where the file does not number them.
  void number_bare_gpus(const XmlElement& system) {
    std::map<std::string, std::set<std::string>> addresses;  // by host
    for (const XmlElement* cpu : children_of(system, "cpu")) collect_bare_gpus(*cpu, addresses[host_of(*cpu)]);
    for (const auto& [host, ordered] : addresses) {
      int next = 0;
      for (const std::string& address : ordered) bare_numbers_[{host, address}] = next++;
    }
  }

  static void collect_bare_gpus(const XmlElement& parent, std::set<std::string>& addresses) {
    for (const XmlElement* pci : children_of(parent, "pci")) {
      if (role_of(*pci) == PciRole::gpu && children_of(*pci, "gpu").empty()) {
        addresses.insert(normal_bus_id(attribute(*pci, "busid")));
      }
      collect_bare_gpus(*pci, addresses);
    }
  }

  void add_cpu(const XmlElement& element) {
    const std::string host = host_of(element);
    auto& nodes = numa_nodes_[host];
    if (nodes.size() >= kMostNumaNodes) {
      throw Error(machine_.findings.place(element.line) + ": more than " + std::to_string(kMostNumaNodes) +
                  " NUMA nodes in one host; no machine has them");
    }
    const int number = number_in(attribute(element, "numaid"));
    const int index = number >= 0 ? number : static_cast<int>(nodes.size());
    const int cpu = add_unique({.id = prefix(host) + "cpu" + std::to_string(index),
                                .kind = DeviceKind::cpu,
                                .model = cpu_model(element),
                                .host = host,
                                .index = index});
    nodes.emplace_back(cpu, &element);
    Host& described = *std::ranges::find(machine_.topology.hosts, host, &Host::name);
    described.cpu_model = cpu_model(element);
    described.numa_nodes = static_cast<int>(nodes.size());
    const Place here{host, cpu, cpu};
    for (const XmlElement* port : ports_of(element)) {
      join(cpu, add_port(*port, {}, here), LinkKind::internal,
           unknown_rate(place(*port) + ": a virtual NIC, nearest to this NUMA node"));
    }
    for (const XmlElement& child : element.children) {
      if (child.name == "pci") {
        add_function(child, here);
      } else if (child.name != "nic") {
        skip(child);
      }
    }
  }

  static std::string cpu_model(const XmlElement& cpu) {
    std::string text(attribute(cpu, "vendor"));
    if (find_attribute(cpu, "modelid") != nullptr) {
      text += " family " + std::string(attribute(cpu, "familyid")) + " model " + std::string(attribute(cpu, "modelid"));
    }
    return text;
  }

  void join_sockets(const std::vector<std::pair<int, const XmlElement*>>& nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto& [cpu, element] = nodes[i];
      Capacity capacity = unknown_rate(place(*element) + ": between NUMA nodes, as NCCL reckons");
      capacity.usable = nccl_socket_rate({.architecture = attribute(*element, "arch"),
                                          .vendor = attribute(*element, "vendor"),
                                          .model = whole_number(attribute(*element, "modelid")).value_or(0)});
      for (std::size_t j = 0; j < i; ++j) join(nodes[j].first, cpu, LinkKind::smp, capacity);
    }
  }

  void add_function(const XmlElement& pci, const Place& where) {
    const PciRole role = role_of(pci);
    const auto gpus = children_of(pci, "gpu");
    const auto ports = ports_of(pci);
    const bool is_bare = gpus.empty() && ports.empty() && (role == PciRole::gpu || role == PciRole::nic);
    const bool has_functions = std::ranges::any_of(pci.children, [](const auto& child) { return child.name == "pci"; });
    const std::size_t ends = gpus.size() + ports.size() + (is_bare ? 1 : 0);
    const std::string address = normal_bus_id(attribute(pci, "busid"));
    if (ends == 0 && !has_functions && role != PciRole::bridge) {
      return tell(pci, Severity::note, "function_left_out", {},
                  "PCI function " + in_quotes(address) + " is neither GPU nor NIC nor switch: it is left out");
    }
    Place inside = where;
    const bool is_switch = ends != 1 || has_functions;
    if (is_switch) {
      inside.parent = add_unique(device(where, "pcisw:" + address, DeviceKind::pcisw, address));
      join_slot(where.parent, inside.parent, pci);
    }
    std::vector<int> added;
    for (const XmlElement* gpu : gpus) added.push_back(add_gpu(*gpu, address, inside, partitions_of(gpus)));
    for (const XmlElement* port : ports) added.push_back(add_port(*port, pci, inside));
    if (is_bare) added.push_back(role == PciRole::gpu ? add_bare_gpu(pci, inside) : add_bare_nic(pci, inside));
    for (const int end : added) {
      if (is_switch) {
        join(inside.parent, end, LinkKind::pcie, unknown_rate(place(pci) + ": several share this slot"));
      } else {
        join_slot(where.parent, end, pci);
      }
    }
    remember_address(pci, {where.host, address}, added.empty() ? inside.parent : added.front());
    for (const XmlElement& child : pci.children) descend(child, inside);
  }

  void descend(const XmlElement& child, const Place& inside) {
    if (child.name == "pci") return add_function(child, inside);
    if (child.name == "pcilink") {
      machine_.switch_links.emplace_back(inside.parent, &child);
    } else if (child.name != "gpu" && child.name != "nic") {
      skip(child);
    }
  }

  static int partitions_of(const std::vector<const XmlElement*>& gpus) {
    const auto parts =
        std::ranges::count_if(gpus, [](const XmlElement* gpu) { return find_attribute(*gpu, "mlopart") != nullptr; });
    return std::max(1, static_cast<int>(parts));
  }

  void remember_address(const XmlElement& pci, const std::pair<std::string, std::string>& key, int known) {
    if (key.second.empty() || machine_.by_address.try_emplace(key, known).second) return;
    const bool is_end = machine_.topology.devices[at(known)].kind != DeviceKind::pcisw;
    tell(pci, is_end ? Severity::error : Severity::warning, "repeated_busid", {known},
         "PCI address " + in_quotes(key.second) + " is given twice in one host: links to it go to the first one");
  }

  int add_gpu(const XmlElement& gpu, const std::string& address, const Place& where, int partitions) {
    const int number = number_in(attribute(gpu, "dev"));
    Device added = device(where, "gpu" + (number >= 0 ? std::to_string(number) : address), DeviceKind::gpu, address);
    added.model = gpu_model(gpu);
    added.index = number;
    const int index = add_unique(std::move(added));
    machine_.gpus.push_back(
        {.element = &gpu, .device = index, .cpu = where.cpu, .host = where.host, .partitions = partitions});
    return index;
  }

  std::string gpu_model(const XmlElement& gpu) const {
    if (!machine_.gpu_model.empty()) return machine_.gpu_model;
    if (find_attribute(gpu, "gcn") != nullptr) return std::string(attribute(gpu, "gcn"));
    const std::string_view capability = attribute(gpu, "sm");
    return capability.empty() ? std::string() : "sm_" + std::string(capability);
  }

  int add_bare_gpu(const XmlElement& pci, const Place& where) {
    const std::string address = normal_bus_id(attribute(pci, "busid"));
    const int number = bare_numbers_.at({where.host, address});
    Device added = device(where, "gpu" + std::to_string(number), DeviceKind::gpu, address);
    added.model = machine_.gpu_model;
    added.index = number;
    const int index = add_unique(std::move(added));
    tell(pci, Severity::note, "gpu_without_tag", {index},
         "a GPU by its PCI class only: the file says nothing of its links to other GPUs, nor of its number");
    return index;
  }

  int add_bare_nic(const XmlElement& pci, const Place& where) {
    const std::string address = normal_bus_id(attribute(pci, "busid"));
    const int index = add_unique(device(where, "nic:" + address, DeviceKind::nic, address));
    tell(pci, Severity::note, "nic_without_net", {index},
         "a NIC by its PCI class only: the file says nothing of its speed or its name");
    join(index, network(""), kind_of(pci), unknown_rate(place(pci) + ": no <net>, so no speed"));
    return index;
  }

  static LinkKind kind_of(const XmlElement& pci) {
    return attribute(pci, "class").starts_with("0x0207") ? LinkKind::infiniband : LinkKind::ethernet;
  }

  // One port listed in several places (a bridge under every NUMA node) is one NIC with a way to each.
  int add_port(const XmlElement& net, const XmlElement& above, const Place& where) {
    const std::string name(attribute(net, find_attribute(net, "name") != nullptr ? "name" : "dev"));
    const std::string guid = normal_nccl_guid(attribute(net, "guid"));
    const auto [known, is_new] = ports_.try_emplace({where.host, name, guid, std::string(attribute(net, "port"))}, -1);
    if (!is_new) {
      tell(net, Severity::note, "repeated_nic", {known->second},
           "the same name, GUID and port stands in the file before: taken as one NIC with several ways to it");
      return known->second;
    }
    Device added = device(where, "nic:" + name, DeviceKind::nic,
                          above.name == "pci" ? normal_bus_id(attribute(above, "busid")) : std::string());
    added.index = number_in(attribute(net, "dev"));
    added.rail = number_in(attribute(net, "rail"));
    added.guid = guid;
    added.can.gdr = attribute(net, "gdr") == "1";
    const int index = known->second = add_unique(std::move(added));
    join(index, network(attribute(net, "plane")), kind_of(above),
         nccl_port_rate(net, machine_.topology.devices[at(index)].id, machine_.findings));
    return index;
  }

  // FlagCX: GPUs right below <system>, each with the name of its NIC.
  void add_flat_gpu(const XmlElement& gpu) {
    if (hosts_.empty()) machine_.topology.hosts.push_back({.name = hosts_.try_emplace("", "host0").first->second});
    const Place where{hosts_.begin()->second};
    const int index = add_gpu(gpu, {}, where, 1);
    const std::string nic(attribute(gpu, "net"));
    if (nic.empty()) return;
    auto& known = ports_.try_emplace({where.host, nic, {}, {}}, -1).first->second;
    if (known < 0) {
      known = add_unique(device(where, "nic:" + nic, DeviceKind::nic, {}));
      join(known, network(""), LinkKind::ethernet, unknown_rate(place(gpu) + ": no speed is stated"));
    }
    join(index, known, LinkKind::pcie, unknown_rate(place(gpu) + ": the NIC that this GPU uses"));
  }

  // What the cables lead to only the fabric's own tools know: one switch stands for it, one per plane.
  int network(std::string_view plane) {
    const std::string id = plane.empty() ? "network" : "network:plane" + std::string(plane);
    const auto [found, is_new] = networks_.try_emplace(id, -1);
    if (is_new) found->second = add_unique({.id = id, .kind = DeviceKind::network_switch});
    return found->second;
  }

  Device device(const Place& where, const std::string& name, DeviceKind kind, std::string address) const {
    return {.id = prefix(where.host) + name, .kind = kind, .host = where.host, .address = std::move(address)};
  }

  int add_unique(Device added) {
    const std::string wanted = added.id;
    int& copies = ids_[wanted];
    if (++copies > 1) added.id += "#" + std::to_string(copies);
    return add_device(machine_.topology, std::move(added));
  }

  void join(int one, int other, LinkKind kind, Capacity capacity) {
    muster::join(machine_.topology, one, other, {.kind = kind, .capacity = std::move(capacity)});
  }

  void join_slot(int parent, int child, const XmlElement& pci) {
    join(parent, child, LinkKind::pcie,
         nccl_slot_rate(pci, machine_.topology.devices[at(child)].id, machine_.findings));
  }

  void skip(const XmlElement& element) {
    if (!unknown_tags_.insert(element.name.substr(0, 64)).second || unknown_tags_.size() > 100) return;
    tell(element, Severity::note, "unknown_tag", {},
         "<" + element.name.substr(0, 64) + "> is not known here and left out with all that it holds");
  }

  void tell(const XmlElement& element, Severity severity, const char* code, const std::vector<int>& devices,
            std::string meaning) {
    Finding finding{severity, code, {}, std::move(meaning)};
    for (const int each : devices) finding.devices.push_back(machine_.topology.devices[at(each)].id);
    machine_.findings.add(element.line, std::move(finding));
  }

  std::string place(const XmlElement& element) const { return machine_.findings.place(element.line); }

  using PortKey = std::tuple<std::string, std::string, std::string, std::string>;  // host, name, GUID, port

  NcclDump& machine_;
  std::map<std::string, std::string> hosts_;                                          // by hash
  std::map<std::string, std::vector<std::pair<int, const XmlElement*>>> numa_nodes_;  // by host
  std::map<std::pair<std::string, std::string>, int> bare_numbers_;                   // by (host, address)
  std::map<PortKey, int> ports_;
  std::map<std::string, int> networks_;
  std::map<std::string, int> ids_;  // how often each was wanted
  std::set<std::string> unknown_tags_;
};

}  // namespace

void add_nccl_devices(NcclDump& machine, const XmlElement& system) { DeviceAdder(machine).add(system); }

}  // namespace muster
