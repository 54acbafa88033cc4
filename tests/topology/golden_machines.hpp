// SPDX-License-Identifier: Apache-2.0
// Machines whose limits are known exactly from elsewhere: what limits, planners and templates are tested against. Each
// is built here from a few lines of public wiring; sources stand beside the makers.
#pragma once

#include <string_view>
#include <vector>

#include "topology/graph.hpp"

namespace muster::testing {

/// `count` ranks in a circle, 50 GB/s each way between neighbours.
Topology ring_machine(int count);
/// Every pair of 8 GPUs joined by 48 GB/s: MI300X as RCCL sees it.
Topology mesh_machine();
/// 8 GPUs of DGX-1 with V100, 25 GB/s a link, two links between some pairs.
Topology hybrid_cube_mesh();
/// Links of 50 GB/s per direction along each axis, with wrap-around; `sides` at least 3 each.
Topology torus_machine(const std::vector<int>& sides);
/// One switch; GPU i hangs on it with `gigabytes_per_second[i]` each way.
Topology star_machine(const std::vector<double>& gigabytes_per_second);

struct LeafSpine {
  std::vector<int> gpus_of_leaf;  ///< each with 50 GB/s to its leaf
  double uplink = 0;              ///< GB/s of each leaf to the one spine, each way
};
Topology leaf_spine_machine(const LeafSpine& shape);

/// NVSwitch 300 GB/s and one NIC of 25 GB/s for each of 8 GPUs; InfiniBand switches for odd and for even NICs.
Topology a100_machine(int nodes);
/// 16 GCDs with xGMI links of 50 GB/s, each with 16 GB/s to one InfiniBand switch.
Topology mi250_machine(int nodes);
/// NVSwitch 450 GB/s and 50 GB/s to a switch of its rail for each of 8 GPUs.
Topology h100_rail_machine(int nodes);
/// Chassis of 8 V100 joined by one 12.5 GB/s link per direction, out of GPU 0 and into GPU 1; through a switch where
/// there are more than two.
Topology ndv2_machine(int chassis);
/// Two chassis of 16 V100 at 125 GB/s on NVSwitch, 12.5 GB/s from each odd GPU to its even neighbour's twin.
Topology dgx2_machine();

struct GoldenMachine {
  std::string_view name;  ///< of its row in anchors/golden-bounds.tsv
  Topology (*make)();
  std::string_view all_gather;  ///< largest algbw in GB/s, an exact fraction
  double all_to_all = 0;        ///< largest algbw in GB/s, 0 = not known
};

/// All rows of the table, the four with hundreds of GPUs and more last.
const std::vector<GoldenMachine>& golden_machines();

}  // namespace muster::testing
