// SPDX-License-Identifier: Apache-2.0
// Hosts come out of a hostfile as they are written, and stand in the order of the fabric.
#include "benchmarks/hostfile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace muster {
namespace {

std::vector<std::string> names(const std::vector<HostSlots>& hosts) {
  std::vector<std::string> names;
  for (const HostSlots& host : hosts) names.push_back(host.host);
  return names;
}

TEST(Hostfile, SlotsCommentsAndEmptyLinesAreRead) {
  const auto hosts = parse_hostfile("# racks\nnode1 slots=8\n\nnode2  slots=4 max_slots=9 # old\nnode3\n", "hosts");
  EXPECT_THAT(names(hosts), testing::ElementsAre("node1", "node2", "node3"));
  EXPECT_EQ(slots_of(hosts), 13);
  EXPECT_EQ(most_slots(hosts), 8);
  EXPECT_EQ(to_text(hosts), "node1 slots=8\nnode2 slots=4\nnode3 slots=1\n");
}

TEST(Hostfile, HostsStandInTheOrderOfTheFabricAndUnknownOnesLast) {
  const auto hosts = ordered({{"far", 1}, {"b", 2}, {"a", 1}, {"near", 1}}, {"a", "b", "c", "near"});
  EXPECT_THAT(names(hosts), testing::ElementsAre("a", "b", "near", "far"));
  EXPECT_EQ(hosts[1].slots, 2);
}

TEST(Hostfile, WhatIsNoNumberOfSlotsIsRefusedWithItsLine) {
  for (const char* text :
       {"a\nb slots=0\n", "a\nb slots=-3\n", "a\nb slots=8x\n", "a\nb slots=\n", "a\nb slots=9999999\n"}) {
    try {
      parse_hostfile(text, "hosts");
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("hosts:2")) << text;
    }
  }
  EXPECT_THROW(parse_hostfile("# nobody\n", "hosts"), Error);
}

}  // namespace
}  // namespace muster
