// SPDX-License-Identifier: Apache-2.0
// How long planning takes: hierarchical plans for 131,072 GPUs on rails under two tiers of switches, one core. The
// program muster_planner_bench, on Google Benchmark.
#include <benchmark/benchmark.h>

#include <string>

#include "collectives/planner/planner.hpp"

namespace muster {
namespace {

constexpr int kGpusOfHost = 8;
constexpr int kHostsOfLeaf = 32;

Link link_of(LinkKind kind, double rate) { return {.kind = kind, .capacity = stated_rate({rate}, "benchmark")}; }

/// H100 hosts: 450 GB/s of NVLink and 50 GB/s of InfiniBand per GPU and direction; one spine per rail.
Topology rail_cluster(int hosts) {
  Topology topology;
  std::vector<int> leaves(kGpusOfHost);
  std::vector<int> spines;
  for (int rail = 0; rail < kGpusOfHost; ++rail) {
    spines.push_back(add_device(
        topology, {.id = "spine" + std::to_string(rail), .kind = DeviceKind::network_switch, .rail = rail, .tier = 1}));
  }
  for (int host = 0; host < hosts; ++host) {
    const std::string name = "node" + std::to_string(host);
    const int chip = add_device(topology, {.id = name + "/nvswitch", .kind = DeviceKind::nvswitch, .host = name});
    for (int rail = 0; rail < kGpusOfHost; ++rail) {
      const std::string number = std::to_string(rail);
      int& leaf = leaves[static_cast<std::size_t>(rail)];
      if (host % kHostsOfLeaf == 0) {
        leaf = add_device(
            topology,
            {.id = "leaf" + number + "of" + name, .kind = DeviceKind::network_switch, .rail = rail, .tier = 0});
        join(topology, leaf, spines[static_cast<std::size_t>(rail)],
             link_of(LinkKind::infiniband, 50e9 * kHostsOfLeaf));
      }
      const int gpu = add_device(
          topology,
          {.id = name + "/gpu" + number, .kind = DeviceKind::gpu, .host = name, .index = rail, .can = {.pxn = true}});
      const int nic = add_device(
          topology, {.id = name + "/nic" + number, .kind = DeviceKind::nic, .host = name, .index = rail, .rail = rail});
      Link nvlinks = link_of(LinkKind::nvlink, 450e9);
      nvlinks.count = 18;
      join(topology, gpu, chip, nvlinks);
      join(topology, gpu, nic, link_of(LinkKind::pcie, 63e9));
      join(topology, nic, leaf, link_of(LinkKind::infiniband, 50e9));
    }
  }
  return topology;
}

void plan_of(benchmark::State& state, Collective collective) {
  const Topology topology = rail_cluster(static_cast<int>(state.range(0)) / kGpusOfHost);
  std::vector<Bytes> sizes;
  for (int power = 10; power <= 34; power += 4) sizes.push_back({std::uint64_t{1} << power});
  for (auto _ : state) benchmark::DoNotOptimize(plan_schedules(topology, {.collective = collective, .sizes = sizes}));
}

BENCHMARK_CAPTURE(plan_of, all_reduce, Collective::all_reduce)->Arg(64)->Arg(131072)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of, all_gather, Collective::all_gather)->Arg(64)->Arg(131072)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of, all_to_all, Collective::all_to_all)->Arg(64)->Arg(131072)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster

BENCHMARK_MAIN();
