// SPDX-License-Identifier: Apache-2.0
// Rounds, bytes and partners of every algorithm against the closed forms of its literature.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <map>

#include "collectives/generators.hpp"
#include "collectives/generators/tree.hpp"
#include "collectives/problem.hpp"
#include "collectives/proof.hpp"

namespace muster {
namespace {

constexpr int kMaxTestedRanks = 33;  // 2^5 + 1: every shape of the power-of-two algorithms, twice over

std::string words(const ScheduleRequest& request) {
  return std::string(name_of(request.algorithm)) + " " + std::string(name_of(request.collective)) + " of " +
         std::to_string(request.ranks) + " ranks";
}

int log2_ceil(int value) { return std::bit_width(static_cast<unsigned>(value) - 1); }
bool is_power_of_two(int value) { return std::has_single_bit(static_cast<unsigned>(value)); }

/// What the busiest rank of a schedule with one channel does. Sent is in parts of the size S: {2 * (n - 1), n}.
struct ClosedForm {
  Collective collective;
  Algorithm algorithm;
  std::function<int(int n)> rounds;
  std::function<int(int n)> sent;     ///< numerator
  std::function<int(int n)> divisor;  ///< denominator: chunks that make up S
};

int whole(int) { return 1; }
int shares(int n) { return n; }
int others(int n) { return n - 1; }
int twice_others(int n) { return 2 * (n - 1); }

/// Blocks whose distance has the bit set, over all bits: each rank passes each of them on once per bit.
int bits_of_distances(int n) {
  int bits = 0;
  for (int distance = 1; distance < n; ++distance) bits += std::popcount(static_cast<unsigned>(distance));
  return bits;
}

/// Blocks that the root's first child of a binomial tree stands for: half of the next power of two, or what is left.
int largest_branch(int n) {
  const int half = static_cast<int>(std::bit_ceil(static_cast<unsigned>(n))) / 2;
  return std::max(n - half, half / 2);
}

const std::vector<ClosedForm> kClosedForms = {
    {Collective::all_reduce, Algorithm::ring, twice_others, twice_others, shares},
    {Collective::reduce_scatter, Algorithm::ring, others, others, shares},
    {Collective::all_gather, Algorithm::ring, others, others, shares},
    {Collective::broadcast, Algorithm::ring, others, whole, whole},
    {Collective::reduce, Algorithm::ring, others, whole, whole},
    {Collective::all_to_all, Algorithm::ring, others, [](int n) { return n * (n - 1) / 2; }, shares},
    {Collective::send_recv, Algorithm::ring, whole, whole, whole},
    {Collective::gather, Algorithm::pairwise, whole, whole, shares},
    {Collective::scatter, Algorithm::pairwise, whole, others, shares},
    {Collective::gather, Algorithm::tree, log2_ceil, largest_branch, shares},
    {Collective::scatter, Algorithm::tree, log2_ceil, others, shares},
    {Collective::reduce_scatter, Algorithm::halving_doubling, log2_ceil, others, shares},
    {Collective::all_gather, Algorithm::halving_doubling, log2_ceil, others, shares},
    {Collective::all_to_all, Algorithm::pairwise, others, others, shares},
    {Collective::all_gather, Algorithm::pairwise, others, others, shares},
    {Collective::reduce_scatter, Algorithm::pairwise, others, others, shares},
    {Collective::all_to_all, Algorithm::bruck, log2_ceil, bits_of_distances, shares},
    {Collective::all_gather, Algorithm::bruck, log2_ceil, others, shares},
    {Collective::reduce_scatter, Algorithm::bruck, log2_ceil, others, shares},
    {Collective::all_reduce, Algorithm::pairwise, whole, others, whole},
    {Collective::all_reduce, Algorithm::bruck, [](int n) { return 2 * log2_ceil(n); }, twice_others, shares},
};

TEST(ClosedForms, OfRoundsAndBytesHoldFor2To33Ranks) {
  for (const ClosedForm& form : kClosedForms) {
    for (int ranks = 2; ranks <= kMaxTestedRanks; ++ranks) {
      const ScheduleRequest request{.collective = form.collective, .algorithm = form.algorithm, .ranks = ranks};
      const Schedule schedule = make_schedule(request);
      const Volume volume = prove(schedule).volume;
      EXPECT_EQ(volume.rounds, static_cast<std::uint64_t>(form.rounds(ranks))) << words(request);
      EXPECT_EQ(volume.max_sent_chunks, static_cast<std::uint64_t>(form.sent(ranks))) << words(request);
      // S = one block where the whole vector is one, else n blocks; send_recv counts the block of one rank.
      const int blocks = form.divisor(ranks) == 1 ? 1 : block_count(form.collective, ranks) == 1 ? 1 : ranks;
      EXPECT_EQ(schedule.pieces * blocks, form.divisor(ranks)) << words(request);
    }
  }
}

TEST(HalvingDoubling, SumsInTwiceLog2RoundsAndFoldsSurplusRanksWithTwoMore) {
  for (int ranks = 2; ranks <= kMaxTestedRanks; ++ranks) {
    const Schedule schedule = make_schedule({.algorithm = Algorithm::halving_doubling, .ranks = ranks});
    const int active = static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks)));
    const int folding = is_power_of_two(ranks) ? 0 : 1;
    const Volume volume = prove(schedule).volume;
    EXPECT_EQ(schedule.pieces, active);
    EXPECT_EQ(volume.rounds, static_cast<std::uint64_t>(2 * log2_ceil(active) + 2 * folding)) << ranks;
    EXPECT_EQ(volume.max_sent_chunks, static_cast<std::uint64_t>(2 * (active - 1) + folding * active)) << ranks;
  }
}

TEST(HalvingDoubling, SendsItsLargestMessagesToTheNearestRank) {
  const Schedule schedule = make_schedule({.algorithm = Algorithm::halving_doubling, .ranks = 16});
  int distance = 1;
  for (int round = 0; round < 4; ++round, distance *= 2) {
    for (const Transfer& transfer : schedule.channels[0].rounds[static_cast<std::size_t>(round)].transfers) {
      EXPECT_EQ(transfer.source ^ transfer.target, distance);
      EXPECT_EQ(transfer.chunks, (std::vector<ChunkRange>{{transfer.chunks[0].first, 8 / distance}}));
    }
  }
}

TEST(Ring, TalksToTheNextRankOnly) {
  for (const GeneratorEntry& entry : generator_table()) {
    if (entry.algorithm != Algorithm::ring) continue;
    const Schedule schedule = make_schedule({.collective = entry.collective, .algorithm = entry.algorithm, .ranks = 7});
    for (const Round& round : schedule.channels[0].rounds) {
      for (const Transfer& transfer : round.transfers) EXPECT_EQ(transfer.target, (transfer.source + 1) % 7);
    }
  }
}

TEST(Pairwise, SwapsBlocksBetweenPairsWhenTheRanksAreAPowerOfTwo) {
  const Schedule schedule =
      make_schedule({.collective = Collective::all_to_all, .algorithm = Algorithm::pairwise, .ranks = 8});
  for (const Round& round : schedule.channels[0].rounds) {
    std::map<int, int> target_of;
    for (const Transfer& transfer : round.transfers) target_of[transfer.source] = transfer.target;
    for (const auto& [source, target] : target_of) EXPECT_EQ(target_of.at(target), source);
  }
}

// ---- trees ----

int depth_below(const std::vector<std::vector<int>>& children, int rank) {
  int depth = 0;
  for (const int child : children[static_cast<std::size_t>(rank)]) {
    depth = std::max(depth, 1 + depth_below(children, child));
  }
  return depth;
}

TEST(Tree, GivesEveryRankButTheRootChildrenInAtMostOneOfTheTwins) {
  for (int ranks = 1; ranks <= 130; ++ranks) {
    for (const int root : {0, ranks / 3, ranks - 1}) {
      const auto first = children_in({.ranks = ranks, .root = root, .twin = Twin::first});
      const auto second = children_in({.ranks = ranks, .root = root, .twin = Twin::second});
      for (int rank = 0; rank < ranks; ++rank) {
        const std::size_t a = first[static_cast<std::size_t>(rank)].size();
        const std::size_t b = second[static_cast<std::size_t>(rank)].size();
        if (rank == root) {
          EXPECT_EQ(a + b, ranks == 1 ? 0u : 2u) << ranks;
        } else {
          EXPECT_EQ(std::min(a, b), 0u) << rank << " of " << ranks;
          EXPECT_LE(std::max(a, b), 2u) << rank << " of " << ranks;
        }
      }
    }
  }
}

TEST(Tree, IsAsDeepAsTheLogarithmOfTheRanks) {
  for (int ranks = 2; ranks <= 130; ++ranks) {
    for (const Twin twin : {Twin::first, Twin::second}) {
      EXPECT_LE(depth_below(children_in({.ranks = ranks, .root = 0, .twin = twin}), 0), log2_ceil(ranks)) << ranks;
    }
  }
}

TEST(Tree, StaysWithinItsRoundsAndSendsTwiceTheVectorInAll) {
  for (int ranks = 2; ranks <= kMaxTestedRanks; ++ranks) {
    const auto rounds = [&](Collective collective) {
      return prove(make_schedule({.collective = collective, .algorithm = Algorithm::tree, .ranks = ranks}))
          .volume.rounds;
    };
    const auto log2 = static_cast<std::uint64_t>(log2_ceil(ranks));
    EXPECT_LE(rounds(Collective::broadcast), log2) << ranks;
    EXPECT_LE(rounds(Collective::reduce), std::max<std::uint64_t>(1, 2 * log2 - 1)) << ranks;
    EXPECT_EQ(rounds(Collective::all_reduce), rounds(Collective::broadcast) + rounds(Collective::reduce)) << ranks;
    const Schedule schedule = make_schedule({.algorithm = Algorithm::tree, .ranks = ranks});
    EXPECT_EQ(schedule.pieces, 2);
    EXPECT_LE(prove(schedule).volume.max_sent_chunks, 4u) << ranks;  // halves
    EXPECT_LE(prove(schedule).volume.max_received_chunks, 4u) << ranks;
  }
}

TEST(Tree, ReceivesFirstFromTheChildThatIsReadyFirst) {
  // Below the root is a rank with a leaf (ready at once) and a rank with two leaves (ready after two rounds).
  const Schedule schedule = make_schedule({.collective = Collective::reduce, .algorithm = Algorithm::tree, .ranks = 6});
  EXPECT_EQ(prove(schedule).volume.rounds, 4u);
}

TEST(Tree, HasAsManyChannelsOfOneTwinAsOfTheOther) {
  EXPECT_EQ(make_schedule({.algorithm = Algorithm::tree, .ranks = 5, .channels = 1}).channels.size(), 2u);
  EXPECT_EQ(make_schedule({.algorithm = Algorithm::tree, .ranks = 5, .channels = 3}).channels.size(), 4u);
  EXPECT_EQ(make_schedule({.algorithm = Algorithm::tree, .ranks = 5, .channels = 4}).channels.size(), 4u);
}

// ---- hierarchical ----

/// Chunks that leave the busiest group.
int sent_by_a_group(const Schedule& schedule, int group_size) {
  std::map<int, int> sent;
  for (const Channel& channel : schedule.channels) {
    for (const Round& round : channel.rounds) {
      for (const Transfer& transfer : round.transfers) {
        if (transfer.source / group_size == transfer.target / group_size) continue;
        for (const ChunkRange& range : transfer.chunks) sent[transfer.source / group_size] += range.count;
      }
    }
  }
  int most = 0;
  for (const auto& [group, chunks] : sent) most = std::max(most, chunks);
  return most;
}

TEST(Hierarchical, SendsBetweenGroupsWhatTheirNumberDemandsAndNoMore) {
  constexpr int kGroup = 4;
  for (const int groups : {2, 3, 8}) {
    const int ranks = groups * kGroup;
    const auto schedule = [&](Collective collective) {
      return make_schedule(
          {.collective = collective, .algorithm = Algorithm::hierarchical, .ranks = ranks, .group_size = kGroup});
    };
    EXPECT_EQ(sent_by_a_group(schedule(Collective::all_reduce), kGroup), 2 * (groups - 1) * kGroup);  // of ranks pieces
    EXPECT_EQ(sent_by_a_group(schedule(Collective::reduce_scatter), kGroup), (groups - 1) * kGroup);
    EXPECT_EQ(sent_by_a_group(schedule(Collective::all_gather), kGroup), (groups - 1) * kGroup);
    EXPECT_EQ(sent_by_a_group(schedule(Collective::broadcast), kGroup), kGroup);  // the vector once
    EXPECT_EQ(sent_by_a_group(schedule(Collective::all_to_all), kGroup), kGroup * (groups - 1) * kGroup);
  }
}

TEST(Hierarchical, TalksAcrossGroupsOnlyAlongItsRail) {
  for (const Collective collective : {Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather,
                                      Collective::broadcast, Collective::all_to_all}) {
    const Schedule schedule = make_schedule(
        {.collective = collective, .algorithm = Algorithm::hierarchical, .ranks = 12, .root = 5, .group_size = 4});
    for (const Round& round : schedule.channels[0].rounds) {
      for (const Transfer& transfer : round.transfers) {
        if (transfer.source / 4 == transfer.target / 4) continue;
        EXPECT_EQ(transfer.source % 4, transfer.target % 4) << name_of(collective);
      }
    }
  }
}

TEST(Hierarchical, NeedsTheRoundsOfItsTwoLevelsAndTheLeastBytes) {
  for (const int group_size : {1, 2, 4, 8}) {
    for (const int groups : {1, 2, 3, 5}) {
      const int ranks = group_size * groups;
      const auto volume = [&](Collective collective) {
        return prove(make_schedule({.collective = collective,
                                    .algorithm = Algorithm::hierarchical,
                                    .ranks = ranks,
                                    .group_size = group_size}))
            .volume;
      };
      const auto both = static_cast<std::uint64_t>(group_size - 1 + groups - 1);
      const auto least = static_cast<std::uint64_t>(ranks - 1);
      EXPECT_EQ(volume(Collective::all_reduce).rounds, 2 * both);
      EXPECT_EQ(volume(Collective::all_reduce).max_sent_chunks, 2 * least);
      EXPECT_EQ(volume(Collective::reduce_scatter).rounds, both);
      EXPECT_EQ(volume(Collective::reduce_scatter).max_sent_chunks, least);
      EXPECT_EQ(volume(Collective::all_gather).rounds, both);
      EXPECT_EQ(volume(Collective::all_gather).max_sent_chunks, least);
      EXPECT_EQ(volume(Collective::all_to_all).rounds, both);
      EXPECT_EQ(volume(Collective::broadcast).rounds, both + (group_size > 1 ? 1 : 0));
    }
  }
}

}  // namespace
}  // namespace muster
