// SPDX-License-Identifier: Apache-2.0
// Schedules made of packed trees: proven, and each hop carries exactly what the packing says.
#include "collectives/packed_trees_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "collectives/generators.hpp"
#include "collectives/proof.hpp"
#include "tests/topology/golden_machines.hpp"

namespace muster {
namespace {

FlowGraph graph_of(const Topology& topology) { return flow_graph(topology, {}); }

using HopChunks = std::map<std::pair<int, int>, std::int64_t>;

HopChunks chunks_of_hops(const Schedule& schedule) {
  HopChunks hops;
  for (const Channel& channel : schedule.channels)
    for (const Round& round : channel.rounds)
      for (const Transfer& transfer : round.transfers)
        for (const ChunkRange& range : transfer.chunks) hops[{transfer.source, transfer.target}] += range.count;
  return hops;
}

/// Adds `channels` chunks for each part that a packing sends along a hop.
void add_routes(HopChunks& hops, const TreePacking& packing, int channels) {
  for (const HopRoute& route : packing.routes) hops[{route.source, route.target}] += route.weight * channels;
}

/// The same backwards.
void add_turned_routes(HopChunks& hops, const TreePacking& packing, int channels) {
  for (const HopRoute& route : packing.routes) hops[{route.target, route.source}] += route.weight * channels;
}

void expect_proven(const Schedule& schedule) {
  const Proof proof = prove(schedule);
  EXPECT_FALSE(proof.fault) << *proof.fault;
  EXPECT_EQ(schedule.algorithm, Algorithm::packed_trees);
}

std::vector<Topology> machines() {
  std::vector<Topology> machines{testing::ring_machine(2),
                                 testing::ring_machine(5),
                                 testing::hybrid_cube_mesh(),
                                 testing::a100_machine(2),
                                 testing::mi250_machine(1),
                                 testing::star_machine({300, 300, 300, 100}),
                                 testing::leaf_spine_machine({{3, 1}, 40}),
                                 testing::star_machine({100})};
  machines.push_back(testing::h100_rail_machine(2));
  machines.back().links.resize(machines.back().links.size() - 2);
  return machines;
}

class PackedSchedule : public ::testing::TestWithParam<std::size_t> {
 protected:
  FlowGraph graph_ = graph_of(machines()[GetParam()]);
};

TEST_P(PackedSchedule, of_all_gather_is_proven_and_moves_what_is_packed) {
  const TreePacking packing = pack_trees(graph_);
  const Schedule schedule = packed_trees_schedule(packing, {.collective = Collective::all_gather, .channels = 3});
  expect_proven(schedule);
  HopChunks expected;
  add_routes(expected, packing, 3);
  EXPECT_EQ(chunks_of_hops(schedule), expected);
}

TEST_P(PackedSchedule, of_reduce_scatter_is_proven_and_moves_what_is_packed) {
  const TreePacking packing = pack_trees(reversed(graph_));
  const Schedule schedule = packed_trees_schedule(packing, {.collective = Collective::reduce_scatter});
  expect_proven(schedule);
  HopChunks expected;
  add_turned_routes(expected, packing, 1);
  EXPECT_EQ(chunks_of_hops(schedule), expected);
}

TEST_P(PackedSchedule, of_all_reduce_is_proven_and_moves_what_is_packed) {
  const AllReducePacking packing = pack_all_reduce(graph_);
  const Schedule schedule = packed_trees_schedule(packing, 2);
  expect_proven(schedule);
  HopChunks expected;
  add_turned_routes(expected, packing.scatter, 2);
  add_routes(expected, packing.gather, 2);
  EXPECT_EQ(chunks_of_hops(schedule), expected);
}

TEST_P(PackedSchedule, of_broadcast_and_reduce_are_proven_for_the_last_rank) {
  const int root = static_cast<int>(graph_.ranks.size()) - 1;
  const Schedule broadcast = packed_trees_schedule(pack_broadcast(graph_, root), {.collective = Collective::broadcast});
  EXPECT_EQ(broadcast.root, root);
  expect_proven(broadcast);
  expect_proven(packed_trees_schedule(pack_broadcast(reversed(graph_), root), {.collective = Collective::reduce}));
}

INSTANTIATE_TEST_SUITE_P(Machines, PackedSchedule, ::testing::Range(std::size_t{0}, machines().size()));

TEST(PackedSchedule, is_refused_where_parts_are_too_many_to_count) {
  TreePacking packing = pack_trees(graph_of(testing::ring_machine(4)));
  EXPECT_THROW(packed_trees_schedule(packing, {.channels = 1'000'000'000}), ScheduleTooLarge);
}

}  // namespace
}  // namespace muster
