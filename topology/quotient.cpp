// SPDX-License-Identifier: Apache-2.0
// The graph of cells: one node stands for all of its cell, because each has the same capacity to every other cell.
#include <algorithm>
#include <utility>

#include "topology/orbits.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

Quotient quotient_of(const FlowGraph& graph, const Adjacency& adjacency, const Partition& cells) {
  Quotient quotient;
  for (int node = 0; node < graph.nodes; ++node) quotient.cell_of.push_back(cells.cell_of(node));
  quotient.ranks.assign(at(cells.cells()), 0);
  for (const int rank : graph.ranks) ++quotient.ranks[at(cells.cell_of(rank))];
  std::vector<WideInt> to_cell(at(cells.cells()), 0);
  std::vector<int> targets;
  for (int cell = 0; cell < cells.cells(); ++cell) {
    const std::span<const int> nodes = cells.nodes_of(cell);
    quotient.size.push_back(static_cast<int>(nodes.size()));
    targets.clear();
    for (const Neighbour& step : adjacency.out(nodes.front())) {
      const int target = cells.cell_of(step.node);
      if (target == cell) continue;
      if (to_cell[at(target)] == 0) targets.push_back(target);
      to_cell[at(target)] += graph.arcs[at(step.arc)].capacity;
    }
    for (const int target : targets) {
      const WideInt capacity = std::exchange(to_cell[at(target)], 0);
      quotient.arcs.push_back({cell, target, capacity * static_cast<WideInt>(nodes.size())});
    }
  }
  return quotient;
}

Quotient equitable_quotient(const FlowGraph& graph, const std::vector<int>& alone) {
  const Adjacency adjacency(graph);
  Partition cells(graph, adjacency);
  for (const int node : alone) cells.individualise(node);
  return quotient_of(graph, adjacency, cells);
}

}  // namespace muster
