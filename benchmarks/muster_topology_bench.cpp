// SPDX-License-Identifier: Apache-2.0
// How long it takes to know a machine's limits: one host, and a cluster of 131,072 GPUs. Everything from the graph of
// devices on is timed: flow graph, symmetries, quotients, bounds, names of cuts.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <array>
#include <string>

#include "topology/limits/limits.hpp"

namespace muster {
namespace {

constexpr std::array<Collective, 4> kCollectives = {Collective::all_gather, Collective::reduce_scatter,
                                                    Collective::all_reduce, Collective::all_to_all};
constexpr int kGpus = 8;  // of a host

Link link_of(LinkKind kind, double bytes_per_second) {
  return {.kind = kind, .capacity = stated_rate({bytes_per_second}, "benchmark")};
}

/// Hosts as DGX H100: 450 GB/s of each GPU to the NVSwitch, a NIC of 50 GB/s for each, one switch for each rail.
Topology rail_cluster(int hosts) {
  Topology topology;
  std::array<int, kGpus> rails{};
  for (int rail = 0; rail < kGpus; ++rail)
    rails.at(static_cast<std::size_t>(rail)) =
        add_device(topology, {.id = "rail" + std::to_string(rail), .kind = DeviceKind::network_switch, .tier = 0});
  for (int number = 0; number < hosts; ++number) {
    const std::string host = "node" + std::to_string(number);
    const int nvswitch = add_device(topology, {.id = host + "/nvswitch", .kind = DeviceKind::nvswitch, .host = host});
    for (int index = 0; index < kGpus; ++index) {
      const std::string name = std::to_string(index);
      const int gpu =
          add_device(topology, {.id = host + "/gpu" + name, .kind = DeviceKind::gpu, .host = host, .index = index});
      const int nic = add_device(
          topology, {.id = host + "/nic:mlx5_" + name, .kind = DeviceKind::nic, .host = host, .index = index});
      join(topology, gpu, nvswitch, link_of(LinkKind::nvlink, 450e9));
      join(topology, gpu, nic, link_of(LinkKind::pcie, 63.015e9));
      join(topology, nic, rails.at(static_cast<std::size_t>(index)), link_of(LinkKind::infiniband, 50e9));
    }
  }
  return topology;
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts in KiB
}

void limits_of_cluster(benchmark::State& state) {
  const Topology topology = rail_cluster(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    LimitStudy study(topology, {});
    for (const Collective collective : kCollectives) benchmark::DoNotOptimize(study.of(collective));
  }
  state.counters["gpus"] = static_cast<double>(state.range(0) * kGpus);
  state.counters["devices"] = static_cast<double>(topology.devices.size());
  state.counters["peak_MiB"] = peak_mebibytes();
}

BENCHMARK(limits_of_cluster)->Arg(1)->Arg(16)->Arg(1024)->Arg(16384)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster

BENCHMARK_MAIN();
