// SPDX-License-Identifier: Apache-2.0
// What NVML tells, as devices and links of the graph.
#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "topology/hardware.hpp"
#include "topology/nvml.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }
constexpr int kFirstWithReduction = 90;  // NVLink SHARP came with Hopper's NVSwitch

/// Of one lane by generation of PCI Express, GT/s.
double gigatransfers_of(int generation) {
  constexpr double kBy[] = {0, 2.5, 5, 8, 16, 32, 64};
  return generation >= 1 && generation <= 6 ? kBy[generation] : 0;
}

class NvmlAdder {
 public:
  NvmlAdder(Topology& topology, std::string host) : topology_(topology), host_(std::move(host)) {}

  std::vector<Finding> add(const std::vector<NvmlGpu>& gpus) {
    for (const NvmlGpu& gpu : gpus) place(gpu);
    for (const NvmlGpu& gpu : gpus) join_peers(gpu);
    tell_missing();
    return std::move(findings_);
  }

 private:
  void place(const NvmlGpu& gpu) {
    const auto found = std::ranges::find_if(topology_.devices, [&](const Device& device) {
      return device.kind == DeviceKind::gpu && device.host == host_ && device.address == gpu.address;
    });
    const int device =
        found != topology_.devices.end()
            ? static_cast<int>(found - topology_.devices.begin())
            : add_device(topology_, {.id = host_ + "/gpu:" + gpu.address, .kind = DeviceKind::gpu, .host = host_});
    Device& known = topology_.devices[at(device)];
    known.model = gpu.name;
    known.index = gpu.index;
    known.address = gpu.address;
    by_address_[gpu.address] = device;
    state_slot(device, gpu);
    if (gpu.inactive_links > 0) {
      tell(Severity::warning, "inactive_nvlink", gpu,
           std::to_string(gpu.inactive_links) + " NVLinks of this GPU do not run: its limit counts only those that do");
    }
    if (gpu.partitioned) {
      tell(Severity::warning, "partitioned_gpu", gpu,
           "MIG is on: the parts of this GPU share its links and its memory");
    }
  }

  /// Seven of eight: a smaller machine may be a broken one.
  void tell_missing() {
    for (const Device& device : topology_.devices) {
      const bool is_nvidia = device.kind == DeviceKind::gpu && device.host == host_ && names_nvidia(device.model);
      if (!is_nvidia || by_address_.contains(device.address)) continue;
      findings_.push_back({Severity::warning,
                           "gpu_without_driver",
                           device.id,
                           "the PCI bus shows this GPU, NVIDIA's driver does not: it has fallen off, or is bound to "
                           "another driver; see dmesg for XID messages",
                           {device.id}});
    }
  }

  static bool names_nvidia(std::string model) {
    std::ranges::transform(model, model.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return model.find("nvidia") != std::string::npos;
  }

  /// hwloc tells the rate of the moment, which an idle GPU lowers; NVML the one that card and slot reach.
  void state_slot(int device, const NvmlGpu& gpu) {
    const double transfers = gigatransfers_of(gpu.pcie_generation);
    if (transfers == 0 || gpu.pcie_lanes == 0) return;
    for (Link& link : topology_.links) {
      if (link.kind != LinkKind::pcie || (link.source != device && link.target != device)) continue;
      const BytesPerSecond usable = link.capacity.usable;
      link.capacity =
          stated_rate(pcie_rate(transfers, gpu.pcie_lanes),
                      "NVML: Gen" + std::to_string(gpu.pcie_generation) + " x" + std::to_string(gpu.pcie_lanes));
      link.capacity.usable = usable;
    }
  }

  void join_peers(const NvmlGpu& gpu) {
    const int device = by_address_.at(gpu.address);
    int to_switch = 0;
    std::map<int, int> to_gpu;  // links by peer
    for (const NvLink& link : gpu.links) {
      const auto peer = by_address_.find(link.address);
      if (link.peer == NvLinkPeer::nvswitch) {
        ++to_switch;
      } else if (peer != by_address_.end() && peer->second == device) {
        tell(Severity::error, "self_link", gpu, "an NVLink of this GPU ends at the GPU itself: it is left out");
      } else if (peer != by_address_.end()) {
        ++to_gpu[peer->second];
      } else if (link.peer != NvLinkPeer::cpu) {
        tell(Severity::warning, "unknown_nvlink_peer", gpu,
             "the driver does not say where NVLink " + std::to_string(link.number) + " leads: it is left out");
      }
    }
    if (to_switch > 0) muster::join(topology_, device, nvswitch(gpu.compute_capability), nvlinks(gpu, to_switch));
    for (const auto& [peer, count] : to_gpu) {
      Link link = nvlinks(gpu, count);  // this GPU's direction; the peer reports its own
      link.source = device;
      link.target = peer;
      topology_.links.push_back(std::move(link));
    }
  }

  static Link nvlinks(const NvmlGpu& gpu, int count) {
    const auto rate = nvlink_rate(gpu.compute_capability);
    const std::string origin = "NVML: " + std::to_string(count) + " active links";
    return {.kind = LinkKind::nvlink,
            .count = count,
            .capacity = rate ? stated_rate({rate->value * count}, origin) : unknown_rate(origin + " of unknown rate")};
  }

  int nvswitch(int compute_capability) {
    if (nvswitch_ < 0) {
      nvswitch_ = add_device(topology_, {.id = host_ + "/nvswitch", .kind = DeviceKind::nvswitch, .host = host_});
      const bool reduces = compute_capability >= kFirstWithReduction;
      topology_.devices[at(nvswitch_)].can = {.multicast = reduces, .reduce = reduces};
    }
    return nvswitch_;
  }

  void tell(Severity severity, const char* code, const NvmlGpu& gpu, const std::string& meaning) {
    const std::string& id = topology_.devices[at(by_address_.at(gpu.address))].id;
    findings_.push_back({severity, code, id, meaning, {id}});
  }

  Topology& topology_;
  std::string host_;
  std::map<std::string, int> by_address_;
  int nvswitch_ = -1;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> add_nvml(Topology& topology, const std::string& host, const std::vector<NvmlGpu>& gpus) {
  return NvmlAdder(topology, host).add(gpus);
}

}  // namespace muster
