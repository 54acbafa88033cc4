// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/injection.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/error.hpp"

namespace muster {
namespace {

TEST(ParseFault, ReadsKindRankAndCases) {
  const Fault fault = parse_fault("kill@12:all_reduce/*");
  EXPECT_EQ(fault.kind, FaultKind::kill);
  EXPECT_EQ(fault.rank, 12);
  EXPECT_EQ(fault.cases, "all_reduce/*");
  EXPECT_EQ(parse_fault("corrupt@0").cases, "*");
}

TEST(ParseFault, RefusesAnythingElse) {
  for (const char* text :
       {"", "kill", "kill@", "kill@x", "kill@1x", "kill@-1", "burn@1", "@1", "kill@:a", "kill:1@2"}) {
    EXPECT_THROW(parse_fault(text), Error) << text;
  }
}

TEST(Injection, ChangesOneWordOfTheFirstMessageAfterEachArming) {
  Injection injection({parse_fault("corrupt@1:a*")}, 1);
  std::array<std::byte, 8> data{};
  injection.tap()->delivered(data, ElementType::float32);
  EXPECT_EQ(data, (std::array<std::byte, 8>{})) << "not armed";
  injection.arm("b");
  injection.tap()->delivered(data, ElementType::float32);
  EXPECT_EQ(data, (std::array<std::byte, 8>{})) << "armed for another case";
  injection.arm("abc");
  injection.tap()->delivered(data, ElementType::float32);
  injection.tap()->delivered(data, ElementType::float32);
  EXPECT_EQ(data[3], std::byte{0x40});
  EXPECT_TRUE(injection.fired());
}

TEST(Injection, LeavesOtherRanksAlone) {
  Injection injection({parse_fault("corrupt@1"), parse_fault("hash@1")}, 0);
  EXPECT_EQ(injection.tap(), nullptr);
  EXPECT_FALSE(injection.changes_hash());
}

}  // namespace
}  // namespace muster
