// SPDX-License-Identifier: Apache-2.0
// The machine as a directed multigraph: devices joined by links with capacity and latency, each number with its origin.
// Readers, templates and discovery make it; limits, planners and reports read it. JSON: cluster.json (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "core/units.hpp"

namespace muster {

/// A process is a rank that works in host memory; it is placed on a CPU when a run is planned (placed_ranks).
enum class DeviceKind { gpu, cpu, pcisw, nvswitch, nic, network_switch, process };
enum class LinkKind { nvlink, xgmi, c2c, pcie, smp, infiniband, ethernet, internal };
/// How far a line rate can be trusted: stated by the machine or a data sheet, or taken for granted for want of better.
enum class Certainty { unknown, assumed, stated };

std::string_view name_of(DeviceKind kind);
std::string_view name_of(LinkKind kind);
std::string_view name_of(Certainty certainty);

/// Each throws Error listing the accepted words.
DeviceKind parse_device_kind(std::string_view name);
LinkKind parse_link_kind(std::string_view name);
Certainty parse_certainty(std::string_view name);

/// Rates of one direction, in whole bytes per second; 0 = not known. Limits take `line`, predictions the last one
/// known.
struct Capacity {
  BytesPerSecond line{};                     ///< what the wire carries after its line code: nothing is ever faster
  BytesPerSecond usable{};                   ///< what is left of it for data after headers and flow control
  BytesPerSecond measured{};                 ///< what Muster saw here
  Certainty certainty = Certainty::unknown;  ///< of `line`; unknown exactly where line is 0
  std::string provenance{};                  ///< file:line, a data sheet, or the door of the system that said it
};

/// A line rate that somebody states.
Capacity stated_rate(BytesPerSecond line, std::string provenance);
/// A line rate that nobody states but that the hardware of this kind usually has.
Capacity assumed_rate(BytesPerSecond line, std::string provenance);
/// A link that is there but whose rate nobody knows; `why` goes to provenance.
Capacity unknown_rate(std::string why);
/// Measured if known, else usable, else line; 0 when none is.
BytesPerSecond best_known(const Capacity& capacity);

/// What a device can do beyond passing bytes on. Each changes limits, so each must be known, not hoped for.
struct Capabilities {
  bool multicast = false;  ///< a switch copies one packet to many
  bool reduce = false;     ///< a switch adds packets up (NVLink SHARP, InfiniBand SHARP)
  bool gdr = false;        ///< a NIC reads and writes GPU memory without a stop in host memory
  bool pxn = false;        ///< a GPU may send through the NIC of another GPU of its host
  bool operator==(const Capabilities&) const = default;
};

struct Device {
  std::string id;  ///< unique: "node0/gpu3", "node0/nic:mlx5_2", "leaf4"
  DeviceKind kind = DeviceKind::cpu;
  std::string model{};      ///< as the system names it; empty when it does not
  std::string host{};       ///< the host that it sits in; empty for a switch of the fabric
  std::string enclosure{};  ///< rack, pod or scale-up domain by name; empty when not known
  int index = -1;           ///< number among the GPUs or NICs of its host as the vendor counts; -1 = none
  int rail = -1;            ///< of a NIC or a switch of a rail-aligned fabric
  int tier = -1;            ///< of a switch of the fabric: 0 leaf, 1 spine, 2 core
  std::string address{};    ///< PCI bus id "0000:18:00.0"; empty when not known
  std::string guid{};       ///< node or system GUID in lower-case hexadecimal without 0x: what joins a host to a fabric
  Capacity through{};       ///< what passes the device as a whole, all its links together; line 0 = no bound known
  Capabilities can{};
};

struct Link {
  int source = 0;  ///< index into Topology::devices
  int target = 0;  ///< never the source
  LinkKind kind = LinkKind::internal;
  int count = 1;  ///< parallel physical links, all in `capacity` together
  Capacity capacity{};
  Seconds latency{};  ///< 0 = unknown
};

/// One level of the memory of a host: a message that fits it is bounded by it.
struct MemoryLevel {
  std::string name;  ///< "L1", "L2", "L3", "DRAM"
  Bytes size;        ///< of one instance; for DRAM the installed memory
  int cores = 1;     ///< physical cores that share one instance
};

struct Host {
  std::string name;
  std::string cpu_model{};
  int physical_cores = 0;
  int logical_cpus = 0;
  int numa_nodes = 0;
  Bytes memory{};
  std::vector<MemoryLevel> levels{};  ///< nearest to the cores first; the last is DRAM
};

struct Topology {
  std::vector<Device> devices{};
  std::vector<Link> links{};
  std::vector<Host> hosts{};
};

int add_device(Topology& topology, Device device);
/// Adds `link` from `one` to `other` and the same back; what it says of source and target is ignored.
void join(Topology& topology, int one, int other, Link link);

/// The same machine with switches that cannot add up (or are not allowed to): what bounds schedules whose sums are made
/// by ranks, and every machine on which in-network reduction is not set up.
Topology without_reduction(Topology topology);
bool has_reduction(const Topology& topology);

/// The devices that take part in collectives, in the order of ranks: all processes; where there is none, all GPUs; else
/// all CPU packages of hosts; else all NICs (a fabric without its hosts). Hosts in order of first appearance, GPUs of a
/// host by index.
std::vector<int> rank_devices(const Topology& topology);

/// What is here: CPU packages, caches, memory and PCI devices through hwloc, network interfaces with their line rates
/// from sysfs. Works without privileges; what cannot be read is left unknown and `provenance` says so.
Topology discover_host();

Json to_json(const Topology& topology);
/// Throws Error naming `origin` and the key that is missing, of the wrong type or out of range.
Topology topology_from_json(const Json& json, const std::string& origin);

}  // namespace muster
