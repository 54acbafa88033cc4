// SPDX-License-Identifier: Apache-2.0
// Double binary tree: half of the data through each of two trees. About 2 log2(n) rounds, twice the bytes of the
// vector.
#include "collectives/generators/tree.hpp"

#include <algorithm>
#include <bit>

#include "collectives/generators/algorithms.hpp"
#include "collectives/generators/slice.hpp"

namespace muster {
namespace {

using Children = std::vector<std::vector<int>>;

const ChunkSet kWholeBlock = {{0, 1}};

/// In-order binary tree over nodes 1 .. nodes-1 with node 0 above it. A node's lowest set bit is its height: odd nodes
/// are leaves. A parent outside the tree is replaced by the nearest ancestor inside.
int parent_of(int node, int nodes) {
  const int height = node & -node;
  const int below = node ^ height;
  const int parent = below | (2 * height);
  return parent < nodes ? parent : below;
}

/// The label (rank's distance from the root) of a node. The second tree swaps odd and even labels, that is leaves and
/// inner nodes: by mirroring when there are as many of both, else by shifting.
int label_of(int node, const TreeShape& shape) {
  const int others = shape.ranks - 1;
  if (shape.twin == Twin::first || node == 0) return node;
  return others % 2 == 0 ? others + 1 - node : node % others + 1;
}

/// The node of a label.
int node_of(int label, const TreeShape& shape) {
  const int others = shape.ranks - 1;
  if (shape.twin == Twin::first || label == 0) return label;
  return others % 2 == 0 ? others + 1 - label : (label + others - 2) % others + 1;
}

/// Sums up everything below `rank` in it. Returns the first round in which the sum is there. A rank receives from one
/// child per round, from the one that is ready first.
int reduce_below(Slice& slice, const Children& children, int rank) {
  struct Ready {
    int round;
    int child;
    auto operator<=>(const Ready&) const = default;
  };
  std::vector<Ready> ready;
  for (const int child : children[static_cast<std::size_t>(rank)]) {
    ready.push_back({reduce_below(slice, children, child), child});
  }
  std::sort(ready.begin(), ready.end());
  int next_round = 0;
  for (const auto& [round, child] : ready) {
    next_round = std::max(next_round, round);
    slice.send(next_round, {.source = child, .target = rank, .chunks = kWholeBlock, .combine = Combine::reduce});
    ++next_round;
  }
  return next_round;
}

/// Passes on what `rank` has in `round`, to all below it.
void broadcast_below(Slice& slice, const Children& children, int rank, int round) {
  for (const int child : children[static_cast<std::size_t>(rank)]) {
    slice.send(round, {.source = rank, .target = child, .chunks = kWholeBlock});
    broadcast_below(slice, children, child, round + 1);
  }
}

/// `fill` writes one tree's rounds: (slice, children).
template <typename Fill>
Schedule over_both_trees(const ScheduleRequest& request, Fill fill) {
  Slice first(request, 1);
  Slice second(request, 1);
  fill(first, children_in({.ranks = request.ranks, .root = request.root, .twin = Twin::first}));
  fill(second, children_in({.ranks = request.ranks, .root = request.root, .twin = Twin::second}));
  return in_channels(first, second);
}

}  // namespace

Children children_in(const TreeShape& shape) {
  const auto rank_of = [&](int node) { return (shape.root + label_of(node, shape)) % shape.ranks; };
  Children children(static_cast<std::size_t>(shape.ranks));
  for (int node = 1; node < shape.ranks; ++node) {
    const int parent = rank_of(parent_of(node, shape.ranks));
    children[static_cast<std::size_t>(parent)].push_back(rank_of(node));
  }
  return children;
}

TreePlace place_in(const TreeShape& shape, int rank) {
  const auto rank_of = [&](int node) { return (shape.root + label_of(node, shape)) % shape.ranks; };
  const int label = (rank - shape.root + shape.ranks) % shape.ranks;
  const int node = node_of(label, shape);
  TreePlace place;
  int reach = node == 0 ? static_cast<int>(std::bit_ceil(static_cast<unsigned>(shape.ranks))) : node & -node;
  place.height = std::countr_zero(static_cast<unsigned>(reach));
  if (node > 0) {
    const int parent = parent_of(node, shape.ranks);
    place.parent = rank_of(parent);
    place.side = parent > node ? TreePlace::Side::lower : TreePlace::Side::upper;
    if (reach > 1) place.lower_child = rank_of(node - reach / 2);
  }
  for (reach /= 2; reach > 0 && node + reach >= shape.ranks;) reach /= 2;
  if (reach > 0) place.upper_child = rank_of(node + reach);
  return place;
}

Schedule tree_all_reduce(const ScheduleRequest& request) {
  return over_both_trees(request, [&](Slice& slice, const Children& children) {
    const int summed = reduce_below(slice, children, request.root);
    broadcast_below(slice, children, request.root, summed);
  });
}

Schedule tree_broadcast(const ScheduleRequest& request) {
  return over_both_trees(
      request, [&](Slice& slice, const Children& children) { broadcast_below(slice, children, request.root, 0); });
}

Schedule tree_reduce(const ScheduleRequest& request) {
  return over_both_trees(request,
                         [&](Slice& slice, const Children& children) { reduce_below(slice, children, request.root); });
}

}  // namespace muster
