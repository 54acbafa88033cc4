// SPDX-License-Identifier: Apache-2.0
// How long it takes to pack trees: hosts as NVIDIA A100 clusters have them, whose optimum is published. The Python
// planner of ForestColl needs 303 s for 64 of these GPUs on such a core.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "topology/packed_trees.hpp"
#include "topology/rings.hpp"

namespace muster {
namespace {

constexpr int kGpus = 8;  // of a host

Link link_of(LinkKind kind, double bytes_per_second) {
  return {.kind = kind, .capacity = stated_rate({bytes_per_second}, "benchmark")};
}

/// Each GPU has 300 GB/s to the NVSwitch and a NIC of 25 GB/s; odd and even NICs have a switch each.
Topology a100_cluster(int hosts) {
  Topology topology;
  std::array<int, 2> fabric{};
  for (std::size_t parity = 0; parity < fabric.size(); ++parity)
    fabric.at(parity) =
        add_device(topology, {.id = "leaf" + std::to_string(parity), .kind = DeviceKind::network_switch, .tier = 0});
  for (int number = 0; number < hosts; ++number) {
    const std::string host = "node" + std::to_string(number);
    const int nvswitch = add_device(topology, {.id = host + "/nvswitch", .kind = DeviceKind::nvswitch, .host = host});
    for (int index = 0; index < kGpus; ++index) {
      const std::string name = std::to_string(index);
      const int gpu =
          add_device(topology, {.id = host + "/gpu" + name, .kind = DeviceKind::gpu, .host = host, .index = index});
      const int nic = add_device(
          topology, {.id = host + "/nic:mlx5_" + name, .kind = DeviceKind::nic, .host = host, .index = index});
      join(topology, gpu, nvswitch, link_of(LinkKind::nvlink, 300e9));
      join(topology, gpu, nic, link_of(LinkKind::pcie, 25e9));
      join(topology, nic, fabric.at(static_cast<std::size_t>(index % 2)), link_of(LinkKind::infiniband, 25e9));
    }
  }
  return topology;
}

/// What the packing reaches, so that no speed is bought with it: GB/s of nccl-tests' algbw.
void report(benchmark::State& state, const Rational& seconds_per_byte) {
  state.counters["gpus"] = static_cast<double>(state.range(0) * kGpus);
  state.counters["algbw_GBps"] = 1e-9 / seconds_per_byte.value();
}

void pack_all_gather(benchmark::State& state) {
  const FlowGraph graph = flow_graph(a100_cluster(static_cast<int>(state.range(0))), {});
  TreePacking packing;
  for (auto _ : state) packing = pack_trees(graph);
  report(state, packing.seconds_per_byte);
  state.counters["trees"] = static_cast<double>(packing.trees.size());
}

void pack_all_gather_in_one_part(benchmark::State& state) {
  const FlowGraph graph = flow_graph(a100_cluster(static_cast<int>(state.range(0))), {});
  TreePacking packing;
  for (auto _ : state) packing = pack_trees(graph, 1);
  report(state, packing.seconds_per_byte);
}

void pack_all_reduces(benchmark::State& state) {
  const FlowGraph graph = flow_graph(a100_cluster(static_cast<int>(state.range(0))), {});
  AllReducePacking packing;
  for (auto _ : state) packing = pack_all_reduce(graph);
  report(state, packing.seconds_per_byte);
  state.counters["gap"] = packing.gap;
}

void search_rings(benchmark::State& state) {
  const Topology topology = a100_cluster(static_cast<int>(state.range(0)));
  std::vector<Ring> rings;
  for (auto _ : state) rings = rings_of(topology);
  state.counters["rings"] = static_cast<double>(rings.size());
}

BENCHMARK(pack_all_gather)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(pack_all_gather_in_one_part)->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(pack_all_reduces)->Arg(1)->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(search_rings)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster

BENCHMARK_MAIN();
