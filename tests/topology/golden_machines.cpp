// SPDX-License-Identifier: Apache-2.0
#include "tests/topology/golden_machines.hpp"

#include <array>
#include <string>

namespace muster::testing {
namespace {

constexpr double kGiga = 1e9;

std::string name(const std::string& word, int number) { return word + std::to_string(number); }

int add_gpu(Topology& topology, int node, int index) {
  const std::string host = name("node", node);
  return add_device(topology,
                    {.id = host + "/" + name("gpu", index), .kind = DeviceKind::gpu, .host = host, .index = index});
}

std::vector<int> add_gpus(Topology& topology, int node, int count) {
  std::vector<int> gpus;
  for (int index = 0; index < count; ++index) gpus.push_back(add_gpu(topology, node, index));
  return gpus;
}

struct Wire {
  LinkKind kind = LinkKind::nvlink;
  double gigabytes_per_second = 0;
  int count = 1;
};

Link link_of(const Wire& wire) {
  return {.kind = wire.kind,
          .count = wire.count,
          .capacity = stated_rate({wire.gigabytes_per_second * kGiga}, "golden machine")};
}

void join_each(Topology& topology, const std::vector<int>& devices, int hub, const Wire& wire) {
  for (const int device : devices) join(topology, device, hub, link_of(wire));
}

/// One direction only.
void lead(Topology& topology, int source, int target, const Wire& wire) {
  Link link = link_of(wire);
  link.source = source;
  link.target = target;
  topology.links.push_back(link);
}

/// Joins the pairs of GPUs between which `links` shows as many links.
template <std::size_t N>
void join_matrix(Topology& topology, const std::vector<int>& gpus, const std::array<const char*, N>& links,
                 const Wire& wire) {
  for (std::size_t one = 0; one < N; ++one) {
    for (std::size_t other = 0; other < one; ++other) {
      const int count = links[one][other] - '0';
      if (count == 0) continue;
      join(topology, gpus[one], gpus[other], link_of({wire.kind, wire.gigabytes_per_second * count, count}));
    }
  }
}

int add_nvswitch(Topology& topology, int node) {
  const std::string host = name("node", node);
  return add_device(topology, {.id = host + "/nvswitch", .kind = DeviceKind::nvswitch, .host = host});
}

int add_switch(Topology& topology, const std::string& id, int tier) {
  return add_device(topology, {.id = id, .kind = DeviceKind::network_switch, .tier = tier});
}

}  // namespace

Topology ring_machine(int count) {
  Topology topology;
  const std::vector<int> gpus = add_gpus(topology, 0, count);
  for (int gpu = 0; gpu < count; ++gpu) join(topology, gpu, (gpu + 1) % count, link_of({LinkKind::xgmi, 50}));
  return topology;
}

Topology mesh_machine() {
  Topology topology;
  const std::vector<int> gpus = add_gpus(topology, 0, 8);
  for (const int one : gpus) {
    for (int other = 0; other < one; ++other) join(topology, one, other, link_of({LinkKind::xgmi, 48}));
  }
  return topology;
}

// Wiring: NVIDIA DGX-1 With Tesla V100 System Architecture (WP-08437-002), figure 4, as `nvidia-smi topo -m` shows it.
Topology hybrid_cube_mesh() {
  constexpr std::array<const char*, 8> kLinks = {"01122000", "10210200", "12020010", "21200001",
                                                 "20000112", "02001021", "00101202", "00012120"};
  Topology topology;
  join_matrix(topology, add_gpus(topology, 0, 8), kLinks, {LinkKind::nvlink, 25});
  return topology;
}

Topology torus_machine(const std::vector<int>& sides) {
  Topology topology;
  int count = 1;
  for (const int side : sides) count *= side;
  add_gpus(topology, 0, count);
  int stride = 1;
  for (const int side : sides) {
    for (int gpu = 0; gpu < count; ++gpu) {
      const int place = gpu / stride % side;
      join(topology, gpu, gpu + ((place + 1) % side - place) * stride, link_of({LinkKind::xgmi, 50}));
    }
    stride *= side;
  }
  return topology;
}

Topology star_machine(const std::vector<double>& gigabytes_per_second) {
  Topology topology;
  const std::vector<int> gpus = add_gpus(topology, 0, static_cast<int>(gigabytes_per_second.size()));
  const int hub = add_nvswitch(topology, 0);
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu)
    join(topology, gpus[gpu], hub, link_of({LinkKind::nvlink, gigabytes_per_second[gpu]}));
  return topology;
}

Topology leaf_spine_machine(const LeafSpine& shape) {
  Topology topology;
  const int spine = add_switch(topology, "spine0", 1);
  int node = 0;
  for (std::size_t leaf = 0; leaf < shape.gpus_of_leaf.size(); ++leaf) {
    const int leaf_switch = add_switch(topology, name("leaf", static_cast<int>(leaf)), 0);
    join(topology, leaf_switch, spine, link_of({LinkKind::infiniband, shape.uplink}));
    for (int gpu = 0; gpu < shape.gpus_of_leaf[leaf]; ++gpu)
      join(topology, add_gpu(topology, node++, 0), leaf_switch, link_of({LinkKind::infiniband, 50}));
  }
  return topology;
}

// Wiring and rates: ForestColl, topologies.py, a100_topology (github.com/liangyuRain/ForestColl).
Topology a100_machine(int nodes) {
  Topology topology;
  std::array<int, 2> fabric{};
  for (int parity = 0; parity < 2 && nodes > 1; ++parity)
    fabric[static_cast<std::size_t>(parity)] = add_switch(topology, name("ib", parity), 0);
  for (int node = 0; node < nodes; ++node) {
    const std::vector<int> gpus = add_gpus(topology, node, 8);
    join_each(topology, gpus, add_nvswitch(topology, node), {LinkKind::nvlink, 300, 12});
    for (int gpu = 0; gpu < 8 && nodes > 1; ++gpu) {
      const std::string host = name("node", node);
      const int nic = add_device(
          topology, {.id = host + "/nic:" + name("mlx5_", gpu), .kind = DeviceKind::nic, .host = host, .index = gpu});
      join(topology, gpus[static_cast<std::size_t>(gpu)], nic, link_of({LinkKind::pcie, 25}));
      join(topology, nic, fabric[static_cast<std::size_t>(gpu % 2)], link_of({LinkKind::infiniband, 25}));
    }
  }
  return topology;
}

// Wiring and rates: ForestColl, topologies.py, mi250_topology; the same links as in RCCL's models of MI250X hosts.
Topology mi250_machine(int nodes) {
  constexpr std::array<const char*, 16> kLinks = {
      "0400200010000000", "4000010001100000", "0004001001100000", "0040000200010000",
      "2000041000000000", "0100401100000000", "0010110400000000", "0002014000000000",
      "1000000004002000", "0110000040000100", "0110000000040010", "0001000000400002",
      "0000000020000410", "0000000001004011", "0000000000101104", "0000000000020140"};
  Topology topology;
  const int fabric = nodes > 1 ? add_switch(topology, "ib0", 0) : 0;
  for (int node = 0; node < nodes; ++node) {
    const std::vector<int> gpus = add_gpus(topology, node, 16);
    join_matrix(topology, gpus, kLinks, {LinkKind::xgmi, 50});
    if (nodes > 1) join_each(topology, gpus, fabric, {LinkKind::infiniband, 16});
  }
  return topology;
}

Topology h100_rail_machine(int nodes) {
  Topology topology;
  std::vector<int> rails;
  for (int rail = 0; rail < 8; ++rail) {
    rails.push_back(add_switch(topology, name("rail", rail), 0));
    topology.devices.back().rail = rail;
  }
  for (int node = 0; node < nodes; ++node) {
    const std::vector<int> gpus = add_gpus(topology, node, 8);
    join_each(topology, gpus, add_nvswitch(topology, node), {LinkKind::nvlink, 450, 18});
    for (std::size_t rail = 0; rail < 8; ++rail)
      join(topology, gpus[rail], rails[rail], link_of({LinkKind::infiniband, 50}));
  }
  return topology;
}

// Wiring and rates: TE-CCL, topologies/ndv2.py (github.com/microsoft/TE-CCL), with all 16 GPUs as ranks.
Topology ndv2_machine(int chassis) {
  constexpr std::array<const char*, 8> kLinks = {"02112000", "20120100", "11020020", "12200001",
                                                 "20000211", "01002012", "00201102", "00011220"};
  Topology topology;
  std::vector<std::vector<int>> gpus;
  for (int node = 0; node < chassis; ++node) {
    gpus.push_back(add_gpus(topology, node, 8));
    join_matrix(topology, gpus.back(), kLinks, {LinkKind::nvlink, 25});
  }
  const Wire wire{LinkKind::infiniband, 12.5};
  if (chassis == 2) {
    lead(topology, gpus[0][0], gpus[1][1], wire);
    lead(topology, gpus[1][0], gpus[0][1], wire);
    return topology;
  }
  const int fabric = add_switch(topology, "ib0", 0);
  for (const std::vector<int>& each : gpus) {
    lead(topology, each[0], fabric, wire);
    lead(topology, fabric, each[1], wire);
  }
  return topology;
}

// Wiring and rates: TE-CCL, topologies/dgx2.py.
Topology dgx2_machine() {
  Topology topology;
  std::vector<std::vector<int>> chassis;
  for (int node = 0; node < 2; ++node) {
    chassis.push_back(add_gpus(topology, node, 16));
    join_each(topology, chassis.back(), add_nvswitch(topology, node), {LinkKind::nvlink, 125, 6});
  }
  for (std::size_t odd = 1; odd < 16; odd += 2) {
    lead(topology, chassis[0][odd], chassis[1][odd - 1], {LinkKind::infiniband, 12.5});
    lead(topology, chassis[1][odd], chassis[0][odd - 1], {LinkKind::infiniband, 12.5});
  }
  return topology;
}

const std::vector<GoldenMachine>& golden_machines() {
  static const std::vector<GoldenMachine> kMachines = {
      {"ring8 50 GB/s each way", [] { return ring_machine(8); }, "800/7", 50},
      {"MI300X mesh 8 x48", mesh_machine, "384", 384},
      {"DGX-1V hybrid cube mesh 25/link", hybrid_cube_mesh, "1200/7", 75},
      {"torus 4x4 x50",
       [] {
         return torus_machine({4, 4});
       },
       "640/3", 100},
      {"torus 4x4x4 x50",
       [] {
         return torus_machine({4, 4, 4});
       },
       "6400/21"},
      {"star 7x300 + 1x100 (slow GPU)",
       [] {
         return star_machine({300, 300, 300, 300, 300, 300, 300, 100});
       },
       "800/7", 800 / 7.0},
      {"leaf-spine 4 leaves x 8 GPU 50, uplink 200 (2:1)",
       [] {
         return leaf_spine_machine({{8, 8, 8, 8}, 200});
       },
       "1600/31", 100 / 3.0},
      {"uneven tree: leaves 8+8+4 GPU 50, uplink 400",
       [] {
         return leaf_spine_machine({{8, 8, 4}, 400});
       },
       "1000/19", 1000 / 19.0},
      {"ForestColl a100_topology(1)", [] { return a100_machine(1); }, "2400/7", 2400 / 7.0},
      {"ForestColl a100_topology(2)", [] { return a100_machine(2); }, "1040/3", 50},
      {"ForestColl a100_topology(4)", [] { return a100_machine(4); }, "800/3"},
      {"ForestColl a100_topology(8)", [] { return a100_machine(8); }, "1600/7"},
      {"ForestColl mi250_topology(1)", [] { return mi250_machine(1); }, "2400/7", 75},
      {"ForestColl mi250_topology(2)", [] { return mi250_machine(2); }, "5312/15", 32},
      {"ForestColl mi250_topology(4)", [] { return mi250_machine(4); }, "1024/3"},
      {"H100 rail: NVS 450, rail switch 50, 1 nodes", [] { return h100_rail_machine(1); }, "3600/7", 3600 / 7.0},
      {"H100 rail: NVS 450, rail switch 50, 2 nodes", [] { return h100_rail_machine(2); }, "1600/3", 100},
      {"H100 rail: NVS 450, rail switch 50, 4 nodes", [] { return h100_rail_machine(4); }, "16000/31"},
      {"TE-CCL NDv2 2 chassis, 16 GPUs, one 12.5 GB/s link per direction (0->1)", [] { return ndv2_machine(2); }, "25",
       3.125},
      {"TE-CCL DGX2 2 chassis, 16+16 GPUs, 8 x 12.5 GB/s odd->even", dgx2_machine, "4000/31", 12.5},
      {"H100 rail: NVS 450, rail switch 50, 64 nodes", [] { return h100_rail_machine(64); }, "25600/63"},
      {"H100 rail: NVS 450, rail switch 50, 512 nodes", [] { return h100_rail_machine(512); }, "204800/511"},
      {"H100 rail: NVS 450, rail switch 50, 4096 nodes", [] { return h100_rail_machine(4096); }, "327680/819"},
      {"H100 rail: NVS 450, rail switch 50, 16384 nodes", [] { return h100_rail_machine(16384); }, "6553600/16383"},
  };
  return kMachines;
}

}  // namespace muster::testing
