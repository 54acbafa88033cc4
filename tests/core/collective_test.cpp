// SPDX-License-Identifier: Apache-2.0
// Words: each enum's names, their way back, and what an unknown word is told.
#include "core/collective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/element_type.hpp"
#include "core/error.hpp"
#include "core/pattern.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Words, Are_written_as_files_and_nccl_tests_write_them) {
  EXPECT_EQ(name_of(Collective::all_reduce), "all_reduce");
  EXPECT_EQ(name_of(Collective::send_recv), "send_recv");
  EXPECT_EQ(name_of(Algorithm::native), "native");
  EXPECT_EQ(name_of(Algorithm::halving_doubling), "halving_doubling");
  EXPECT_EQ(name_of(Algorithm::bruck), "bruck");
  EXPECT_EQ(name_of(TransportKind::threads), "threads");
  EXPECT_EQ(name_of(TransportKind::cuda), "cuda");
  EXPECT_EQ(name_of(Placement::in_place), "in_place");
  EXPECT_EQ(name_of(Cadence::streaming), "streaming");
  EXPECT_EQ(name_of(ElementType::float16), "half");
  EXPECT_EQ(name_of(Pattern::zeros), "zeros");
  EXPECT_EQ(name_of(MemoryAccess::add), "add");
}

// Every value between the first and the last one survives the way to its name and back.
template <typename Enum, typename Parse>
void expect_round_trip(Enum last, Parse parse) {
  for (int value = 0; value <= static_cast<int>(last); ++value) {
    EXPECT_EQ(parse(name_of(static_cast<Enum>(value))), static_cast<Enum>(value)) << name_of(static_cast<Enum>(value));
  }
}

TEST(Words, Every_name_parses_back_to_its_value) {
  expect_round_trip(Collective::scatter, parse_collective);
  expect_round_trip(Algorithm::bruck, parse_algorithm);
  expect_round_trip(TransportKind::cuda, parse_transport);
  expect_round_trip(Placement::in_place, parse_placement);
  expect_round_trip(Cadence::streaming, parse_cadence);
  expect_round_trip(ElementType::bfloat16, parse_element_type);
  expect_round_trip(Pattern::zeros, parse_pattern);
  expect_round_trip(MemoryAccess::add, parse_memory_access);
}

TEST(Words, An_unknown_word_is_told_all_accepted_ones) {
  EXPECT_THAT([] { parse_cadence("steady"); },
              ThrowsMessage<Error>("unknown cadence \"steady\": use one of isolated, streaming"));
  EXPECT_THAT(
      [] { parse_element_type("float16"); },
      ThrowsMessage<Error>(HasSubstr("int8, uint8, int32, uint32, int64, uint64, half, float, double, bfloat16")));
  EXPECT_THAT([] { parse_collective(""); }, ThrowsMessage<Error>(HasSubstr("unknown collective \"\"")));
  EXPECT_THAT([] { parse_algorithm("Ring"); }, ThrowsMessage<Error>(HasSubstr("ring, tree")));
}

TEST(ElementTypes, The_table_is_in_the_order_of_the_enum) {
  for (const ElementTypeInfo& row : kElementTypes) EXPECT_EQ(info(row.type).name, row.name);
}

TEST(Collectives, Those_that_sum_are_known) {
  EXPECT_TRUE(reduces(Collective::all_reduce));
  EXPECT_TRUE(reduces(Collective::reduce_scatter));
  EXPECT_TRUE(reduces(Collective::reduce));
  EXPECT_FALSE(reduces(Collective::all_gather));
  EXPECT_FALSE(reduces(Collective::broadcast));
}

TEST(Collectives, Those_with_a_root_are_known) {
  EXPECT_TRUE(has_root(Collective::broadcast));
  EXPECT_TRUE(has_root(Collective::gather));
  EXPECT_TRUE(has_root(Collective::scatter));
  EXPECT_FALSE(has_root(Collective::all_gather));
}

TEST(Collectives, Bus_bandwidth_factors_are_those_of_nccl_tests) {
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::all_reduce, 8), 1.75);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::all_reduce, 2), 1.0);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::all_gather, 8), 0.875);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::reduce_scatter, 4), 0.75);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::all_to_all, 8), 0.875);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::all_to_allv, 8), 0.875);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::broadcast, 8), 1.0);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::reduce, 8), 1.0);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::send_recv, 8), 1.0);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::gather, 8), 0.875);
  EXPECT_DOUBLE_EQ(busbw_factor(Collective::scatter, 8), 0.875);
}

TEST(Collectives, One_rank_has_no_bus) {
  EXPECT_EQ(busbw_factor(Collective::all_reduce, 1), 0);
  EXPECT_EQ(busbw_factor(Collective::all_to_all, 1), 0);
  EXPECT_EQ(busbw_factor(Collective::broadcast, 1), 1);
}

}  // namespace
}  // namespace muster
