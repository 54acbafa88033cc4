// SPDX-License-Identifier: Apache-2.0
// Trees packed into real machines, read where they lie: sound, never faster than the limit, and next to it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "topology/limits/limits.hpp"
#include "topology/packed_trees.hpp"
#include "topology/readers/readers.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

/// Descriptions of machines with 2 to 64 ranks; what the readers refuse is their own tests' business.
std::vector<std::pair<std::string, Topology>> real_machines() {
  const char* shared = std::getenv("MUSTER_SHARED");
  const fs::path folder = fs::path(shared == nullptr ? MUSTER_SHARED_FOLDER : shared) / "topologies";
  std::vector<std::pair<std::string, Topology>> machines;
  if (!fs::is_directory(folder)) return machines;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    try {
      Topology topology = read_description_file(entry.path().string(), "").topology;
      const std::size_t ranks = rank_devices(topology).size();
      if (ranks >= 2 && ranks <= 64) machines.emplace_back(entry.path().filename().string(), std::move(topology));
    } catch (const Error&) {
      continue;
    }
  }
  return machines;
}

TEST(RealMachines, are_packed_within_a_millionth_of_their_limit) {
  const auto machines = real_machines();
  if (machines.empty()) GTEST_SKIP() << "no folder of real topologies: set MUSTER_SHARED";
  for (const auto& [name, topology] : machines) {
    const FlowGraph graph = flow_graph(topology, {});
    const TreePacking packing = pack_trees(graph);
    EXPECT_EQ(fault_of(packing, graph), "") << name;
    const AllReducePacking both = pack_all_reduce(graph);
    EXPECT_EQ(fault_of(both.gather, graph), "") << name;
    EXPECT_EQ(fault_of(both.scatter, reversed(graph)), "") << name;
    for (const CollectiveLimit& limit : limits_of(topology, {.collective = Collective::all_gather})) {
      EXPECT_GE(packing.seconds_per_byte, limit.seconds_per_byte) << name;
      if (limit.tightness != Tightness::optimum) continue;
      EXPECT_LE(packing.seconds_per_byte.value(), limit.seconds_per_byte.value() * (1 + 1e-6)) << name;
    }
    for (const CollectiveLimit& limit : limits_of(topology, {.collective = Collective::all_reduce}))
      EXPECT_GE(both.seconds_per_byte, limit.seconds_per_byte) << name;
  }
}

}  // namespace
}  // namespace muster
