// SPDX-License-Identifier: Apache-2.0
// Hierarchical: inside each host first, so that between hosts every rank talks only to the ranks of its own local index
// (its rail) and every byte leaves a host once. Hosts may be uneven: in a smaller one a rank stands in for several
// rails.
#include <algorithm>

#include "collectives/generators/algorithms.hpp"
#include "collectives/generators/ring.hpp"

namespace muster {
namespace {

/// Ranks in groups of `size`; the last group may be smaller. Rails are the local indices 0 .. size-1.
struct Groups {
  int ranks;
  int size;

  explicit Groups(const ScheduleRequest& request) : ranks(request.ranks), size(request.group_size) {}

  int count() const { return (ranks + size - 1) / size; }
  int members(int group) const { return std::min(size, ranks - group * size); }
  bool has(int group, int rail) const { return rail < members(group); }
  int rank(int group, int local) const { return group * size + local; }
  /// The rank that carries the rail in the group.
  int carrier(int group, int rail) const { return rank(group, rail % members(group)); }
};

/// [rail][group]: what the carrier of the rail in that group owns between reduce-scatter and all-gather.
using Parts = std::vector<std::vector<ChunkSet>>;

/// The vector of all_reduce, cut into one piece per rail and group.
Parts pieces_of_vector(const Groups& groups) {
  Parts parts(static_cast<std::size_t>(groups.size));
  for (int rail = 0; rail < groups.size; ++rail) {
    for (int group = 0; group < groups.count(); ++group) {
      parts[static_cast<std::size_t>(rail)].push_back({{rail * groups.count() + group, 1}});
    }
  }
  return parts;
}

/// The blocks of all_gather and reduce_scatter: each at the rank it belongs to.
Parts blocks_of_ranks(const Groups& groups) {
  Parts parts(static_cast<std::size_t>(groups.size));
  for (int rail = 0; rail < groups.size; ++rail) {
    for (int group = 0; group < groups.count(); ++group) {
      ChunkSet block;
      if (groups.has(group, rail)) block.push_back({groups.rank(group, rail), 1});
      parts[static_cast<std::size_t>(rail)].push_back(std::move(block));
    }
  }
  return parts;
}

/// All parts of the rails that the rank with this local index carries in its group.
ChunkSet carried(const Groups& groups, const Parts& parts, int group, int local) {
  ChunkSet chunks;
  for (int rail = local; rail < groups.size; rail += groups.members(group)) {
    for (const ChunkSet& part : parts[static_cast<std::size_t>(rail)]) {
      chunks.insert(chunks.end(), part.begin(), part.end());
    }
  }
  return merged(std::move(chunks));
}

RingOfOwners ring_inside(const Groups& groups, const Parts& parts, int group) {
  RingOfOwners ring;
  for (int local = 0; local < groups.members(group); ++local) {
    ring.members.push_back(groups.rank(group, local));
    ring.parts.push_back(carried(groups, parts, group, local));
  }
  return ring;
}

/// One ring in each group, all at the same time. Returns the round after the last.
int pass_inside(Slice& slice, int first_round, const Parts& parts, Combine combine) {
  const Groups groups(slice.request());
  int end = first_round;
  for (int group = 0; group < groups.count(); ++group) {
    end = std::max(end, pass_around(slice, first_round, ring_inside(groups, parts, group), combine));
  }
  return end;
}

/// One ring over all groups for each rail, all at the same time. Returns the round after the last.
int pass_between(Slice& slice, int first_round, const Parts& parts, Combine combine) {
  const Groups groups(slice.request());
  int end = first_round;
  for (int rail = 0; rail < groups.size; ++rail) {
    RingOfOwners ring{.members = {}, .parts = parts[static_cast<std::size_t>(rail)]};
    for (int group = 0; group < groups.count(); ++group) ring.members.push_back(groups.carrier(group, rail));
    end = std::max(end, pass_around(slice, first_round, ring, combine));
  }
  return end;
}

int reduce_scatter(Slice& slice, const Parts& parts) {
  const int inside = pass_inside(slice, 0, parts, Combine::reduce);
  return pass_between(slice, inside, parts, Combine::reduce);
}

void all_gather(Slice& slice, int first_round, const Parts& parts) {
  const int between = pass_between(slice, first_round, parts, Combine::copy);
  pass_inside(slice, between, parts, Combine::copy);
}

/// Broadcast: the piece of each rail goes from the root to the carrier in the root's group, and on from group to group.
int spread_rails(Slice& slice, const Parts& parts) {
  const Groups groups(slice.request());
  const int root = slice.request().root;
  const int home = root / groups.size;
  for (int local = 0; local < groups.members(home); ++local) {
    const int target = groups.rank(home, local);
    if (target == root) continue;
    slice.send(0, {.source = root, .target = target, .chunks = carried(groups, parts, home, local)});
  }
  const int first_hop = slice.rounds();
  for (int hop = 0; hop < groups.count() - 1; ++hop) {
    const int source = (home + hop) % groups.count();
    const int target = (source + 1) % groups.count();
    for (int rail = 0; rail < groups.size; ++rail) {
      slice.send(first_hop + hop, {.source = groups.carrier(source, rail),
                                   .target = groups.carrier(target, rail),
                                   .chunks = parts[static_cast<std::size_t>(rail)].front()});
    }
  }
  return slice.rounds();
}

/// all_to_all, first step: a rank hands its blocks to the carriers of their targets' rails in its group.
void exchange_inside(Slice& slice, const Groups& groups, int group) {
  const int members = groups.members(group);
  for (int round = 1; round < members; ++round) {
    for (int local = 0; local < members; ++local) {
      const int source = groups.rank(group, local);
      const int carrier = (local + round) % members;
      ChunkSet blocks;
      for (int target = 0; target < groups.ranks; ++target) {
        if (target % groups.size % members == carrier) blocks.push_back({source * groups.ranks + target, 1});
      }
      slice.send(round - 1,
                 {.source = source, .target = groups.rank(group, carrier), .chunks = merged(std::move(blocks))});
    }
  }
}

/// all_to_all, second step: what the ranks of a group have for one rank elsewhere goes there in one message.
void exchange_between(Slice& slice, int first_round, const Groups& groups, int group) {
  for (int hop = 1; hop < groups.count(); ++hop) {
    const int target_group = (group + hop) % groups.count();
    for (int rail = 0; rail < groups.members(target_group); ++rail) {
      const int target = groups.rank(target_group, rail);
      ChunkSet blocks;
      for (int local = 0; local < groups.members(group); ++local) {
        blocks.push_back({groups.rank(group, local) * groups.ranks + target, 1});
      }
      slice.send(first_round + hop - 1,
                 {.source = groups.carrier(group, rail), .target = target, .chunks = std::move(blocks)});
    }
  }
}

}  // namespace

Schedule hierarchical_all_reduce(const ScheduleRequest& request) {
  const Groups groups(request);
  const Parts parts = pieces_of_vector(groups);
  Slice slice(request, groups.size * groups.count());
  const int summed = reduce_scatter(slice, parts);
  all_gather(slice, summed, parts);
  return in_channels(slice);
}

Schedule hierarchical_reduce_scatter(const ScheduleRequest& request) {
  Slice slice(request, 1);
  reduce_scatter(slice, blocks_of_ranks(Groups(request)));
  return in_channels(slice);
}

Schedule hierarchical_all_gather(const ScheduleRequest& request) {
  Slice slice(request, 1);
  all_gather(slice, 0, blocks_of_ranks(Groups(request)));
  return in_channels(slice);
}

Schedule hierarchical_broadcast(const ScheduleRequest& request) {
  const Groups groups(request);
  Parts parts;
  for (int rail = 0; rail < groups.size; ++rail) parts.push_back({{{rail, 1}}});
  Slice slice(request, groups.size);
  const int everywhere = spread_rails(slice, parts);
  Slice inside(request, groups.size);
  pass_inside(inside, 0, parts, Combine::copy);
  for (int round = 0; round < inside.rounds(); ++round) {
    for (const Transfer& transfer : inside.channel().rounds[static_cast<std::size_t>(round)].transfers) {
      if (transfer.target != request.root) slice.send(everywhere + round, transfer);  // the root has it all
    }
  }
  return in_channels(slice);
}

Schedule hierarchical_all_to_all(const ScheduleRequest& request) {
  const Groups groups(request);
  Slice slice(request, 1);
  for (int group = 0; group < groups.count(); ++group) exchange_inside(slice, groups, group);
  const int inside = slice.rounds();
  for (int group = 0; group < groups.count(); ++group) exchange_between(slice, inside, groups, group);
  return in_channels(slice);
}

}  // namespace muster
