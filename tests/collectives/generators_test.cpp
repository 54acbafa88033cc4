// SPDX-License-Identifier: Apache-2.0
// Every generator is proven for 1 to 33 ranks; what make_schedule() refuses. Bytes and rounds: closed_forms_test.cpp.
#include "collectives/generators.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "collectives/problem.hpp"
#include "collectives/proof.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kMaxTestedRanks = 33;  // 2^5 + 1: every shape of the power-of-two algorithms, twice over

std::string label(const ScheduleRequest& request) {
  return std::string(name_of(request.algorithm)) + " " + std::string(name_of(request.collective)) + " of " +
         std::to_string(request.ranks) + " ranks, " + std::to_string(request.channels) + " channels, root " +
         std::to_string(request.root) + ", groups of " + std::to_string(request.group_size);
}

std::set<int> roots_to_try(Collective collective, int ranks) {
  if (collective != Collective::broadcast && collective != Collective::reduce) return {0};
  return {0, ranks / 2, ranks - 1};
}

std::set<int> group_sizes_to_try(Algorithm algorithm, int ranks) {
  if (algorithm != Algorithm::hierarchical) return {1};
  return {1, std::min(2, ranks), std::min(3, ranks), std::min(8, ranks), (ranks + 1) / 2, ranks};
}

/// Calls check(request) for all roots and group sizes that make a difference.
void for_each_request(const GeneratorEntry& entry, int ranks, int channels,
                      const std::function<void(const ScheduleRequest&)>& check) {
  for (const int root : roots_to_try(entry.collective, ranks)) {
    for (const int group_size : group_sizes_to_try(entry.algorithm, ranks)) {
      check({entry.collective, entry.algorithm, ranks, channels, root, group_size});
    }
  }
}

class EveryGenerator : public testing::TestWithParam<GeneratorEntry> {};

INSTANTIATE_TEST_SUITE_P(OfTheTable, EveryGenerator,
                         testing::ValuesIn(generator_table().begin(), generator_table().end()), [](const auto& test) {
                           return std::string(name_of(test.param.algorithm)) + "_" +
                                  std::string(name_of(test.param.collective));
                         });

TEST_P(EveryGenerator, IsProvenFor1To33RanksWith1To4Channels) {
  for (int ranks = 1; ranks <= kMaxTestedRanks; ++ranks) {
    for (const int channels : {1, 2, 4}) {
      for_each_request(GetParam(), ranks, channels, [](const ScheduleRequest& request) {
        EXPECT_EQ(prove(make_schedule(request)).fault, std::nullopt) << label(request);
      });
    }
  }
}

TEST_P(EveryGenerator, GivesASingleRankChannelsWithoutRounds) {
  for (const int channels : {1, 3}) {
    const Schedule schedule =
        make_schedule({.collective = GetParam().collective, .algorithm = GetParam().algorithm, .channels = channels});
    EXPECT_GE(static_cast<int>(schedule.channels.size()), channels);
    for (const Channel& channel : schedule.channels) EXPECT_TRUE(channel.rounds.empty());
  }
}

TEST_P(EveryGenerator, MovesTheSameSharesWithMoreChannels) {
  for (const int ranks : {2, 7, 12}) {
    for_each_request(GetParam(), ranks, 2, [](const ScheduleRequest& two) {
      ScheduleRequest six = two;
      six.channels = 6;
      const Schedule few = make_schedule(two);
      const Schedule many = make_schedule(six);
      EXPECT_EQ(many.pieces, 3 * few.pieces) << label(two);
      EXPECT_EQ(prove(many).volume.max_sent_chunks, 3 * prove(few).volume.max_sent_chunks) << label(two);
      EXPECT_EQ(prove(many).volume.rounds, prove(few).volume.rounds) << label(two);
    });
  }
}

TEST_P(EveryGenerator, LeavesNoRoundEmpty) {
  for (int ranks = 2; ranks <= kMaxTestedRanks; ++ranks) {
    for_each_request(GetParam(), ranks, 1, [](const ScheduleRequest& request) {
      for (const Channel& channel : make_schedule(request).channels) {
        for (const Round& round : channel.rounds) EXPECT_FALSE(round.transfers.empty()) << label(request);
      }
    });
  }
}

TEST_P(EveryGenerator, IsProvenWhereContributionsFillMoreThanOneWordOf64) {
  for (const int ranks : {64, 65, 129}) {
    for_each_request(GetParam(), ranks, 1, [](const ScheduleRequest& request) {
      EXPECT_EQ(prove(make_schedule(request)).fault, std::nullopt) << label(request);
    });
  }
}

TEST(Generators, OfAllGatherAndBroadcastGiveNoRankAChunkTwice) {
  for (const GeneratorEntry& entry : generator_table()) {
    if (entry.collective != Collective::all_gather && entry.collective != Collective::broadcast) continue;
    for (int ranks = 2; ranks <= kMaxTestedRanks; ++ranks) {
      for_each_request(entry, ranks, 1, [](const ScheduleRequest& request) {
        const Schedule schedule = make_schedule(request);
        const int foreign = request.collective == Collective::all_gather ? request.ranks - 1 : schedule.pieces;
        EXPECT_EQ(prove(schedule).volume.max_received_chunks, static_cast<std::uint64_t>(foreign)) << label(request);
      });
    }
  }
}

TEST(Requests, ForAllToAllvUseTheGeneratorsOfAllToAll) {
  EXPECT_EQ(algorithms_of(Collective::all_to_allv), algorithms_of(Collective::all_to_all));
  const Schedule schedule =
      make_schedule({.collective = Collective::all_to_allv, .algorithm = Algorithm::bruck, .ranks = 6});
  EXPECT_EQ(schedule.collective, Collective::all_to_allv);
  EXPECT_EQ(prove(schedule).fault, std::nullopt);
}

TEST(Requests, WithoutAGeneratorNameThoseThereAre) {
  EXPECT_THAT([] { make_schedule({.collective = Collective::broadcast, .algorithm = Algorithm::bruck}); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("no bruck schedule for broadcast"), HasSubstr("use ring, tree, hierarchical"))));
}

TEST(Requests, OutOfRangeAreRefusedWithTheRange) {
  EXPECT_THAT([] { make_schedule({.ranks = 0}); }, ThrowsMessage<Error>(HasSubstr("ranks 0: use 1 to 32768")));
  EXPECT_THAT([] { make_schedule({.channels = 0}); }, ThrowsMessage<Error>(HasSubstr("channels 0")));
  EXPECT_THAT([] { make_schedule({.ranks = 4, .root = 4}); }, ThrowsMessage<Error>(HasSubstr("root 4: use 0 to 3")));
  EXPECT_THAT([] { make_schedule({.ranks = 4, .group_size = 5}); },
              ThrowsMessage<Error>(HasSubstr("group_size 5: use 1 to 4")));
}

TEST(Requests, ForSchedulesBeyondTheMemoryOfAMachineAreRefused) {
  for (const GeneratorEntry& entry : generator_table()) {
    if (entry.collective != Collective::all_reduce && entry.collective != Collective::all_to_all) continue;
    if (entry.algorithm == Algorithm::tree || entry.algorithm == Algorithm::bruck) continue;
    if (entry.algorithm == Algorithm::halving_doubling) continue;  // n log n transfers: these fit
    EXPECT_THAT(
        [&] {
          make_schedule({.collective = entry.collective,
                         .algorithm = entry.algorithm,
                         .ranks = 8192,
                         .channels = 64,
                         .group_size = 8});
        },
        ThrowsMessage<Error>(HasSubstr("use fewer ranks or channels")));
  }
}

TEST(Requests, ThatRangesMultiplyOverChannelsAreRefusedBeforeTheyFillTheMemory) {
  EXPECT_THAT(
      [] {
        make_schedule(
            {.collective = Collective::all_to_all, .algorithm = Algorithm::ring, .ranks = 256, .channels = 8});
      },
      ThrowsMessage<Error>(HasSubstr("more than 8000000 transfers")));
}

}  // namespace
}  // namespace muster
