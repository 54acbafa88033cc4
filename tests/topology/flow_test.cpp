// SPDX-License-Identifier: Apache-2.0
// Flow graphs and maximum flows: against all cuts of small random graphs, and at the ends of what input may hold.
#include "topology/flow.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/topology/random_graphs.hpp"

namespace muster {
namespace {

using testing::for_each_cut;
using testing::random_machine;

Topology pair_of_gpus(Link link) {
  Topology topology;
  for (int gpu = 0; gpu < 2; ++gpu)
    add_device(topology, {.id = "gpu" + std::to_string(gpu), .kind = DeviceKind::gpu, .index = gpu});
  join(topology, 0, 1, std::move(link));
  return topology;
}

TEST(FlowGraph, counts_in_the_greatest_unit_that_all_rates_share) {
  Topology topology = pair_of_gpus({.kind = LinkKind::nvlink, .capacity = stated_rate({25e9}, "test")});
  join(topology, 0, 1, {.kind = LinkKind::pcie, .capacity = stated_rate({10e9}, "test")});
  const FlowGraph graph = flow_graph(topology, {});
  EXPECT_EQ(graph.unit, 5'000'000'000);
  ASSERT_EQ(graph.arcs.size(), 2u);
  EXPECT_TRUE(graph.arcs[0].capacity == 7);
}

TEST(FlowGraph, of_scale_up_links_leaves_out_all_others) {
  Topology topology = pair_of_gpus({.kind = LinkKind::nvlink, .capacity = stated_rate({25e9}, "test")});
  join(topology, 0, 1, {.kind = LinkKind::pcie, .capacity = stated_rate({10e9}, "test")});
  const FlowGraph graph = flow_graph(topology, {.links = LinkChoice::scale_up});
  EXPECT_EQ(graph.unit, 25'000'000'000);
}

TEST(FlowGraph, splits_a_device_that_has_a_capacity_of_its_own) {
  Topology topology = pair_of_gpus({.kind = LinkKind::nvlink, .capacity = stated_rate({25e9}, "test")});
  topology.devices[0].through = stated_rate({5e9}, "test");
  const FlowGraph graph = flow_graph(topology, {});
  ASSERT_EQ(graph.nodes, 3);
  EXPECT_EQ(graph.exit, (std::vector<int>{2, 1}));
  EXPECT_EQ(graph.device[2], 0);
  MaxFlow flow(graph.nodes);
  for (const Arc& arc : graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
  EXPECT_TRUE(flow.run(0, 1) == 1);
  EXPECT_TRUE(flow.run(1, 0) == 5);
}

TEST(FlowGraph, marks_links_of_unknown_rate_as_unbounded) {
  Topology topology = pair_of_gpus({.kind = LinkKind::nvlink, .capacity = unknown_rate("test")});
  const FlowGraph graph = flow_graph(topology, {});
  EXPECT_EQ(graph.unbounded, (std::vector<char>{1, 1}));
  EXPECT_TRUE(graph.arcs[0].capacity == graph.infinity);
}

TEST(FlowGraph, takes_absurd_rates_as_unknown) {
  for (const double rate : {1e300, -5e9, std::numeric_limits<double>::infinity(), std::nan("")}) {
    const FlowGraph graph =
        flow_graph(pair_of_gpus({.kind = LinkKind::nvlink, .capacity = stated_rate({rate}, "test")}), {});
    EXPECT_EQ(graph.unbounded, (std::vector<char>{1, 1})) << rate;
  }
}

TEST(FlowGraph, sorts_arcs_by_source_then_target) {
  const FlowGraph graph = flow_graph(random_machine({.ranks = 6, .switches = 4, .links = 40}, 1), {});
  const auto ends = [](const Arc& arc) { return std::pair(arc.source, arc.target); };
  EXPECT_TRUE(std::ranges::is_sorted(graph.arcs, std::ranges::less{}, ends));
  EXPECT_TRUE(std::ranges::adjacent_find(graph.arcs, {}, ends) == graph.arcs.end());
}

TEST(MaxFlow, equals_the_smallest_of_all_cuts_on_random_graphs) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const FlowGraph graph = flow_graph(random_machine({.ranks = 3, .switches = 4, .links = 10}, seed), {});
    WideInt smallest = MaxFlow::kEnough;
    for_each_cut(graph, [&](std::uint32_t side, WideInt capacity) {
      if ((side & 1) != 0 && (side >> 1 & 1) == 0) smallest = std::min(smallest, capacity);
    });
    MaxFlow flow(graph.nodes);
    for (const Arc& arc : graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
    EXPECT_TRUE(flow.run(0, 1) == smallest) << "seed " << seed;
    for (const std::vector<char>& side : {flow.source_side(0), flow.far_source_side(1)}) {
      WideInt crossing = 0;
      for (const Arc& arc : graph.arcs)
        if (side[static_cast<std::size_t>(arc.source)] > side[static_cast<std::size_t>(arc.target)])
          crossing += arc.capacity;
      EXPECT_TRUE(crossing == smallest) << "seed " << seed;
    }
  }
}

TEST(MaxFlow, keeps_flow_on_arcs_in_balance) {
  const FlowGraph graph = flow_graph(random_machine({.ranks = 4, .switches = 6, .links = 30}, 7), {});
  MaxFlow flow(graph.nodes);
  for (const Arc& arc : graph.arcs) flow.add_arc(arc.source, arc.target, arc.capacity);
  const WideInt value = flow.run(0, 3);
  std::vector<WideInt> balance(static_cast<std::size_t>(graph.nodes), 0);
  for (int arc = 0; arc < static_cast<int>(graph.arcs.size()); ++arc) {
    const Arc& each = graph.arcs[static_cast<std::size_t>(arc)];
    EXPECT_TRUE(flow.flow_on(arc) >= 0 && flow.flow_on(arc) <= each.capacity);
    balance[static_cast<std::size_t>(each.source)] += flow.flow_on(arc);
    balance[static_cast<std::size_t>(each.target)] -= flow.flow_on(arc);
  }
  EXPECT_TRUE(balance[0] == value && balance[3] == -value);
  for (const int node : {1, 2, 4, 5, 6, 7, 8, 9}) EXPECT_TRUE(balance[static_cast<std::size_t>(node)] == 0);
}

TEST(MaxFlow, stops_when_it_has_enough_and_can_run_again) {
  MaxFlow flow(2);
  for (int arc = 0; arc < 10; ++arc) flow.add_arc(0, 1, 1);
  EXPECT_TRUE(flow.run(0, 1, 3) == 3);
  EXPECT_TRUE(flow.run(0, 1) == 10);
  flow.set_capacity(0, 5);
  EXPECT_TRUE(flow.run(0, 1) == 14);
}

TEST(MaxFlow, walks_a_chain_of_a_million_devices) {
  constexpr int kNodes = 1'000'000;
  MaxFlow flow(kNodes);
  for (int node = 0; node + 1 < kNodes; ++node) flow.add_arc(node, node + 1, node == 5 ? 2 : 3);
  EXPECT_TRUE(flow.run(0, kNodes - 1) == 2);
}

}  // namespace
}  // namespace muster
