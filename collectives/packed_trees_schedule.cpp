// SPDX-License-Identifier: Apache-2.0
#include "collectives/packed_trees_schedule.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collectives/arrangement.hpp"
#include "collectives/generators.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using enum Collective;

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Without rounds; its chunks are the parts of the packing in the order of ranks.
Schedule empty_schedule(const TreePacking& packing, const PackedTreesRequest& request) {
  MUSTER_ASSERT(request.channels >= 1);
  long long hops = 0;
  for (const PackedTree& tree : packing.trees) hops += std::ssize(tree.hops);
  const int most_parts = std::numeric_limits<int>::max() / request.channels;
  if (packing.total > most_parts || 2 * hops > kMaxTransfers / request.channels)
    throw ScheduleTooLarge(std::to_string(packing.trees.size()) + " trees in " + std::to_string(packing.total) +
                           " parts and " + std::to_string(request.channels) +
                           " channels make too large a schedule: pack them with a bound on parts");
  const bool has_block_of_each = request.collective == all_gather || request.collective == reduce_scatter;
  const bool is_rooted = request.collective == broadcast || request.collective == reduce;
  const std::int64_t largest = *std::ranges::max_element(packing.parts);
  if (has_block_of_each) MUSTER_ASSERT(largest * std::ssize(packing.parts) == packing.total);
  if (is_rooted) MUSTER_ASSERT(largest == packing.total);
  const auto root = std::ranges::find(packing.parts, largest) - packing.parts.begin();
  return {.collective = request.collective,
          .algorithm = Algorithm::packed_trees,
          .ranks = static_cast<int>(packing.parts.size()),
          .root = is_rooted ? static_cast<int>(root) : 0,
          .pieces = static_cast<int>(has_block_of_each ? largest : packing.total)};
}

/// Adds chunks that follow those of the message, or lie anywhere behind them.
void append(std::vector<ChunkRange>& chunks, const ChunkRange& more) {
  if (!chunks.empty() && chunks.back().first + chunks.back().count == more.first) {
    chunks.back().count += more.count;
  } else {
    chunks.push_back(more);
  }
}

/// What travels in one round, by source and target: one message each.
using Messages = std::map<std::pair<int, int>, std::vector<ChunkRange>>;

/// From roots to leaves: a hop in the round of its depth.
std::vector<Round> outward(const TreePacking& packing) {
  std::vector<const PackedTree*> trees;
  for (const PackedTree& tree : packing.trees) trees.push_back(&tree);
  std::ranges::stable_sort(trees, {}, &PackedTree::root);
  std::vector<Messages> messages;
  int first = 0;
  for (const PackedTree* tree : trees) {
    const ChunkRange chunks{first, static_cast<int>(tree->weight)};
    first += chunks.count;
    std::vector<int> depth(packing.parts.size(), 0);
    for (const TreeHop& hop : tree->hops) {
      const int round = depth[at(hop.source)];
      depth[at(hop.target)] = round + 1;
      if (round >= std::ssize(messages)) messages.resize(at(round) + 1);
      append(messages[at(round)][{hop.source, hop.target}], chunks);
    }
  }
  std::vector<Round> rounds(messages.size());
  for (std::size_t round = 0; round < rounds.size(); ++round)
    for (auto& [ends, chunks] : messages[round])
      rounds[round].transfers.push_back({.source = ends.first, .target = ends.second, .chunks = std::move(chunks)});
  return rounds;
}

/// From leaves to roots, adding up.
std::vector<Round> inward(const TreePacking& packing) {
  std::vector<Round> rounds = outward(packing);
  std::ranges::reverse(rounds);
  for (Round& round : rounds) {
    for (Transfer& transfer : round.transfers) {
      std::swap(transfer.source, transfer.target);
      transfer.combine = Combine::reduce;
    }
  }
  return rounds;
}

Schedule in_channels(Schedule schedule, std::vector<Round> rounds, int channels) {
  schedule.channels.push_back({std::move(rounds)});
  return side_by_side(std::vector<Schedule>(at(channels), schedule));
}

}  // namespace

Schedule packed_trees_schedule(const TreePacking& packing, const PackedTreesRequest& request) {
  MUSTER_ASSERT(request.collective == all_gather || request.collective == reduce_scatter ||
                request.collective == broadcast || request.collective == reduce);
  return in_channels(empty_schedule(packing, request), reduces(request.collective) ? inward(packing) : outward(packing),
                     request.channels);
}

Schedule packed_trees_schedule(const AllReducePacking& packing, int channels) {
  MUSTER_ASSERT(packing.gather.parts == packing.scatter.parts);
  std::vector<Round> rounds = inward(packing.scatter);
  std::ranges::move(outward(packing.gather), std::back_inserter(rounds));
  return in_channels(empty_schedule(packing.gather, {.collective = all_reduce, .channels = channels}),
                     std::move(rounds), channels);
}

}  // namespace muster
