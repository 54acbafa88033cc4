// SPDX-License-Identifier: Apache-2.0
// The proof must find every fault: schedules written wrong by hand, and proven schedules with one change each.
#include "collectives/proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "collectives/generators.hpp"
#include "collectives/problem.hpp"
#include "collectives/rendezvous.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

Transfer copy(int source, int target, std::vector<ChunkRange> chunks) {
  return {.source = source, .target = target, .chunks = std::move(chunks)};
}

Transfer add(int source, int target, std::vector<ChunkRange> chunks) {
  return {.source = source, .target = target, .chunks = std::move(chunks), .combine = Combine::reduce};
}

Schedule schedule_of(Collective collective, int ranks, std::vector<Round> rounds) {
  return {.collective = collective, .ranks = ranks, .channels = {{.rounds = std::move(rounds)}}};
}

std::string fault_of(const Schedule& schedule) { return prove(schedule).fault.value_or("none"); }

TEST(Proof, AcceptsAReduceByHandAndCountsWhatItMoves) {
  const Proof proof = prove(schedule_of(Collective::reduce, 3, {{{add(2, 1, {{0, 1}})}}, {{add(1, 0, {{0, 1}})}}}));
  EXPECT_EQ(proof.fault, std::nullopt);
  EXPECT_EQ(proof.volume.rounds, 2u);
  EXPECT_EQ(proof.volume.max_messages, 1u);
  EXPECT_EQ(proof.volume.max_sent_chunks, 1u);
  EXPECT_EQ(proof.volume.max_received_chunks, 1u);
}

TEST(Proof, NamesWhoSendsWhatItDoesNotHold) {
  const Schedule schedule = schedule_of(Collective::broadcast, 3, {{{copy(2, 1, {{0, 1}})}}, {{copy(0, 2, {{0, 1}})}}});
  EXPECT_EQ(fault_of(schedule), "channel 0 round 0: rank 2 sends chunk 0 which it does not hold");
}

TEST(Proof, NamesWhoAddsToWhatItDoesNotHold) {
  const Schedule schedule = schedule_of(Collective::broadcast, 2, {{{add(0, 1, {{0, 1}})}}});
  EXPECT_EQ(fault_of(schedule), "channel 0 round 0: rank 1 adds to chunk 0 which it does not hold");
}

TEST(Proof, NamesAContributionThatIsAddedTwice) {
  const Schedule schedule =
      schedule_of(Collective::reduce, 3, {{{add(2, 1, {{0, 1}})}}, {{add(2, 0, {{0, 1}})}}, {{add(1, 0, {{0, 1}})}}});
  EXPECT_EQ(fault_of(schedule), "channel 0 round 2: rank 0 adds the contribution of rank 2 to chunk 0 a second time");
}

TEST(Proof, NamesWhatIsMissingAtTheEnd) {
  EXPECT_EQ(fault_of(schedule_of(Collective::reduce, 3, {{{add(2, 0, {{0, 1}})}}})),
            "rank 0 ends without the contribution of rank 1 to chunk 0");
  EXPECT_EQ(fault_of(schedule_of(Collective::broadcast, 3, {{{copy(0, 1, {{0, 1}})}}})), "rank 2 ends without chunk 0");
}

TEST(Proof, FindsAMissingContributionBeyondTheFirst64Ranks) {
  Schedule schedule = schedule_of(Collective::reduce, 130, {});
  for (int rank = 1; rank < 130; ++rank) schedule.channels[0].rounds.push_back({{add(rank, 0, {{0, 1}})}});
  EXPECT_EQ(fault_of(schedule), "none");
  schedule.channels[0].rounds.erase(schedule.channels[0].rounds.begin() + 99);
  EXPECT_EQ(fault_of(schedule), "rank 0 ends without the contribution of rank 100 to chunk 0");
}

TEST(Proof, LetsSeveralTransfersAddToAChunkInOneRoundButOnlyOneReplaceIt) {
  EXPECT_EQ(fault_of(schedule_of(Collective::reduce, 3, {{{add(1, 0, {{0, 1}}), add(2, 0, {{0, 1}})}}})), "none");
  const std::string fault = "channel 0 round 0: rank 2 receives chunk 0 twice";
  EXPECT_EQ(fault_of(schedule_of(Collective::broadcast, 3,
                                 {{{copy(0, 1, {{0, 1}})}}, {{copy(0, 2, {{0, 1}}), copy(1, 2, {{0, 1}})}}})),
            "channel 0 round 1: rank 2 receives chunk 0 twice");
  EXPECT_EQ(fault_of(schedule_of(Collective::all_reduce, 3, {{{copy(0, 2, {{0, 1}}), add(1, 2, {{0, 1}})}}})), fault);
  EXPECT_EQ(fault_of(schedule_of(Collective::all_reduce, 3, {{{add(1, 2, {{0, 1}}), copy(0, 2, {{0, 1}})}}})), fault);
}

TEST(Proof, ReadsWhatWasThereBeforeTheRoundInEitherOrder) {
  // Rank 2 adds to rank 1 while rank 1 adds to rank 0: rank 0 does not get rank 2's contribution.
  const std::string fault = "rank 0 ends without the contribution of rank 2 to chunk 0";
  EXPECT_EQ(fault_of(schedule_of(Collective::reduce, 3, {{{add(1, 0, {{0, 1}}), add(2, 1, {{0, 1}})}}})), fault);
  EXPECT_EQ(fault_of(schedule_of(Collective::reduce, 3, {{{add(2, 1, {{0, 1}}), add(1, 0, {{0, 1}})}}})), fault);
  EXPECT_EQ(fault_of(schedule_of(Collective::all_reduce, 2, {{{add(1, 0, {{0, 1}}), add(0, 1, {{0, 1}})}}})), "none");
}

TEST(Proof, NamesAChunkThatTwoChannelsMove) {
  Schedule schedule = schedule_of(Collective::broadcast, 3, {{{copy(0, 1, {{0, 1}})}}});
  schedule.channels.push_back({{{{copy(0, 2, {{0, 1}})}}}});
  EXPECT_EQ(fault_of(schedule), "chunk 0 is moved by channel 0 and by channel 1");
}

TEST(Proof, RefusesMalformedTransfersWithTheirPlace) {
  const auto fault = [](Transfer transfer) {
    return fault_of(schedule_of(Collective::all_gather, 3, {{}, {{std::move(transfer)}}}));
  };
  EXPECT_EQ(fault(copy(0, 3, {{0, 1}})), "channel 0 round 1: a transfer with rank 3");
  EXPECT_EQ(fault(copy(-1, 0, {{0, 1}})), "channel 0 round 1: a transfer with rank -1");
  EXPECT_EQ(fault(copy(1, 1, {{1, 1}})), "channel 0 round 1: rank 1 sends to itself");
  EXPECT_EQ(fault(copy(0, 1, {})), "channel 0 round 1: rank 0 sends nothing");
  EXPECT_EQ(fault(copy(0, 1, {{0, 4}})), "channel 0 round 1: rank 0 sends chunks 0 + 4 of 3");
  EXPECT_EQ(fault(copy(0, 1, {{2147483647, 2147483647}})),
            "channel 0 round 1: rank 0 sends chunks 2147483647 + 2147483647 of 3");
  EXPECT_EQ(fault(copy(0, 1, {{-1, 1}})), "channel 0 round 1: rank 0 sends chunks -1 + 1 of 3");
  EXPECT_EQ(fault(copy(0, 1, {{0, 0}})), "channel 0 round 1: rank 0 sends chunks 0 + 0 of 3");
  EXPECT_EQ(fault(copy(0, 1, {{1, 1}, {0, 1}})), "channel 0 round 1: rank 0 sends chunk 0 out of order");
  EXPECT_EQ(fault(copy(0, 1, {{0, 2}, {1, 1}})), "channel 0 round 1: rank 0 sends chunk 1 out of order");
}

TEST(Proof, RefusesAMalformedFrame) {
  EXPECT_THAT(fault_of({.ranks = 0}), HasSubstr("0 ranks"));
  EXPECT_THAT(fault_of({.ranks = 2, .root = 2}), HasSubstr("root 2"));
  EXPECT_THAT(fault_of({.ranks = 2, .pieces = 0}), HasSubstr("0 pieces"));
  EXPECT_THAT(fault_of({.collective = Collective::all_gather, .ranks = 2, .pieces = 2147483647}), HasSubstr("pieces"));
}

TEST(Proof, FindsAFaultBehindMoreMovesThanItSortsAtOnce) {
  constexpr int kRanks = 330;  // ring all_to_all: 330 x 330 x 165 moves = 18 million
  Schedule schedule = make_schedule({.collective = Collective::all_to_all, .ranks = kRanks});
  EXPECT_EQ(fault_of(schedule), "none");
  std::vector<Transfer>& last = schedule.channels[0].rounds.back().transfers;
  std::erase_if(last, [](const Transfer& transfer) { return transfer.target == kRanks - 2; });
  EXPECT_EQ(fault_of(schedule), "rank 328 ends without chunk " + std::to_string((kRanks - 1) * kRanks + kRanks - 2));
}

TEST(Rendezvous, EndsWhenBothEndsMeetInEveryStep) {
  EXPECT_FALSE(find_stuck_rank({{{0, 1}, {2}}, {{0}, {2}}, {{1}}}).has_value());
  EXPECT_FALSE(find_stuck_rank({{{}, {0}}, {{0}}}).has_value());
  EXPECT_FALSE(find_stuck_rank({}).has_value());
}

TEST(Rendezvous, NamesTheFirstRankOfACircleThatWaitsForItself) {
  const auto crossed = find_stuck_rank({{{0}, {1}}, {{1}, {0}}});
  ASSERT_TRUE(crossed.has_value());
  EXPECT_EQ(crossed->rank, 0);
  EXPECT_EQ(crossed->step, 0);
  // Rank 0 and 1 meet once, then 1, 2 and 3 wait for each other in a circle.
  const auto circle = find_stuck_rank({{{0}}, {{0}, {1}, {3}}, {{2}, {1}}, {{3}, {2}}});
  ASSERT_TRUE(circle.has_value());
  EXPECT_EQ(circle->rank, 1);
  EXPECT_EQ(circle->step, 1);
}

TEST(Rendezvous, NamesARankWhosePartnerNeverComes) {
  const auto alone = find_stuck_rank({{{0}, {1}}, {{0}}});
  ASSERT_TRUE(alone.has_value());
  EXPECT_EQ(alone->rank, 0);
  EXPECT_EQ(alone->step, 1);
}

TEST(Rendezvous, ProgramsKeepTheRoundsOfAChannelAndSkipThoseWithoutTheRank) {
  const Channel channel{.rounds = {{{copy(0, 1, {{0, 1}}), copy(0, 2, {{0, 1}})}}, {{copy(2, 1, {{0, 1}})}}}};
  EXPECT_EQ(programs_of(channel, 3), (std::vector<RankProgram>{{{0, 1}}, {{0}, {2}}, {{1}, {2}}}));
}

/// A change to one transfer of a schedule; returns false where it does not apply.
struct Mutation {
  const char* name;
  std::function<bool(const Schedule&, Round&, std::size_t transfer)> apply;
};

bool drop(const Schedule&, Round& round, std::size_t transfer) {
  round.transfers.erase(round.transfers.begin() + static_cast<std::ptrdiff_t>(transfer));
  return true;
}

bool duplicate(const Schedule&, Round& round, std::size_t transfer) {
  const Transfer again = round.transfers[transfer];
  round.transfers.push_back(again);
  return true;
}

bool shift_chunk(const Schedule& schedule, Round& round, std::size_t transfer) {
  const int chunks = block_count(schedule.collective, schedule.ranks) * schedule.pieces;
  std::vector<ChunkRange>& ranges = round.transfers[transfer].chunks;
  if (chunks == 1 || ranges.front().count == chunks) return false;
  ranges = {{(ranges.front().first + 1) % chunks, 1}};
  return true;
}

bool shorten(const Schedule&, Round& round, std::size_t transfer) {
  std::vector<ChunkRange>& ranges = round.transfers[transfer].chunks;
  if (ranges.back().count == 1) return false;
  --ranges.back().count;
  return true;
}

bool copy_instead(const Schedule&, Round& round, std::size_t transfer) {
  if (round.transfers[transfer].combine == Combine::copy) return false;
  round.transfers[transfer].combine = Combine::copy;
  return true;
}

bool add_instead(const Schedule&, Round& round, std::size_t transfer) {
  if (round.transfers[transfer].combine == Combine::reduce) return false;
  round.transfers[transfer].combine = Combine::reduce;
  return true;
}

bool turn_round(const Schedule&, Round& round, std::size_t transfer) {
  std::swap(round.transfers[transfer].source, round.transfers[transfer].target);
  return true;
}

class MutatedSchedules : public testing::TestWithParam<Mutation> {};

TEST_P(MutatedSchedules, AreNeverProven) {
  int mutants = 0;
  for (const GeneratorEntry& entry : generator_table()) {
    for (const int ranks : {2, 5, 8}) {
      const Schedule schedule = make_schedule({.collective = entry.collective,
                                               .algorithm = entry.algorithm,
                                               .ranks = ranks,
                                               .channels = 2,
                                               .root = ranks - 1,
                                               .group_size = ranks / 2});
      for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
        for (std::size_t round = 0; round < schedule.channels[channel].rounds.size(); ++round) {
          const std::size_t transfers = schedule.channels[channel].rounds[round].transfers.size();
          for (std::size_t transfer = 0; transfer < transfers; ++transfer) {
            Schedule mutant = schedule;
            if (!GetParam().apply(schedule, mutant.channels[channel].rounds[round], transfer)) continue;
            ++mutants;
            EXPECT_NE(prove(mutant).fault, std::nullopt)
                << name_of(entry.algorithm) << " " << name_of(entry.collective) << " of " << ranks << ": channel "
                << channel << " round " << round << " transfer " << transfer;
          }
        }
      }
    }
  }
  EXPECT_GT(mutants, 100);
}

INSTANTIATE_TEST_SUITE_P(With, MutatedSchedules,
                         testing::Values(Mutation{"ADroppedTransfer", drop}, Mutation{"ADuplicatedTransfer", duplicate},
                                         Mutation{"AnotherChunk", shift_chunk}, Mutation{"AChunkLess", shorten},
                                         Mutation{"ACopyInsteadOfASum", copy_instead},
                                         Mutation{"ASumInsteadOfACopy", add_instead},
                                         Mutation{"SourceAndTargetSwapped", turn_round}),
                         [](const auto& test) { return test.param.name; });

TEST(Proof, FindsSwappedRoundsWhereverARoundBuildsOnTheOneBefore) {
  for (const auto& [collective, algorithm] :
       std::vector<std::pair<Collective, Algorithm>>{{Collective::all_reduce, Algorithm::ring},
                                                     {Collective::all_reduce, Algorithm::halving_doubling},
                                                     {Collective::all_reduce, Algorithm::bruck},
                                                     {Collective::all_gather, Algorithm::ring},
                                                     {Collective::broadcast, Algorithm::ring},
                                                     {Collective::all_to_all, Algorithm::bruck},
                                                     {Collective::all_to_all, Algorithm::ring}}) {
    const Schedule schedule = make_schedule({.collective = collective, .algorithm = algorithm, .ranks = 8});
    for (std::size_t round = 0; round + 1 < schedule.channels[0].rounds.size(); ++round) {
      Schedule mutant = schedule;
      std::swap(mutant.channels[0].rounds[round], mutant.channels[0].rounds[round + 1]);
      EXPECT_NE(prove(mutant).fault, std::nullopt)
          << name_of(algorithm) << " " << name_of(collective) << " with rounds " << round << " and its next swapped";
    }
  }
}

}  // namespace
}  // namespace muster
