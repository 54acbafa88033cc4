// SPDX-License-Identifier: Apache-2.0
// The names that files use for the kinds of devices, links and sources of capacity.
#include "topology/graph.hpp"

#include <array>

#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 6> kDeviceKinds = {"gpu", "cpu", "pcisw", "nvswitch", "nic", "switch"};
constexpr std::array<std::string_view, 8> kLinkKinds = {"nvlink", "xgmi",       "c2c",      "pcie",
                                                        "smp",    "infiniband", "ethernet", "internal"};
constexpr std::array<std::string_view, 5> kCapacitySources = {"line", "usable", "measured", "assumed", "unknown"};

}  // namespace

std::string_view name_of(DeviceKind kind) { return kDeviceKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(LinkKind kind) { return kLinkKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(CapacitySource source) { return kCapacitySources.at(static_cast<std::size_t>(source)); }

DeviceKind parse_device_kind(std::string_view name) {
  return static_cast<DeviceKind>(index_of_name("device kind", kDeviceKinds, name));
}

LinkKind parse_link_kind(std::string_view name) {
  return static_cast<LinkKind>(index_of_name("link kind", kLinkKinds, name));
}

CapacitySource parse_capacity_source(std::string_view name) {
  return static_cast<CapacitySource>(index_of_name("capacity source", kCapacitySources, name));
}

}  // namespace muster
