// SPDX-License-Identifier: Apache-2.0
// Links of an NCCL topology that name their other end: NVLink, xGMI, C2C, and PCIe switches joined to each other.
// Each GPU lists its own direction; NVSwitches and CPUs list nothing, so links to them go both ways.
#include <cmath>
#include <optional>
#include <tuple>

#include "core/error.hpp"
#include "topology/hardware.hpp"
#include "topology/readers/nccl_elements.hpp"
#include "topology/readers/nccl_machine.hpp"
#include "topology/readers/nccl_rates.hpp"

namespace muster {

namespace {

constexpr int kMostLinks = 1024;         // between two ends; the most that any hardware has is 36
constexpr int kFirstWithReduction = 90;  // NVLink SHARP came with Hopper's NVSwitch
constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

class LinkAdder {
 public:
  explicit LinkAdder(NcclDump& machine) : machine_(machine), model_(find_gpu_model(machine.gpu_model)) {}

  void add() {
    for (const NcclGpu& gpu : machine_.gpus) {
      for (const XmlElement& child : gpu.element->children) add_link(gpu, child);
      for (auto& [ends, link] : pending_) machine_.topology.links.push_back(std::move(link));
      pending_.clear();
    }
    for (const auto& [from, element] : machine_.switch_links) join_switches(from, *element);
  }

 private:
  void add_link(const NcclGpu& gpu, const XmlElement& element) {
    const bool is_xgmi = element.name == "xgmi";
    if (!is_xgmi && element.name != "nvlink" && element.name != "c2c") {
      return tell(element.line, Severity::note, "unknown_tag", gpu,
                  "<" + element.name.substr(0, 64) + "> inside <gpu> is not known and left out");
    }
    const auto count = whole_number(attribute(element, "count"));
    if (!count || *count < 1 || *count > kMostLinks) {
      return tell(element.line, Severity::warning, "bad_link_count", gpu,
                  "a count of links is missing or no number from 1 to " + std::to_string(kMostLinks) +
                      ": these links are left out");
    }
    Link link{
        .source = gpu.device, .kind = is_xgmi ? LinkKind::xgmi : LinkKind::nvlink, .count = static_cast<int>(*count)};
    if (element.name == "c2c") return add_c2c(gpu, element, std::move(link));
    link.capacity = is_xgmi ? xgmi(gpu, element, link.count) : nvlink(gpu, element, link.count);
    add_peer(gpu, element, std::move(link));
  }

  void add_peer(const NcclGpu& gpu, const XmlElement& element, Link link) {
    const std::string target = normal_bus_id(attribute(element, "target"));
    const std::string_view kind = attribute(element, "tclass");
    if (kind.starts_with("0x068001")) return join_cpu(gpu, element, std::move(link));
    if (kind.starts_with("0x0680") || target.starts_with("fffffff:")) {  // the latter in virtual machines
      link.target = nvswitch(gpu);
      return merge(std::move(link), Reverse::also);
    }
    const auto found = machine_.by_address.find({gpu.host, target});
    if (found == machine_.by_address.end()) {
      return tell(element.line, Severity::warning, "link_target_missing", gpu,
                  "a link leads to " + in_quotes(target) + ", which the file does not describe: it is left out");
    }
    if (found->second == gpu.device) {
      return tell(element.line, Severity::error, "self_link", gpu,
                  "a link of this GPU ends at the GPU itself: the file cannot be true; the link is left out");
    }
    link.target = found->second;
    merge(std::move(link), Reverse::listed_by_peer);
  }

  void add_c2c(const NcclGpu& gpu, const XmlElement& element, Link link) {
    link.kind = LinkKind::c2c;
    const auto megabytes = finite_number(attribute(element, "bw"));
    constexpr double kMost = 1e7;  // 10 TB/s per link
    link.capacity = megabytes && *megabytes > 0 && *megabytes <= kMost
                        ? stated_rate({*megabytes * 1e6 * link.count / gpu.partitions}, place(element))
                        : unknown_rate(place(element) + ": no rate is stated");
    join_cpu(gpu, element, std::move(link));
  }

  void join_cpu(const NcclGpu& gpu, const XmlElement& element, Link link) {
    if (gpu.cpu < 0) {
      return tell(element.line, Severity::warning, "link_target_missing", gpu,
                  "a link leads to the CPU of this GPU, which the file does not describe: it is left out");
    }
    link.target = gpu.cpu;
    merge(std::move(link), Reverse::also);
  }

  enum class Reverse { also, listed_by_peer };

  void merge(Link link, Reverse reverse) {
    if (reverse == Reverse::also) {
      Link back = link;
      std::swap(back.source, back.target);
      merge(std::move(back), Reverse::listed_by_peer);
    }
    const auto [found, is_new] = pending_.try_emplace({link.source, link.target, link.kind}, link);
    if (is_new) return;
    Link& known = found->second;  // several records towards one end are one link of the graph
    known.count += link.count;
    known.capacity.line.value += link.capacity.line.value;
    known.capacity.usable.value += link.capacity.usable.value;
  }

  void join_switches(int from, const XmlElement& element) {
    const auto& host = machine_.topology.devices[at(from)].host;
    const auto found = machine_.by_address.find({host, normal_bus_id(attribute(element, "target"))});
    if (found == machine_.by_address.end() || found->second == from) return;
    machine_.topology.links.push_back({.source = from,
                                       .target = found->second,
                                       .kind = LinkKind::pcie,
                                       .capacity = unknown_rate(place(element) + ": between two PCIe switches")});
  }

  Capacity nvlink(const NcclGpu& gpu, const XmlElement& element, int count) {
    const int capability = static_cast<int>(whole_number(attribute(*gpu.element, "sm")).value_or(0) & 0xffff);
    const auto one =
        model_ != nullptr && model_->links > 0 ? std::optional(model_->link_rate) : nvlink_rate(capability);
    return rate({one, nccl_nvlink_rate(capability)}, gpu, element, count);
  }

  Capacity xgmi(const NcclGpu& gpu, const XmlElement& element, int count) {
    const std::string_view architecture = attribute(*gpu.element, "gcn");
    return rate({xgmi_rate(architecture), rccl_xgmi_rate(architecture).value_or(BytesPerSecond{})}, gpu, element,
                count);
  }

  struct OneLink {
    std::optional<BytesPerSecond> line;
    BytesPerSecond usable;
  };

  Capacity rate(const OneLink& one, const NcclGpu& gpu, const XmlElement& element, int count) {
    if (!one.line) {
      tell(gpu.element->line, Severity::warning, "unknown_gpu_generation", gpu,
           "the generation of this GPU is not known, so the rate of its links is not either: state its model");
      return unknown_rate(place(element) + ": a link of unknown generation");
    }
    const double share = static_cast<double>(count) / gpu.partitions;
    Capacity capacity = stated_rate({std::floor(one.line->value * share)}, place(element));
    capacity.usable = {one.usable.value * share};
    return capacity;
  }

  // A fused dump is of one NVLink domain, so all hosts share the node that stands for its switches.
  int nvswitch(const NcclGpu& gpu) {
    if (nvswitch_ >= 0) return nvswitch_;
    const bool reduces = whole_number(attribute(*gpu.element, "sm")).value_or(0) >= kFirstWithReduction;
    const bool one_host = machine_.topology.hosts.size() <= 1;
    nvswitch_ = add_device(machine_.topology, {.id = "nvswitch",
                                               .kind = DeviceKind::nvswitch,
                                               .host = one_host ? gpu.host : std::string(),
                                               .can = {.multicast = reduces, .reduce = reduces}});
    return nvswitch_;
  }

  std::string place(const XmlElement& element) const { return machine_.findings.place(element.line); }

  void tell(int line, Severity severity, const char* code, const NcclGpu& gpu, const std::string& meaning) {
    machine_.findings.add(line, {severity, code, {}, meaning, {machine_.topology.devices[at(gpu.device)].id}});
  }

  NcclDump& machine_;
  const GpuModel* model_;                                   // that the user states; nullptr = none
  std::map<std::tuple<int, int, LinkKind>, Link> pending_;  // of the GPU at hand, by (source, target, kind)
  int nvswitch_ = -1;
};

}  // namespace

void add_nccl_links(NcclDump& machine) { LinkAdder(machine).add(); }

}  // namespace muster
