// SPDX-License-Identifier: Apache-2.0
// The steps by which several descriptions become one system (merge.cpp runs them): which hosts are the same, then which
// devices are, then what of each description the one graph takes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/readers/readers.hpp"

namespace muster {

/// One host as one of the descriptions has it.
struct HostPart {
  int part = 0;                ///< index of the description
  std::string name{};          ///< in it
  std::vector<int> devices{};  ///< of its topology
};

/// One host as it is.
struct JoinedHost {
  std::string name{};
  std::vector<HostPart> parts{};  ///< the fullest first: its tree of buses is the one that counts
};

/// A device of one of the descriptions.
struct DeviceRef {
  int part = 0;
  int device = 0;
  auto operator<=>(const DeviceRef&) const = default;
};

/// What became of the devices of all descriptions.
struct DeviceMap {
  /// [part][device]: itself = kept; another one = the same device there; several = stands for them; empty = left out.
  std::vector<std::vector<std::vector<DeviceRef>>> becomes{};
};

/// Findings of the merge, a hundred of each code at most.
class MergeFindings {
 public:
  void add(Finding finding);
  /// What was kept, and one note for each code with more.
  std::vector<Finding> take();

 private:
  std::vector<Finding> kept_;
  std::map<std::string, int> counts_;
};

/// Hosts are the same by a name that somebody gave, by the GUID of a NIC, and where a description names no host (then
/// readers call it host0) by being the only one that fits.
std::vector<JoinedHost> join_hosts(const std::vector<Imported>& parts, MergeFindings& findings);

/// GPUs are the same by PCI address, then by number; NICs by GUID, then by name; switches by GUID, then by name.
DeviceMap match_devices(const std::vector<Imported>& parts, const std::vector<JoinedHost>& hosts,
                        MergeFindings& findings);

/// Where two descriptions speak of one number: what a contradiction is told with.
struct SharedPlace {
  std::string place{};
  std::vector<std::string> devices{};
};

/// Keeps of each number the one that is known better; two stated rates that differ are a finding.
void improve(Capacity& known, const Capacity& other, const SharedPlace& shared, MergeFindings& findings);

/// The placeholder of a network goes where NICs have their real switches; a rate that its links had stays.
void drop_placeholder_networks(Topology& topology, MergeFindings& findings);
/// Hosts that no fabric reaches, and those of the fabric of which nothing else is known.
void tell_not_joined(const Topology& topology, MergeFindings& findings);

/// The name that readers give where the description has none: "host0".
bool is_placeholder_host(const Imported& part, std::string_view name);
/// A switch that stands for a network of which nothing is known: "network", "network:plane1".
bool is_placeholder_network(const Device& device);
bool is_scale_up(LinkKind kind);
/// "mlx5_0" of "node3/nic:mlx5_0"; empty when the id names none ("node3/nic").
std::string_view adapter_of(const Device& nic);

}  // namespace muster
