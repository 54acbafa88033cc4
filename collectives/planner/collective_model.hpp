// SPDX-License-Identifier: Apache-2.0
// The time that a collective library (NCCL, RCCL) should take on a fabric, in closed form: the best of its algorithms
// and protocols at line rates times what each generation is known to reach (docs/collective-validation.md). What NCCL
// itself believes of a machine is nccl_model.hpp.
#pragma once

#include <optional>
#include <string>

#include "collectives/planner/fabric_constants.hpp"
#include "collectives/planner/nccl_model.hpp"
#include "core/collective.hpp"
#include "core/units.hpp"
#include "topology/graph.hpp"

namespace muster {

/// Ranks that take part, as many on each node. A node is a scale-up domain: a host with eight GPUs, a rack of 72.
struct GroupShape {
  int nodes = 1;
  int gpus_per_node = 1;  ///< of the group, on each node

  int ranks() const { return nodes * gpus_per_node; }
};

/// What the GPUs of a group have around them. Rates are of the wire, per GPU and direction.
struct FabricRates {
  LinkGeneration links = LinkGeneration::hopper;
  NetworkGeneration network = NetworkGeneration::infiniband;
  BytesPerSecond scale_up{};       ///< to the other GPUs of the group in its node; 0 = they have no such links
  BytesPerSecond to_one{};         ///< to one of them, where no switch gives it all of scale_up; 0 = all of it
  double detour = 1;               ///< mean number of links on the way to another of them; 1 through switches
  BytesPerSecond scale_out{};      ///< its share of the node's NICs; 0 = there is no network
  bool reduces_in_switch = false;  ///< NVLink SHARP
};

struct CollectiveTime {
  Seconds time{};
  std::optional<NcclAlgorithm> algorithm{};  ///< empty where ranks send to each other in pairs
  NcclProtocol protocol = NcclProtocol::simple;

  std::string name() const;  ///< "Ring/LL128", "pairs"
};

/// Isolated cadence; 0 for a group of one, infinite where the fabric lacks the links that the group needs. `size` as
/// nccl-tests counts it. No allocation, far below 1 us a call. What NCCL makes of sends (all_to_all, all_to_allv,
/// gather, scatter, send_recv) goes in pairs; send_recv is that of nccl-tests, where each rank sends to the next.
CollectiveTime predict_collective(const FabricRates& fabric, Collective collective, GroupShape group, Bytes size);

inline Seconds collective_time(const FabricRates& fabric, Collective collective, GroupShape group, Bytes size) {
  return predict_collective(fabric, collective, group, size).time;
}

/// How the ranks of a topology stand, and the fabric that they see.
struct FabricGroup {
  FabricRates fabric{};
  GroupShape group{};
};

/// Throws Error naming `name` where the topology does not tell: ranks that are no GPUs or of an unknown generation,
/// nodes of different sizes, rates that are not known.
FabricGroup fabric_of(const Topology& topology, const std::string& name);

}  // namespace muster
