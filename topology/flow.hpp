// SPDX-License-Identifier: Apache-2.0
// What limits and planners see of a graph: numbered nodes and arcs with whole capacities, and the exact maximum flow
// through them. A device with a capacity of its own (through) is two nodes with an arc between.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rational.hpp"
#include "topology/graph.hpp"

namespace muster {

struct Arc {
  int source = 0;
  int target = 0;
  WideInt capacity = 0;  ///< in units of FlowGraph::unit
};

struct FlowGraph {
  int nodes = 0;
  std::vector<int> ranks{};   ///< [rank] = node: the compute nodes
  std::vector<Arc> arcs{};    ///< parallel links of one pair of nodes are one arc; no arc of capacity 0, none to itself
  std::int64_t unit = 1;      ///< bytes/s of one unit of capacity: the greatest common divisor
  std::vector<int> device{};  ///< [node] = index into Topology::devices
  std::vector<int> exit{};    ///< [device] = the node that its outgoing links start from
  /// [arc]: whether a rate was not known and infinity stands in for it (see flow_graph).
  std::vector<char> unbounded{};
  WideInt infinity = 0;  ///< capacity of arcs of unknown rate; a cut of this capacity or more contains one
};

enum class RateKind { line, best_known };
enum class LinkChoice {
  all,
  scale_up,  ///< NVLink and xGMI between GPUs and their switches only
};

bool is_chosen(const Link& link, LinkChoice choice);

struct FlowRequest {
  RateKind rates = RateKind::line;
  LinkChoice links = LinkChoice::all;
};

/// Every device becomes a node, in order; arcs are sorted by source, then target. An unknown rate becomes infinity:
/// more than the sum of all known ones times the ranks, so that no cut with it is ever preferred to one without: a
/// limit that does not hang on it stays a limit. Rates are rounded up to whole bytes/s, for the same reason.
FlowGraph flow_graph(const Topology& topology, const FlowRequest& request);

/// Dinic's algorithm on capacities that may be changed between runs. Exact.
class MaxFlow {
 public:
  explicit MaxFlow(int nodes);

  /// Returns the arc's number. `capacity` >= 0.
  int add_arc(int source, int target, WideInt capacity);
  void set_capacity(int arc, WideInt capacity);

  /// Starts from no flow. Stops as soon as `enough` is reached: for tests of "at least".
  WideInt run(int source, int sink, WideInt enough = kEnough);
  /// Of the last run.
  WideInt flow_on(int arc) const;
  /// [node]: reachable from the source in what the last run left over: the source side of a smallest cut that is
  /// smallest itself. Only after a run that was not stopped by `enough`.
  std::vector<char> source_side(int source) const;
  /// [node]: cannot reach the sink: the source side of the smallest cut that is largest itself.
  std::vector<char> far_source_side(int sink) const;

  static constexpr WideInt kEnough = (WideInt{1} << 120);

 private:
  struct Edge {
    int target;
    WideInt capacity;
    WideInt flow;
  };
  bool level_from(int source, int sink);
  /// One more way through the levels, at most `amount` of it; 0 when they are blocked.
  WideInt push(int source, int sink, WideInt amount);
  bool advance(int node);
  WideInt left(int edge) const {
    return edges_[static_cast<std::size_t>(edge)].capacity - edges_[static_cast<std::size_t>(edge)].flow;
  }

  std::vector<Edge> edges_;            // edge 2a is arc a, 2a+1 its reverse with capacity 0
  std::vector<std::vector<int>> out_;  // [node]: edges
  std::vector<int> level_;
  std::vector<std::size_t> next_;
  std::vector<int> way_;  // edges from the source to the node that push() stands on
};

}  // namespace muster
