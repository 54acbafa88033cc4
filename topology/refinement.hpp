// SPDX-License-Identifier: Apache-2.0
// Colour refinement: sorts the nodes of a flow graph into cells that sums of capacities cannot tell apart. The ground
// of quotients and of the search for symmetries (orbits.hpp).
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "topology/flow.hpp"

namespace muster {

/// One arc seen from one of its ends.
struct Neighbour {
  int node = 0;  ///< at the other end
  int arc = 0;
};

/// The arcs of each node, sorted by the node at the other end. Holds a reference to the graph's arcs only while built.
class Adjacency {
 public:
  explicit Adjacency(const FlowGraph& graph);
  std::span<const Neighbour> out(int node) const { return of(out_start_, out_, node); }
  std::span<const Neighbour> in(int node) const { return of(in_start_, in_, node); }

 private:
  static std::span<const Neighbour> of(const std::vector<int>& start, const std::vector<Neighbour>& steps, int node);

  std::vector<int> out_start_;
  std::vector<int> in_start_;
  std::vector<Neighbour> out_;
  std::vector<Neighbour> in_;
};

/// The coarsest equitable partition: all nodes of a cell have the same capacity to, and from, every cell. Cells are
/// numbered alike in isomorphic graphs, so that two refinements can be compared cell by cell.
class Partition {
 public:
  /// Ranks apart from all other nodes, then refined. Keeps references: graph and adjacency must live longer.
  Partition(const FlowGraph& graph, const Adjacency& adjacency);

  /// Makes `node` a cell of its own and refines again, smaller halves first: O(E log V) for any number of calls.
  void individualise(int node);

  int cells() const { return static_cast<int>(start_.size()); }
  int cell_of(int node) const { return cell_[static_cast<std::size_t>(node)]; }
  std::span<const int> nodes_of(int cell) const {
    return {order_.data() + start_[static_cast<std::size_t>(cell)],
            static_cast<std::size_t>(size_[static_cast<std::size_t>(cell)])};
  }

 private:
  enum class Toward { out, in };
  void refine();
  /// Sums up, for each node, its capacity to (or from) the nodes of `members`; then splits cells by these sums.
  void split_by(std::span<const int> members, Toward toward);
  void split_cell(int cell);
  int add_cell(int start, int size);
  void swap_places(int place, int other);

  const FlowGraph* graph_;
  const Adjacency* adjacency_;
  std::vector<int> order_;     // nodes, those of one cell side by side
  std::vector<int> place_;     // [node] in order_
  std::vector<int> cell_;      // [node]
  std::vector<int> start_;     // [cell] in order_
  std::vector<int> size_;      // [cell]
  std::deque<int> queue_;      // cells that others have not been split by yet
  std::vector<WideInt> sum_;   // [node] for the splitter at hand, else 0
  std::vector<int> touched_;   // [cell] nodes with a sum, at the end of the cell's range
  std::vector<int> affected_;  // cells with touched nodes
};

}  // namespace muster
