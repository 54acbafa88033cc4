// SPDX-License-Identifier: Apache-2.0
// The machine as a directed multigraph: devices joined by links with capacity and latency, each number with its origin.
// Readers and discovery make it; limits, placement and reports read it. JSON form: cluster.json (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/units.hpp"

namespace muster {

enum class DeviceKind { gpu, cpu, pcisw, nvswitch, nic, network_switch };
enum class LinkKind { nvlink, xgmi, c2c, pcie, smp, infiniband, ethernet, internal };
/// Where a capacity comes from, best for bounds first: the line rate bounds, usable and measured rates predict.
enum class CapacitySource { line, usable, measured, assumed, unknown };

std::string_view name_of(DeviceKind kind);
std::string_view name_of(LinkKind kind);
std::string_view name_of(CapacitySource source);

/// Each throws Error listing the accepted words.
DeviceKind parse_device_kind(std::string_view name);
LinkKind parse_link_kind(std::string_view name);
CapacitySource parse_capacity_source(std::string_view name);

struct Device {
  std::string id;  ///< unique: "node0/cpu0", "node0/nic:eth0"
  DeviceKind kind = DeviceKind::cpu;
  std::string model;  ///< as the system names it; empty when it does not
};

struct Link {
  int source = 0;  ///< index into Topology::devices
  int target = 0;
  LinkKind kind = LinkKind::internal;
  BytesPerSecond capacity{};  ///< 0 = unknown
  Seconds latency{};          ///< 0 = unknown
  CapacitySource capacity_source = CapacitySource::unknown;
  std::string provenance{};  ///< file:line, or the door of the system that said it
};

/// One level of the memory of a host: a message that fits it is bounded by it.
struct MemoryLevel {
  std::string name;  ///< "L1", "L2", "L3", "DRAM"
  Bytes size;        ///< of one instance; for DRAM the installed memory
  int cores = 1;     ///< physical cores that share one instance
};

struct Host {
  std::string name;
  std::string cpu_model;
  int physical_cores = 0;
  int logical_cpus = 0;
  int numa_nodes = 0;
  Bytes memory;
  std::vector<MemoryLevel> levels;  ///< nearest to the cores first; the last is DRAM
};

struct Topology {
  std::vector<Device> devices;
  std::vector<Link> links;
  std::vector<Host> hosts;
};

/// What is here: CPU packages, caches, memory and PCI devices through hwloc, network interfaces with their line rates
/// from sysfs. Works without privileges; what cannot be read is left unknown and `provenance` says so.
Topology discover_host();

Json to_json(const Topology& topology);
/// Throws Error naming `origin` and the key that is missing, of the wrong type or out of range.
Topology topology_from_json(const Json& json, const std::string& origin);

}  // namespace muster
