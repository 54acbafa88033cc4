// SPDX-License-Identifier: Apache-2.0
// nvidia-smi topo -m: from paths between devices to the tree that they run over. PIX and PXB name switches, PHB and
// NODE a NUMA node, SYS the way between two; NV# says how many NVLinks, not where they lead (guides: switch or mesh).
#include <map>
#include <optional>
#include <set>

#include "topology/disjoint_sets.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/nvidia_smi_matrix.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/unique_ids.hpp"

namespace muster {

namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr const char* kHost = "host0";  // the table does not name it
constexpr int kMostLinksOfAny = 18;     // NVLinks of one GPU: NVIDIA H100 and B200 data sheets

/// What NVLinks carry when the user does not say whose they are. Every GPU with 5 to 12 links has those of 25 GB/s
/// (V100, A100, A800, H800, H100 PCIe); fewer may be older or halved ones, more may be H100's 25 or B200's 50
/// (hardware.cpp).
std::optional<BytesPerSecond> rate_by_count(int links_of_gpu) {
  if (links_of_gpu < 5 || links_of_gpu > 12) return std::nullopt;
  return BytesPerSecond{25e9};
}

class SmiGraph {
 public:
  SmiGraph(const SmiMatrix& matrix, const ReadRequest& request, FindingList& findings)
      : matrix_(matrix),
        model_(find_gpu_model(request.gpu_model)),
        model_name_(request.gpu_model),
        findings_(findings),
        nodes_(count()),
        roots_(count()),
        switches_(count()) {}

  Topology build() {
    if (!model_name_.empty() && model_ == nullptr) {
      tell(matrix_.line, Severity::warning, "gpu_model_unknown", {},
           "there is no GPU " + in_quotes(model_name_) + " in the table of hardware: rates of its links stay unknown");
    }
    topology_.hosts.push_back({.name = kHost});
    add_devices();
    group();
    add_numa_nodes();
    hang_on_tree();
    join_numa_nodes();
    add_network();
    add_nvlinks();
    return std::move(topology_);
  }

 private:
  int count() const { return static_cast<int>(matrix_.devices.size()); }
  const SmiDevice& device(int index) const { return matrix_.devices[at(index)]; }

  void add_devices() {
    for (const SmiDevice& each : matrix_.devices) {
      if (each.is_gpu) {
        add_device(topology_, {.id = ids_.take("gpu" + std::to_string(each.index)),
                               .kind = DeviceKind::gpu,
                               .model = model_ == nullptr ? model_name_ : std::string(model_->name),
                               .host = kHost,
                               .index = each.index});
      } else {
        add_device(
            topology_,
            {.id = ids_.take("nic:" + each.adapter), .kind = DeviceKind::nic, .host = kHost, .index = each.index});
      }
    }
  }

  /// Who shares a switch, a tree of switches, a NUMA node. NVLinks hide the PCIe path between two GPUs: there the
  /// affinities speak, where they name one node.
  void group() {
    std::map<std::string, int> first_with;  // by affinity
    for (int one = 0; one < count(); ++one) {
      for (int other = 0; other < one; ++other) {
        const SmiPath path = matrix_.between(one, other).path;
        if (path == SmiPath::pix) switches_.unite(one, other);
        if (path == SmiPath::pix || path == SmiPath::pxb) roots_.unite(one, other);
        if (path >= SmiPath::pix && path <= SmiPath::node) nodes_.unite(one, other);
      }
      const std::string& affinity = matrix_.has_numa ? device(one).numa : device(one).cpus;
      if (affinity.empty() || (matrix_.has_numa && !is_number(affinity))) continue;
      nodes_.unite(one, first_with.try_emplace(affinity, one).first->second);
    }
    unite_unplaced();
    check_groups();
  }

  /// Where rows are missing, devices that nothing places get one node together, not one each.
  void unite_unplaced() {
    std::set<int> placed;
    for (int each = 0; each < count(); ++each) {
      if (is_number(device(each).numa) || !device(each).cpus.empty()) placed.insert(nodes_.find(each));
    }
    for (int one = 0; one < count(); ++one) {
      for (int other = 0; other < one; ++other) {
        if (matrix_.between(one, other).path != SmiPath::unknown) continue;
        if (placed.contains(nodes_.find(one)) || placed.contains(nodes_.find(other))) continue;
        nodes_.unite(one, other);
      }
    }
  }

  void check_groups() {
    std::map<int, std::string> numa_of;  // by group
    for (int one = 0; one < count(); ++one) {
      for (int other = 0; other < one; ++other) {
        const SmiPath path = matrix_.between(one, other).path;
        const bool is_far = path == SmiPath::sys && nodes_.find(one) == nodes_.find(other);
        const bool is_apart = path > SmiPath::pxb && roots_.find(one) == roots_.find(other);
        if (!is_far && !is_apart) continue;
        contradict(one, device(one).name + " and " + device(other).name + " are " +
                            text_of(matrix_.between(one, other)) + " apart, but others say that they share a " +
                            (is_apart ? "PCIe switch" : "NUMA node"));
      }
      const std::string& numa = device(one).numa;
      if (!is_number(numa)) continue;
      const auto [known, is_new] = numa_of.try_emplace(nodes_.find(one), numa);
      if (is_new || known->second == numa) continue;
      contradict(one, device(one).name + " belongs to NUMA node " + numa + ", but its paths lead to devices of node " +
                          known->second);
    }
  }

  void contradict(int index, const std::string& what) {
    tell(device(index).line, Severity::warning, "contradiction", {topology_.devices[at(index)].id},
         what + ": the tree that is drawn from the table is doubtful");
  }

  // A group that no GPU gives a number to (NICs by themselves, or a range of nodes) still is a node.
  void add_numa_nodes() {
    std::map<int, std::string> numa_of;
    for (int each = 0; each < count(); ++each) {
      std::string& numa = numa_of[nodes_.find(each)];
      if (numa.empty() && is_number(device(each).numa)) numa = device(each).numa;
    }
    std::set<std::string> used;
    int unnamed = 0;
    for (const auto& [group, numa] : numa_of) {
      const bool is_known = !numa.empty() && numa.size() <= 6 && used.insert(numa).second;
      cpus_[group] = add_device(topology_, {.id = is_known ? "cpu" + numa : "cpu:unnamed" + std::to_string(unnamed++),
                                            .kind = DeviceKind::cpu,
                                            .host = kHost,
                                            .index = is_known ? std::stoi(numa) : -1});
    }
    topology_.hosts.front().numa_nodes = static_cast<int>(cpus_.size());
  }

  /// A tree of one level where PIX joins all below a root, of two where PXB joins several.
  void hang_on_tree() {
    std::map<int, std::set<int>> switches_of;  // by root
    std::map<int, int> members;                // of each switch and of each root that has no switch
    for (int each = 0; each < count(); ++each) {
      switches_of[roots_.find(each)].insert(switches_.find(each));
      ++members[switches_.find(each)];
    }
    for (int each = 0; each < count(); ++each) {
      const int cpu = cpus_.at(nodes_.find(each));
      const bool has_two_levels = switches_of.at(roots_.find(each)).size() > 1;
      int parent = has_two_levels ? switch_below(cpu, "root", roots_.find(each)) : cpu;
      if (members.at(switches_.find(each)) > 1) parent = switch_below(parent, "", switches_.find(each));
      join_slot(parent, each);
    }
  }

  int switch_below(int parent, const std::string& level, int group) {
    const auto [known, is_new] = pcie_switches_.try_emplace({level, group}, -1);
    if (is_new) {
      const auto number = std::to_string(pcie_switches_.size() - 1);
      known->second = add_device(topology_, {.id = "pcisw" + number, .kind = DeviceKind::pcisw, .host = kHost});
      join(topology_, parent, known->second, {.kind = LinkKind::pcie, .capacity = unknown_rate(no_rate(matrix_.line))});
    }
    return known->second;
  }

  void join_slot(int parent, int index) {
    Capacity capacity = unknown_rate(no_rate(device(index).line));
    if (device(index).is_gpu && model_ != nullptr && model_->pcie_gigatransfers > 0) {
      capacity = assumed_rate(pcie_rate(model_->pcie_gigatransfers, model_->pcie_lanes),
                              "slot of " + std::string(model_->name) + ": " + std::string(model_->source));
    }
    join(topology_, parent, index, {.kind = LinkKind::pcie, .capacity = std::move(capacity)});
  }

  void join_numa_nodes() {
    for (auto one = cpus_.begin(); one != cpus_.end(); ++one) {
      for (auto other = cpus_.begin(); other != one; ++other) {
        join(topology_, other->second, one->second,
             {.kind = LinkKind::smp, .capacity = unknown_rate(no_rate(matrix_.line))});
      }
    }
  }

  // All NICs are taken to reach one network, as discovery does.
  void add_network() {
    int network = -1;
    for (int each = 0; each < count(); ++each) {
      if (device(each).is_gpu) continue;
      if (network < 0) network = add_device(topology_, {.id = "network", .kind = DeviceKind::network_switch});
      const std::string& name = device(each).adapter;
      const bool is_infiniband = name.starts_with("mlx") || name.starts_with("ib") || name.starts_with("NIC");
      join(topology_, each, network,
           {.kind = is_infiniband ? LinkKind::infiniband : LinkKind::ethernet,
            .capacity = unknown_rate(no_rate(device(each).line))});
    }
  }

  void add_nvlinks() {
    DisjointSets domains(count());
    for (int one = 0; one < count(); ++one) {
      for (int other = 0; other < one; ++other) {
        if (matrix_.between(one, other).path == SmiPath::nvlink) domains.unite(one, other);
      }
    }
    std::map<int, std::vector<int>> members;
    for (int each = 0; each < count(); ++each) members[domains.find(each)].push_back(each);
    int switches = 0;
    for (const auto& [first, gpus] : members) {
      if (gpus.size() < 2) continue;
      if (leads_to_switch(gpus)) {
        add_nvswitch(gpus, switches++);
      } else {
        add_mesh(gpus);
      }
    }
  }

  int links_in_all(int gpu, const std::vector<int>& gpus) const {
    int links = 0;
    for (const int other : gpus) links += matrix_.between(gpu, other).links;
    return links;
  }

  int links_at_most(int gpu) const {
    int links = 0;
    for (int other = 0; other < count(); ++other) links = std::max(links, matrix_.between(gpu, other).links);
    return links;
  }

  /// More links to all the others than any GPU has: then each pair is told the same links, those to the switch.
  bool leads_to_switch(const std::vector<int>& gpus) const {
    const bool is_known = model_ != nullptr && model_->link == LinkKind::nvlink && model_->links > 0;
    const int most = is_known ? model_->links : kMostLinksOfAny;
    return std::ranges::any_of(gpus, [&](int gpu) { return links_in_all(gpu, gpus) > most; });
  }

  void add_nvswitch(const std::vector<int>& gpus, int number) {
    // NVLink SHARP came with Hopper, the first with 18 links (or with slots of 32 GT/s, where links are sold off).
    int most = 0;
    for (const int gpu : gpus) most = std::max(most, links_at_most(gpu));
    const bool reduces = model_ != nullptr ? model_->pcie_gigatransfers >= 32 : most == kMostLinksOfAny;
    const int nvswitch = add_device(topology_, {.id = "nvswitch" + std::to_string(number),
                                                .kind = DeviceKind::nvswitch,
                                                .host = kHost,
                                                .can = {.multicast = reduces, .reduce = reduces}});
    const auto rate = rate_of_link(gpus, most);
    for (const int gpu : gpus) {
      const int links = links_at_most(gpu);
      join(topology_, gpu, nvswitch, nvlink(links, rate, device(gpu).line));
      if (links == most) continue;
      tell(device(gpu).line, Severity::warning, "uneven_nvlinks", {topology_.devices[at(gpu)].id},
           device(gpu).name + " has " + std::to_string(links) + " NVLinks to the switch, others have " +
               std::to_string(most) + ": collectives run at its pace");
    }
  }

  void add_mesh(const std::vector<int>& gpus) {
    int most = 0;
    for (const int gpu : gpus) most = std::max(most, links_in_all(gpu, gpus));
    const auto rate = rate_of_link(gpus, most);
    for (const int one : gpus) {
      for (const int other : gpus) {
        const int links = matrix_.between(one, other).links;
        if (links > 0 && other < one) join(topology_, other, one, nvlink(links, rate, device(other).line));
      }
    }
  }

  Link nvlink(int links, const std::optional<Capacity>& rate, int line) const {
    Capacity capacity = rate.value_or(unknown_rate(no_rate(line)));
    capacity.line.value *= links;
    return {.kind = LinkKind::nvlink, .count = links, .capacity = std::move(capacity)};
  }

  std::optional<Capacity> rate_of_link(const std::vector<int>& gpus, int links_of_gpu) {
    if (model_ != nullptr && model_->link == LinkKind::nvlink && model_->links > 0) {
      return stated_rate(model_->link_rate, std::string(model_->name) + ": " + std::string(model_->source));
    }
    if (const auto rate = rate_by_count(links_of_gpu)) {
      return assumed_rate(*rate, findings_.place(matrix_.line) + ": GPUs with " + std::to_string(links_of_gpu) +
                                     " NVLinks all have 25 GB/s per link");
    }
    std::vector<std::string> ids;
    for (const int gpu : gpus) ids.push_back(topology_.devices[at(gpu)].id);
    tell(matrix_.line, Severity::warning, "nvlink_rate_unknown", std::move(ids),
         std::to_string(links_of_gpu) + " NVLinks per GPU fit several models, and the table names none: give --gpu" +
             (links_of_gpu > 12 ? " H100 or --gpu B200" : " with the model") + " to know what they carry");
    return std::nullopt;
  }

  std::string no_rate(int line) const { return findings_.place(line) + ": the table has no rates"; }

  void tell(int line, Severity severity, const char* code, std::vector<std::string> devices, std::string meaning) {
    findings_.add(line == 0 ? matrix_.line : line, {severity, code, {}, std::move(meaning), std::move(devices)});
  }

  const SmiMatrix& matrix_;
  const GpuModel* model_;  // nullptr where the user gives none that is known
  std::string model_name_;
  FindingList& findings_;
  DisjointSets nodes_;                                        // who shares a NUMA node
  DisjointSets roots_;                                        // who shares a tree of PCIe switches
  DisjointSets switches_;                                     // who shares the lowest switch
  std::map<int, int> cpus_;                                   // device, by group of nodes_
  std::map<std::pair<std::string, int>, int> pcie_switches_;  // device, by level and group
  UniqueIds ids_;
  Topology topology_;  // begins with the devices of the table, in its order
};

}  // namespace

bool is_nvidia_smi(std::string_view text) {
  LineCursor lines(text.substr(0, kRecognisedFrom), {});
  while (lines.next()) {
    if (is_smi_head(lines.line())) return true;
  }
  return false;
}

Imported read_nvidia_smi(const ReadRequest& request) {
  FindingList findings(request.origin);
  const SmiMatrix matrix = read_smi_matrix(request.text, request.origin, findings);
  Topology topology = SmiGraph(matrix, request, findings).build();
  return {.topology = std::move(topology), .findings = findings.take()};
}

}  // namespace muster
