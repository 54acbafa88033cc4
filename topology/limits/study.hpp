// SPDX-License-Identifier: Apache-2.0
// What the bounds of one graph share: flow graph, symmetries, quotients, families of rank sets. Private to limits/.
// Each bound is a function from Study to Bounds; limits.cpp names their cuts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topology/limits/limits.hpp"
#include "topology/orbits.hpp"

namespace muster {

/// A bound before its cut is given a name.
struct LimitBound {
  std::string_view name;
  Rational seconds_per_unit{0};  ///< per byte of M and unit of FlowGraph: divided by the unit it is seconds per byte
  Tightness tightness = Tightness::bound;
  std::vector<char> source_side{};  ///< [node] 1 = on the side that the capacity leaves; empty = no single cut
  int parts = 0;                    ///< of a partition, of which the cut is the tightest; 0 = a cut by itself
  std::string_view family{};        ///< what the parts are
  std::vector<int> arcs{};          ///< that bind together where there is no cut
};

/// Which way data cross: from the side that is looked at to the others, or to it.
enum class Crossing { leaving, entering };

/// Disjoint sets of ranks that together are all ranks.
struct RankFamily {
  std::string_view name;      ///< "hosts"
  std::vector<int> part_of;   ///< [node]; nodes that belong to no part are -1
  std::vector<int> ranks;     ///< [part]
  std::vector<int> pinned{};  ///< nodes that a cut must leave on the side of their part: switches that add or copy
  int parts() const { return static_cast<int>(ranks.size()); }
};

/// A cut that leaves a set of ranks on one side and all others on the other.
struct SideCut {
  WideInt capacity = 0;
  std::vector<char> source_side{};  ///< [node]
};

struct Study {
  Study(const Topology& described, const LimitRequest& request);
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;

  const Topology& topology;
  LinkChoice links;
  FlowGraph graph;
  Adjacency adjacency;
  Partition cells;
  Orbits orbits;
  std::vector<int> host_of;          ///< [device] number of its host, -1 = none
  std::vector<int> enclosure_of;     ///< [device]
  std::vector<int> rank_of;          ///< [node], -1 = only passes data on
  std::vector<int> representatives;  ///< nodes: one rank of each orbit, those with the least capacity into them first
  std::vector<RankFamily> families;
  std::map<std::pair<int, Crossing>, std::vector<WideInt>> family_cuts{};  ///< of `families` by index, once asked for
  bool reaches_cuts = false;  ///< whether schedules are known to exist that use the smallest cut fully (docs/limits.md)

  int ranks() const { return static_cast<int>(graph.ranks.size()); }
  std::int64_t size() const { return graph.nodes + static_cast<std::int64_t>(graph.arcs.size()); }
  int orbit_size(int node) const {
    return orbits.size[static_cast<std::size_t>(orbits.of_node[static_cast<std::size_t>(node)])];
  }
  /// With that rank alone in its cell.
  const Quotient& quotient_around(int node);
  /// Smallest cut between one rank and all others.
  SideCut single_cut(int node, Crossing way);

 private:
  std::map<int, Quotient> quotients_;
  std::size_t kept_arcs_ = 0;
};

/// The smallest such cut around a part, by a maximum flow through the whole graph.
SideCut smallest_cut(const Study& study, const RankFamily& family, int part, Crossing way);

/// [part] capacity of a cut around it: the smallest where the graph is small enough to run a flow for each part, else
/// that of what leaves the part's nodes, or its ranks, as they are. Never below the smallest.
std::vector<WideInt> cuts_of(Study& study, const RankFamily& family, Crossing way);
/// The cut that cuts_of found for one part.
SideCut cut_of(Study& study, const RankFamily& family, int part, Crossing way);

/// Hosts, rails, enclosures, leaves of the fabric, blocks of neighbours: wherever bottlenecks are built. Single ranks
/// come first.
std::vector<RankFamily> families_of(const Study& study);
/// [device] number of its host (or enclosure), -1 = it names none.
std::vector<int> group_numbers(const Topology& topology, std::string Device::*group);
/// Gives switches and NICs to the part that has all ranks of their host or enclosure. `part_of` names ranks' parts
/// only.
RankFamily closed_family(const Study& study, std::string_view name, std::vector<int> part_of);

/// How much work, in arcs visited, one collective may take on exact answers before it makes do with local cuts.
inline constexpr std::int64_t kExactWork = 20'000'000;

// The bounds. All return what they can prove, in no order.
std::vector<LimitBound> gather_bounds(Study& study, Crossing way);  // all_gather entering, reduce_scatter leaving
std::vector<LimitBound> all_reduce_bounds(Study& study);
std::vector<LimitBound> all_to_all_bounds(Study& study);
std::vector<LimitBound> distance_bounds(const Study& study);  // all_to_all again
/// broadcast leaving, reduce entering the root
std::vector<LimitBound> rooted_bounds(Study& study, int root, Crossing way);
std::vector<LimitBound> neighbour_bounds(Study& study);  // send_recv
/// scatter leaving, gather entering the root
std::vector<LimitBound> block_per_rank_bounds(Study& study, int root, Crossing way);

/// The longest of the shortest ways between ranks that must hear of each other. 0 where latencies are not known.
Seconds longest_distance(const Study& study, Collective collective, int root);

/// Least latency of the links that cross, 0 where one is not known.
Seconds latency_across(const Study& study, const Cut& cut);

/// Devices, links and the name of a bound's cut.
Cut describe_cut(const Study& study, const LimitBound& bound);

/// Throws Error naming a rank that cannot reach, or be reached from, the first one.
void require_connected(const Study& study);

}  // namespace muster
