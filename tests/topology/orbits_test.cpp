// SPDX-License-Identifier: Apache-2.0
// Symmetries are proven before they are believed, and quotients keep every flow.
#include "topology/orbits.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/topology/golden_machines.hpp"
#include "tests/topology/random_graphs.hpp"

namespace muster {
namespace {

using testing::random_machine;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::map<std::pair<int, int>, WideInt> arc_table(const FlowGraph& graph) {
  std::map<std::pair<int, int>, WideInt> table;
  for (const Arc& arc : graph.arcs) table[{arc.source, arc.target}] = arc.capacity;
  return table;
}

/// Looks at every arc of the graph, whatever the search thought of it.
void expect_automorphism(const FlowGraph& graph, const Permutation& moves) {
  std::vector<int> image(at(graph.nodes));
  for (int node = 0; node < graph.nodes; ++node) image[at(node)] = node;
  for (const NodeImage& move : moves) image[at(move.node)] = move.image;
  std::vector<Arc> moved = graph.arcs;
  for (Arc& arc : moved) arc = {image[at(arc.source)], image[at(arc.target)], arc.capacity};
  FlowGraph other = graph;
  other.arcs = moved;
  EXPECT_TRUE(arc_table(graph) == arc_table(other));
}

int rank_orbits(const FlowGraph& graph, const Orbits& orbits) {
  std::map<int, int> seen;
  for (const int rank : graph.ranks) ++seen[orbits.of_node[at(rank)]];
  return static_cast<int>(seen.size());
}

FlowGraph graph_of(const Topology& topology) { return flow_graph(topology, {}); }

TEST(Orbits, join_all_gpus_of_regular_machines) {
  for (const Topology& topology :
       {testing::mesh_machine(), testing::ring_machine(8), testing::ring_machine(9), testing::torus_machine({4, 4}),
        testing::torus_machine({4, 4, 4}), testing::torus_machine({5, 5, 3}), testing::a100_machine(4),
        testing::h100_rail_machine(16), testing::leaf_spine_machine({{8, 8, 8, 8}, 200})}) {
    const FlowGraph graph = graph_of(topology);
    EXPECT_EQ(rank_orbits(graph, certified_orbits(graph)), 1);
  }
}

TEST(Orbits, keep_apart_what_differs) {
  const FlowGraph star = graph_of(testing::star_machine({300, 300, 300, 100}));
  EXPECT_EQ(rank_orbits(star, certified_orbits(star)), 2);
  const FlowGraph tree = graph_of(testing::leaf_spine_machine({{8, 8, 4}, 400}));
  EXPECT_EQ(rank_orbits(tree, certified_orbits(tree)), 2);
}

// Two triangles and one hexagon: each node has two neighbours, so colours cannot tell them apart, but no symmetry maps
// one to the other.
TEST(Orbits, never_join_nodes_that_only_look_alike) {
  FlowGraph graph{.nodes = 12};
  const auto join = [&](int one, int other) {
    graph.arcs.push_back({one, other, 1});
    graph.arcs.push_back({other, one, 1});
  };
  for (int node = 0; node < 3; ++node) join(node, (node + 1) % 3);
  for (int node = 0; node < 3; ++node) join(3 + node, 3 + (node + 1) % 3);
  for (int node = 0; node < 6; ++node) join(6 + node, 6 + (node + 1) % 6);
  for (int node = 0; node < 12; ++node) graph.ranks.push_back(node);
  const Quotient quotient = equitable_quotient(graph, {});
  EXPECT_EQ(quotient.size.size(), 1u);
  const Orbits orbits = certified_orbits(graph);
  EXPECT_EQ(orbits.of_node[0], orbits.of_node[4]);
  EXPECT_EQ(orbits.of_node[6], orbits.of_node[9]);
  EXPECT_NE(orbits.of_node[0], orbits.of_node[6]);
}

TEST(Orbits, rest_on_generators_that_keep_every_arc) {
  for (const testing::GoldenMachine& machine : testing::golden_machines()) {
    const Topology topology = machine.make();
    if (topology.devices.size() > 1000) continue;
    const FlowGraph graph = graph_of(topology);
    for (const Permutation& generator : certified_orbits(graph).generators) expect_automorphism(graph, generator);
  }
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const FlowGraph graph = graph_of(random_machine({.ranks = 6, .switches = 2, .links = 4, .most_rate = 1}, seed));
    for (const Permutation& generator : certified_orbits(graph).generators) expect_automorphism(graph, generator);
  }
}

TEST(Orbits, refuse_candidates_that_are_no_symmetries) {
  const FlowGraph graph = graph_of(testing::star_machine({300, 300, 300, 100}));
  const Adjacency adjacency(graph);
  const Partition cells(graph, adjacency);
  const std::vector<Permutation> wrong = {{{0, 3}, {3, 0}}, {{0, 1}}, {{0, 1}, {1, 99}}, {{0, 4}, {4, 0}}, {{-1, 0}}};
  const Orbits orbits = certified_orbits({graph, adjacency, cells, wrong});
  EXPECT_NE(orbits.of_node[0], orbits.of_node[3]);
  EXPECT_NE(orbits.of_node[0], orbits.of_node[4]);
  for (const Permutation& generator : orbits.generators) expect_automorphism(graph, generator);
}

TEST(Quotient, is_equitable_with_the_chosen_nodes_alone) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const FlowGraph graph = graph_of(random_machine({.ranks = 6, .switches = 4, .links = 8, .most_rate = 2}, seed));
    const Quotient quotient = equitable_quotient(graph, {3, 7});
    EXPECT_EQ(quotient.size[at(quotient.cell_of[3])], 1);
    EXPECT_EQ(quotient.size[at(quotient.cell_of[7])], 1);
    std::map<std::pair<int, int>, WideInt> out, in;  // (node, cell)
    for (const Arc& arc : graph.arcs) {
      out[{arc.source, quotient.cell_of[at(arc.target)]}] += arc.capacity;
      in[{arc.target, quotient.cell_of[at(arc.source)]}] += arc.capacity;
    }
    for (int one = 0; one < graph.nodes; ++one) {
      for (int other = 0; other < one; ++other) {
        if (quotient.cell_of[at(one)] != quotient.cell_of[at(other)]) continue;
        for (int cell = 0; cell < static_cast<int>(quotient.size.size()); ++cell) {
          EXPECT_TRUE((out[{one, cell}] == out[{other, cell}])) << "seed " << seed;
          EXPECT_TRUE((in[{one, cell}] == in[{other, cell}])) << "seed " << seed;
        }
      }
    }
  }
}

TEST(Quotient, parts_nodes_that_differ_only_in_what_they_receive) {
  const FlowGraph graph{.nodes = 3, .ranks = {0, 1, 2}, .arcs = {{0, 2, 1}, {1, 2, 1}, {2, 0, 1}, {2, 1, 2}}};
  const Quotient quotient = equitable_quotient(graph, {2});
  EXPECT_NE(quotient.cell_of[0], quotient.cell_of[1]);
}

TEST(Quotient, has_the_maximum_flows_of_the_graph) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const FlowGraph graph = graph_of(random_machine({.ranks = 6, .switches = 4, .links = 6, .most_rate = 1}, seed));
    const Quotient quotient = equitable_quotient(graph, {0, 5});
    MaxFlow whole(graph.nodes);
    for (const Arc& arc : graph.arcs) whole.add_arc(arc.source, arc.target, arc.capacity);
    MaxFlow cells(static_cast<int>(quotient.size.size()));
    for (const Arc& arc : quotient.arcs) cells.add_arc(arc.source, arc.target, arc.capacity);
    EXPECT_TRUE(whole.run(0, 5) == cells.run(quotient.cell_of[0], quotient.cell_of[5])) << "seed " << seed;
  }
}

TEST(Quotient, of_a_rail_cluster_has_eight_cells_at_any_size) {
  for (const int nodes : {4, 64, 512}) {
    const FlowGraph graph = graph_of(testing::h100_rail_machine(nodes));
    EXPECT_EQ(equitable_quotient(graph, {graph.ranks.front()}).size.size(), 8u);
  }
}

}  // namespace
}  // namespace muster
