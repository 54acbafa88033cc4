// SPDX-License-Identifier: Apache-2.0
// Rows of NCCL's tuning model worked out by hand from its formulas (guides of NCCL 2.30.7).
#include "collectives/planner/nccl_model.hpp"

#include <gtest/gtest.h>

#include "tests/rail_machine.hpp"

namespace muster {
namespace {

using enum Collective;

NcclMachine one_h100_host() {
  return {.nodes = 1, .ranks = 8, .compute_capability = 90, .ring = {12, {30e9}, {30e9}}, .nvls = {8, {40e9}, {}}};
}

NcclMachine sixteen_a100_hosts() {
  return {.nodes = 16, .ranks = 128, .compute_capability = 80, .ring = {16, {10e9}, {10e9}}};
}

double microseconds(const NcclMachine& machine, Collective collective, Bytes size, const std::string& name) {
  for (const NcclChoice& choice : nccl_times(machine, collective, size)) {
    if (choice.name() == name) return choice.time.value * 1e6;
  }
  return -1;
}

TEST(NcclModel, OfOneHostGivesTheRowsWorkedOutByHand) {
  const Bytes size{1'000'000};
  // Ring: 14 steps inside; algbw = bus x 8/14.
  EXPECT_NEAR(microseconds(one_h100_host(), all_reduce, size, "Ring/Simple"), 8.4 + 14 * 3.4 + 1000 / (360 * 8. / 14),
              1e-9);
  EXPECT_NEAR(microseconds(one_h100_host(), all_reduce, size, "Ring/LL"), 6.6 + 14 * 0.6 + 1000 / (141 * 8. / 14),
              1e-9);
  EXPECT_NEAR(microseconds(one_h100_host(), all_reduce, size, "Ring/LL128"),
              14 + 14 * 1.9 + 1000 / (360 * 0.92 * 8 / 14), 1e-9);
  // Tree: 2 x 7 steps inside; half of bus; 10^6 B / 64 B is between 2^13 and 2^14, where trees reach 0.4 (LL).
  EXPECT_NEAR(microseconds(one_h100_host(), all_reduce, size, "Tree/LL"),
              6.8 + 14 * 0.6 + 1000 / (360 * 0.92 / 3.8 * 0.5 * 0.4), 1e-9);
  // NVLS: 85 % of the heads' rate, less one head in eight, both ways at once.
  EXPECT_NEAR(microseconds(one_h100_host(), all_reduce, size, "NVLS/Simple"),
              25 + 1000 / (8 * 40 * 0.85 * 7 / 8 * 2 * 8. / 14), 1e-9);
}

TEST(NcclModel, OfManyHostsCountsNetworkStepsAndTheirPosts) {
  const Bytes size{std::uint64_t{1} << 30};
  const double bytes = 1073741824.0;
  EXPECT_NEAR(microseconds(sixteen_a100_hosts(), all_reduce, size, "Ring/Simple"),
              1.4 * (8.4 + (254 - 30) * 3.4 + 30 * 14) + bytes / (1000 * 160 * 128. / 254), 1e-6);
  EXPECT_NEAR(microseconds(sixteen_a100_hosts(), all_gather, size, "Ring/LL"),
              6.6 + (127 - 15) * 1.0 + 15 * 2.7 + bytes / (1000 * 19 * 128. / 127), 1e-6);
  EXPECT_NEAR(microseconds(sixteen_a100_hosts(), all_reduce, size, "Tree/Simple"),
              8.4 + 2 * (7 * 4.0 + 4 * 14) + bytes / (1000 * 160 * 0.92 * 0.5), 1e-6);
}

TEST(NcclModel, ChoosesNvlsForLargeAndLatencyForSmallOnOneHost) {
  EXPECT_EQ(nccl_choice(one_h100_host(), all_reduce, {256u << 20})->algorithm, NcclAlgorithm::nvls);
  EXPECT_EQ(nccl_choice(one_h100_host(), all_reduce, {1024})->protocol, NcclProtocol::ll);
  EXPECT_EQ(nccl_choice(sixteen_a100_hosts(), all_reduce, {1u << 16})->algorithm, NcclAlgorithm::tree);
}

TEST(NcclModel, HasNoTimeForCollectivesThatNcclDoesNotTune) {
  EXPECT_EQ(nccl_choice(one_h100_host(), all_to_all, {1u << 20}), std::nullopt);
}

TEST(NcclModel, LeavesLl128OutWhereTheNetworkIsFar) {
  NcclMachine far = sixteen_a100_hosts();
  far.inter = PathType::phb;
  EXPECT_LT(microseconds(far, all_reduce, {1u << 20}, "Ring/LL128"), 0);
  EXPECT_GT(microseconds(sixteen_a100_hosts(), all_reduce, {1u << 20}, "Ring/LL128"), 0);
}

TEST(NcclSearch, FindsTheChannelsOfAnH100Host) {
  const Topology topology = make_rail_machine({.hosts = 1});
  Routes routes(topology);
  const auto machine = nccl_machine_of(topology, routes, shape_of(topology));
  ASSERT_TRUE(machine.has_value());
  EXPECT_EQ(machine->compute_capability, 90);
  EXPECT_EQ(machine->ring.channels, 12);  // 6 x 60 of 370.8 GB/s, run as 12 x 30
  EXPECT_EQ(machine->ring.intra.value, 30e9);
  EXPECT_EQ(machine->intra, PathType::nvl);
}

TEST(NcclSearch, GivesEachNicAChannelBetweenHosts) {
  const Topology topology = make_rail_machine({.hosts = 4});
  Routes routes(topology);
  const auto machine = nccl_machine_of(topology, routes, shape_of(topology));
  ASSERT_TRUE(machine.has_value());
  EXPECT_EQ(machine->nodes, 4);
  EXPECT_EQ(machine->ring.channels, 8);
  EXPECT_EQ(machine->ring.inter.value, 40e9);
}

}  // namespace
}  // namespace muster
