// SPDX-License-Identifier: Apache-2.0
#include "topology/path_type.hpp"

#include <array>

namespace muster {
namespace {

/// What a chain of links uses and passes; its ends do not count as passed.
struct Passed {
  bool scale_up = false;
  bool coherent = false;
  bool network = false;
  bool pcie = false;
  int gpus = 0;
  int cpus = 0;
  int pcie_switches = 0;
};

void pass(Passed& passed, const Link& link) {
  passed.scale_up |= joins_gpus(link.kind);
  passed.coherent |= link.kind == LinkKind::c2c;
  passed.network |= link.kind == LinkKind::infiniband || link.kind == LinkKind::ethernet;
  passed.pcie |= link.kind == LinkKind::pcie || link.kind == LinkKind::internal;
}

void pass(Passed& passed, const Device& device) {
  passed.gpus += device.kind == DeviceKind::gpu ? 1 : 0;
  passed.cpus += device.kind == DeviceKind::cpu ? 1 : 0;
  passed.pcie_switches += device.kind == DeviceKind::pcisw ? 1 : 0;
  passed.network |= device.kind == DeviceKind::network_switch;
}

}  // namespace

std::string_view name_of(PathType type) {
  constexpr std::array<std::string_view, 12> kNames = {"LOC", "NVL", "NVB", "C2C", "PIX", "PXB",
                                                       "P2C", "PXN", "PHB", "SYS", "NET", "DIS"};
  return kNames.at(static_cast<std::size_t>(type));
}

bool joins_gpus(LinkKind kind) { return kind == LinkKind::nvlink || kind == LinkKind::xgmi; }

PathType type_of(const Topology& topology, std::span<const int> links) {
  if (links.empty()) return PathType::loc;
  Passed passed;
  bool crosses_sockets = false;
  for (const int index : links) {
    const Link& link = topology.links[static_cast<std::size_t>(index)];
    pass(passed, link);
    crosses_sockets |= link.kind == LinkKind::smp;
    if (index != links.back()) pass(passed, topology.devices[static_cast<std::size_t>(link.target)]);
  }
  if (passed.network) return PathType::net;
  if (crosses_sockets || passed.cpus > 1) return PathType::sys;
  if (passed.coherent && !passed.pcie) return PathType::c2c;
  if (passed.coherent) return PathType::p2c;
  if (passed.cpus == 1) return PathType::phb;
  if (passed.scale_up && passed.pcie) return PathType::pxn;
  if (passed.scale_up) return passed.gpus == 0 ? PathType::nvl : PathType::nvb;
  return passed.pcie_switches <= 1 ? PathType::pix : PathType::pxb;
}

}  // namespace muster
