// SPDX-License-Identifier: Apache-2.0
// First step of a packing: how much each rank can send to all others at once, and capacities counted in whole parts of
// that. Private to packing/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/rational.hpp"
#include "topology/flow.hpp"

namespace muster {

/// More parts of a rank than this are cut down: 2^31 parts lose less than a thousand-millionth.
inline constexpr std::int64_t kMostParts = std::int64_t{1} << 31;
/// Sums of 2^39 parts over 2^9 ranks still fit in 63 bits.
inline constexpr int kMostPackedRanks = 512;

struct PartArc {
  int source = 0;
  int target = 0;
  std::int64_t capacity = 0;  ///< parts that may pass while each rank sends its own to all others
};

struct PartGraph {
  int nodes = 0;
  std::vector<int> ranks;           ///< [rank] = node
  std::vector<std::int64_t> parts;  ///< [rank] that it sends
  std::vector<PartArc> arcs;        ///< numbered as those of the FlowGraph
};

/// [rank] what a rank sends in proportion to the others; not all 0.
using Weights = std::vector<std::int64_t>;

/// The largest x such that every rank can get x * weight from each other rank, cut by cut.
struct Service {
  Rational share{0};
  int unreached = -1;  ///< a rank that no way leads to; then the share is 0
};
Service best_service(const FlowGraph& graph, const Weights& weights);
/// Its share. Throws Error naming a rank that cannot be reached.
Rational largest_share(const FlowGraph& graph, const Weights& weights);

/// Does as much leave each node that is no rank as enters it? Only then can switches be replaced by links.
bool is_balanced(const FlowGraph& graph);

/// No arc keeps more than could leave its target or enter its source where these are no ranks.
FlowGraph clipped(FlowGraph graph);

/// Least k for which k / share times every capacity is whole.
WideInt least_parts(const Rational& share, std::span<const FlowGraph> graphs);

/// Weight 1 becomes `parts` parts; all capacities become whole and serve them. `share` is largest_share() or less.
PartGraph in_parts(const FlowGraph& graph, const Weights& weights, const Rational& share, std::int64_t parts);

}  // namespace muster
