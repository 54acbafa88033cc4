// SPDX-License-Identifier: Apache-2.0
#include "collectives/planner/packed_candidate.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "collectives/packed_trees_schedule.hpp"
#include "collectives/proof.hpp"
#include "core/error.hpp"
#include "topology/packed_trees.hpp"

namespace muster {
namespace {

using enum Collective;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr std::int64_t kMostChunks = 4096;  // of all ranks together: messages below a chunk's size pay latency only
constexpr int kMostCopies = 64;

struct Packed {
  Schedule schedule;
  std::vector<TreePacking> packings;  ///< what is on the links at the same time
  Rational seconds_per_byte{0};
};

/// Trees of all_gather run on the graph as it is, those of sums on the reversed one: arcs keep their numbers.
Packed pack(const FlowGraph& graph, Collective collective, std::int64_t most_parts) {
  if (collective == all_reduce) {
    AllReducePacking packing = pack_all_reduce(graph, most_parts);
    Schedule schedule = packed_trees_schedule(packing, 1);
    const Rational time = packing.seconds_per_byte;
    return {std::move(schedule), {std::move(packing.gather), std::move(packing.scatter)}, time};
  }
  const FlowGraph way = reduces(collective) ? reversed(graph) : graph;
  const bool has_root = collective == broadcast || collective == reduce;
  TreePacking packing = has_root ? pack_broadcast(way, 0, most_parts) : pack_trees(way, most_parts);
  Schedule schedule = packed_trees_schedule(packing, {.collective = collective});
  const Rational time = packing.seconds_per_byte;
  return {std::move(schedule), {std::move(packing)}, time};
}

/// Seconds per byte of the fullest arc at the rates of `graph`, which has the arcs that the trees were packed into.
double fullest(const FlowGraph& graph, const std::vector<TreePacking>& packings) {
  std::vector<double> load(graph.arcs.size(), 0);  // in bytes per byte of all data
  for (const TreePacking& packing : packings) {
    for (const HopRoute& route : packing.routes) {
      for (const int arc : route.arcs) {
        load[at(arc)] += static_cast<double>(route.weight) / static_cast<double>(packing.total);
      }
    }
  }
  double most = 0;
  for (std::size_t arc = 0; arc < load.size(); ++arc) {
    const double rate = static_cast<double>(graph.arcs[arc].capacity) * static_cast<double>(graph.unit);
    if (graph.unbounded[arc] == 0) most = std::max(most, load[arc] / rate);
  }
  return most;
}

bool has_trees(Collective collective) {
  return collective == all_reduce || collective == all_gather || collective == reduce_scatter ||
         collective == broadcast || collective == reduce;
}

}  // namespace

std::vector<Candidate> packed_trees(const CandidateRequest& request) {
  const int ranks = request.routes.ranks();
  if (!has_trees(request.collective) || ranks < 2 || ranks > kMostPackedCandidateRanks) return {};
  const Topology& topology = request.routes.topology();
  const FlowGraph lines = flow_graph(topology, {.rates = RateKind::line});
  if (std::ranges::all_of(lines.unbounded, [](char unknown) { return unknown != 0; })) return {};
  Packed packed = pack(lines, request.collective, kMostChunks / ranks);
  MUSTER_ASSERT(!prove(packed.schedule).fault);
  Candidate candidate{.name = "packed trees", .algorithm = Algorithm::packed_trees};
  candidate.model = predict(packed.schedule, request.routes, request.costs);
  // The trees have ways of their own, so the volume comes from them and not from the usual routes.
  const FlowGraph known = flow_graph(topology, {.rates = RateKind::best_known});
  candidate.model.volume = fullest(known.arcs.size() == lines.arcs.size() ? known : lines, packed.packings);
  candidate.model.own = candidate.model.volume;
  candidate.model.most_copies = kMostCopies;
  candidate.seconds_per_byte = packed.seconds_per_byte;
  candidate.schedule = std::move(packed.schedule);
  return {std::move(candidate)};
}

}  // namespace muster
