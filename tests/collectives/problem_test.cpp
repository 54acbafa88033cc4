// SPDX-License-Identifier: Apache-2.0
// The layout of every collective, against NCCL's definitions written out by hand for small cases.
#include "collectives/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "core/error.hpp"

namespace muster {

void PrintTo(const ElementRange& range, std::ostream* out) { *out << range.first << " + " << range.count; }
bool operator==(const ElementRange& a, const ElementRange& b) { return a.first == b.first && a.count == b.count; }

namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::array kCollectives = {Collective::all_reduce, Collective::all_gather,  Collective::reduce_scatter,
                                     Collective::all_to_all, Collective::all_to_allv, Collective::broadcast,
                                     Collective::reduce,     Collective::send_recv,   Collective::gather,
                                     Collective::scatter};

Problem problem_of(Collective collective, int ranks, std::uint64_t count) {
  Problem problem{.collective = collective, .ranks = ranks, .count = count};
  if (collective == Collective::all_to_allv) {
    for (int entry = 0; entry < ranks * ranks; ++entry) problem.traffic.push_back(count + static_cast<unsigned>(entry));
  }
  return problem;
}

TEST(Problem, HasTheSizeThatNcclTestsReports) {
  const auto bytes = [](Collective collective) { return size_of(problem_of(collective, 3, 10)).value; };
  EXPECT_EQ(bytes(Collective::all_reduce), 40u);
  EXPECT_EQ(bytes(Collective::broadcast), 40u);
  EXPECT_EQ(bytes(Collective::reduce), 40u);
  EXPECT_EQ(bytes(Collective::send_recv), 40u);
  EXPECT_EQ(bytes(Collective::all_gather), 120u);
  EXPECT_EQ(bytes(Collective::reduce_scatter), 120u);
  EXPECT_EQ(bytes(Collective::all_to_all), 120u);
  EXPECT_EQ(bytes(Collective::gather), 120u);
  EXPECT_EQ(bytes(Collective::scatter), 120u);
}

TEST(Problem, HasTheSizeOfTheBusiestRankInAllToAllv) {
  const Problem mostly_received{.collective = Collective::all_to_allv, .ranks = 2, .traffic = {1, 5, 2, 7}};
  EXPECT_EQ(size_of(mostly_received).value, 12u * 4);  // rank 1 receives 5 + 7 elements and sends 2 + 7
  const Problem mostly_sent{.collective = Collective::all_to_allv, .ranks = 2, .traffic = {9, 9, 1, 1}};
  EXPECT_EQ(size_of(mostly_sent).value, 18u * 4);
}

TEST(Problem, OfASizeIsTheLargestThatFits) {
  for (const Collective collective : kCollectives) {
    for (const std::uint64_t size : {0u, 3u, 4u, 100u, 1u << 20}) {
      const Problem problem = problem_of_size(collective, 3, {size}, ElementType::float32);
      EXPECT_LE(size_of(problem).value, size) << name_of(collective);
      Problem larger = problem;
      ++larger.count;
      for (std::uint64_t& elements : larger.traffic) ++elements;
      EXPECT_GT(size_of(larger).value, size) << name_of(collective);
    }
  }
}

TEST(Problem, RefusesSizesAndRanksBeyondCounting) {
  const Problem huge = problem_of(Collective::all_gather, 3, std::numeric_limits<std::uint64_t>::max() / 4);
  EXPECT_THAT([&] { size_of(huge); }, ThrowsMessage<Error>(HasSubstr("does not fit in 64 bits")));
  Problem traffic{.collective = Collective::all_to_allv, .ranks = 1, .traffic = {1ull << 63}};
  EXPECT_THAT([&] { size_of(traffic); }, ThrowsMessage<Error>(HasSubstr("does not fit in 64 bits")));
  traffic = {.collective = Collective::all_to_allv, .ranks = 2, .type = ElementType::int8};
  traffic.traffic = {1ull << 63, 1ull << 63, 0, 0};
  EXPECT_THAT([&] { size_of(traffic); }, ThrowsMessage<Error>(HasSubstr("does not fit in 64 bits")));
  EXPECT_THAT([] { block_count(Collective::all_to_all, kMaxRanks + 1); },
              ThrowsMessage<Error>(HasSubstr("32769 ranks")));
  EXPECT_THAT([] { block_count(Collective::all_reduce, 0); }, ThrowsMessage<Error>(HasSubstr("0 ranks")));
}

TEST(Problem, NamesWhoContributesAndWhoNeedsABlock) {
  const Problem gather = problem_of(Collective::all_gather, 3, 10);
  EXPECT_TRUE(contributes(gather, 2, 2));
  EXPECT_FALSE(contributes(gather, 1, 2));
  EXPECT_TRUE(needs(gather, 1, 2));
  const Problem scatter = problem_of(Collective::reduce_scatter, 3, 10);
  EXPECT_TRUE(contributes(scatter, 1, 2));
  EXPECT_TRUE(needs(scatter, 2, 2));
  EXPECT_FALSE(needs(scatter, 1, 2));
  const Problem shift = problem_of(Collective::send_recv, 3, 10);
  EXPECT_TRUE(contributes(shift, 2, 2));
  EXPECT_TRUE(needs(shift, 0, 2));
  EXPECT_FALSE(needs(shift, 2, 2));
  const Problem exchange = problem_of(Collective::all_to_all, 3, 10);
  EXPECT_TRUE(contributes(exchange, 1, 1 * 3 + 2));
  EXPECT_TRUE(needs(exchange, 2, 1 * 3 + 2));
  EXPECT_FALSE(needs(exchange, 1, 1 * 3 + 2));
}

TEST(Problem, GivesBroadcastOneSourceAndReduceOneTarget) {
  Problem broadcast = problem_of(Collective::broadcast, 3, 10);
  broadcast.root = 1;
  EXPECT_TRUE(contributes(broadcast, 1, 0));
  EXPECT_FALSE(contributes(broadcast, 0, 0));
  EXPECT_TRUE(needs(broadcast, 1, 0));
  EXPECT_EQ(input_count(broadcast, 0), 0u);
  EXPECT_EQ(input_count(broadcast, 1), 10u);
  EXPECT_EQ(output_count(broadcast, 0), 10u);
  Problem reduce = problem_of(Collective::reduce, 3, 10);
  reduce.root = 2;
  EXPECT_TRUE(contributes(reduce, 0, 0));
  EXPECT_FALSE(needs(reduce, 0, 0));
  EXPECT_TRUE(needs(reduce, 2, 0));
  EXPECT_EQ(output_count(reduce, 0), 0u);
  EXPECT_EQ(output_count(reduce, 2), 10u);
}

TEST(Problem, GivesGatherOneTargetAndScatterOneSourceForABlockOfEachRank) {
  Problem gather = problem_of(Collective::gather, 3, 10);
  gather.root = 1;
  EXPECT_TRUE(contributes(gather, 2, 2));
  EXPECT_FALSE(contributes(gather, 1, 2));
  EXPECT_TRUE(needs(gather, 1, 2));
  EXPECT_FALSE(needs(gather, 2, 2));
  EXPECT_EQ(input_count(gather, 0), 10u);
  EXPECT_EQ(output_count(gather, 0), 0u);
  EXPECT_EQ(output_count(gather, 1), 30u);
  EXPECT_EQ(output_range(gather, 1, 2), (ElementRange{20, 10}));
  EXPECT_EQ(in_place_offsets(gather, 1)->input_offset, 10u);
  Problem scatter = problem_of(Collective::scatter, 3, 10);
  scatter.root = 1;
  EXPECT_TRUE(contributes(scatter, 1, 2));
  EXPECT_FALSE(contributes(scatter, 2, 2));
  EXPECT_TRUE(needs(scatter, 2, 2));
  EXPECT_EQ(input_count(scatter, 0), 0u);
  EXPECT_EQ(input_count(scatter, 1), 30u);
  EXPECT_EQ(output_count(scatter, 0), 10u);
  EXPECT_EQ(input_range(scatter, 1, 2), (ElementRange{20, 10}));
  EXPECT_EQ(in_place_offsets(scatter, 1)->output_offset, 10u);
}

TEST(Problem, LaysBlocksOutInRankOrder) {
  EXPECT_EQ(output_range(problem_of(Collective::all_gather, 3, 10), 0, 2), (ElementRange{20, 10}));
  EXPECT_EQ(input_range(problem_of(Collective::all_gather, 3, 10), 2, 2), (ElementRange{0, 10}));
  EXPECT_EQ(input_range(problem_of(Collective::reduce_scatter, 3, 10), 0, 2), (ElementRange{20, 10}));
  EXPECT_EQ(output_range(problem_of(Collective::reduce_scatter, 3, 10), 2, 2), (ElementRange{0, 10}));
  EXPECT_EQ(input_range(problem_of(Collective::all_to_all, 3, 10), 1, 5), (ElementRange{20, 10}));
  EXPECT_EQ(output_range(problem_of(Collective::all_to_all, 3, 10), 2, 5), (ElementRange{10, 10}));
}

TEST(Problem, PacksUnequalBlocksOfAllToAllvWithoutGaps) {
  const Problem problem{.collective = Collective::all_to_allv, .ranks = 2, .traffic = {1, 5, 2, 7}};
  EXPECT_EQ(input_range(problem, 0, 1), (ElementRange{1, 5}));   // after the 1 for itself
  EXPECT_EQ(output_range(problem, 1, 3), (ElementRange{5, 7}));  // after the 5 from rank 0
  EXPECT_EQ(output_range(problem, 0, 2), (ElementRange{1, 2}));
}

TEST(Problem, CoversBothBuffersExactlyOnceWithItsBlocks) {
  for (const Collective collective : kCollectives) {
    const Problem problem = problem_of(collective, 4, 5);
    for (int rank = 0; rank < problem.ranks; ++rank) {
      std::vector<int> inputs(input_count(problem, rank));
      std::vector<int> outputs(output_count(problem, rank));
      const auto mark = [](std::vector<int>& elements, const ElementRange& range) {
        for (std::uint64_t i = 0; i < range.count; ++i) ++elements.at(range.first + i);
      };
      for (int block = 0; block < block_count(collective, problem.ranks); ++block) {
        if (contributes(problem, rank, block)) mark(inputs, input_range(problem, rank, block));
        if (needs(problem, rank, block)) mark(outputs, output_range(problem, rank, block));
      }
      EXPECT_THAT(inputs, testing::Each(1)) << name_of(collective);
      EXPECT_THAT(outputs, testing::Each(1)) << name_of(collective);
    }
  }
}

TEST(Problem, InPlaceLetsInputAndOutputMeetInTheRanksOwnBlock) {
  for (const Collective collective : kCollectives) {
    const Problem problem = problem_of(collective, 3, 10);
    const std::optional<InPlace> offsets = in_place_offsets(problem, 2);
    const bool exists = collective != Collective::all_to_all && collective != Collective::all_to_allv &&
                        collective != Collective::send_recv;
    EXPECT_EQ(offsets.has_value(), exists) << name_of(collective);
    if (!offsets) continue;
    EXPECT_EQ(offsets->input_offset, collective == Collective::all_gather ? 20u : 0u);
    EXPECT_EQ(offsets->output_offset, collective == Collective::reduce_scatter ? 20u : 0u);
  }
}

TEST(Pieces, CoverTheRangeExactlyAndInOrder) {
  for (const ElementType type : {ElementType::int8, ElementType::float32, ElementType::float64}) {
    for (const std::uint64_t count : {0u, 1u, 7u, 63u, 64u, 65u, 1000u, 4096u, 100003u}) {
      for (const int pieces : {1, 2, 3, 7, 64}) {
        std::uint64_t next = 11;
        for (int piece = 0; piece < pieces; ++piece) {
          const ElementRange part = piece_of({11, count}, piece, pieces, type);
          EXPECT_EQ(part.first, next);
          next += part.count;
        }
        EXPECT_EQ(next, 11 + count);
      }
    }
  }
}

TEST(Pieces, DifferByAtMostOneCacheLine) {
  for (const std::uint64_t count : {1u, 7u, 1000u, 1024u, 4097u, 100003u}) {
    for (const int pieces : {2, 3, 7, 64}) {
      std::vector<std::uint64_t> sizes;
      for (int piece = 0; piece < pieces; ++piece) {
        sizes.push_back(piece_of({0, count}, piece, pieces, ElementType::float32).count);
      }
      const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
      EXPECT_LE(*most - *least, 16u) << count << " in " << pieces;
      if (count < 16u * static_cast<unsigned>(pieces)) {
        const bool by_element = (count + 15) / 16 < static_cast<unsigned>(pieces);
        EXPECT_LE(*most - *least, by_element ? 1u : 16u);
      }
    }
  }
}

TEST(Pieces, ShareNoCacheLineWhenThereIsOneForEach) {
  for (int piece = 0; piece < 7; ++piece) {
    EXPECT_EQ(piece_of({0, 1003}, piece, 7, ElementType::float32).first % 16, 0u);
    EXPECT_EQ(piece_of({0, 1003}, piece, 7, ElementType::float16).first % 32, 0u);
  }
}

}  // namespace
}  // namespace muster
