// SPDX-License-Identifier: Apache-2.0
// Expectations from a run made by hand, with numbers that can be followed on paper.
#include "benchmarks/expectation.hpp"

#include <gtest/gtest.h>

#include "topology/memory_limits.hpp"

namespace muster {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

class Expecting : public testing::Test {
 protected:
  Expecting() {
    plan.ranks = 2;
    run.headers.push_back({});
    run.headers.front().hosts = {"a", "a"};
    run.headers.front().ranks = 2;
  }

  Case& add(Case item, double seconds, double bytes, double flops = 0) {
    item.id = case_id(item);
    Record record;
    record.case_id = item.id;
    record.ranks = 2;
    record.bytes = Bytes{static_cast<std::uint64_t>(bytes)};
    record.flops = Flops{flops};
    record.seconds = {seconds, seconds * 1.5, seconds * 1.5};
    run.records.push_back(record);
    plan.cases.push_back(item);
    return plan.cases.back();
  }

  /// 10 GB/s of any access, for every working set.
  void add_memory_rates() {
    for (const MemoryAccess access : {MemoryAccess::read, MemoryAccess::write, MemoryAccess::copy}) {
      Case item;
      item.family = Family::memory;
      item.access = access;
      item.size = Bytes{kMiB};
      add(item, 1e-3, 1e7);
    }
  }

  static Case collective(Collective kind, Algorithm algorithm, TransportKind transport, std::uint64_t size) {
    Case item;
    item.collective = kind;
    item.algorithm = algorithm;
    item.transport = transport;
    item.size = Bytes{size};
    return item;
  }

  Plan plan;
  muster::Run run;
  Topology topology;
};

TEST_F(Expecting, AnAllReduceIsBoundedByItsReadsAndWrites) {
  add_memory_rates();
  const std::string id =
      add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::shm, 64 * kMiB), 1, 64.0 * kMiB).id;
  const Expectation found = expectations_of(plan, run, topology).at(id);
  ASSERT_TRUE(found.limit);
  // Each rank reads 64 MiB and writes 64 MiB at 10 GB/s in all: the best sample of the ceiling counts.
  EXPECT_NEAR(found.limit->time.value, 2.0 * 64 * kMiB / 1e10 / kSharingAllowance, 1e-9);
  EXPECT_FALSE(found.prediction);
  EXPECT_NE(found.unknown, "");
}

TEST_F(Expecting, APredictionIsRoundsAndBytesOnTheTransfersOfItsTransport) {
  add(collective(Collective::send_recv, Algorithm::ring, TransportKind::shm, 8), 1e-6, 8);
  add(collective(Collective::send_recv, Algorithm::ring, TransportKind::shm, 64 * kMiB), 1e-2, 64.0 * kMiB);
  const std::string id =
      add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::shm, 64 * kMiB), 1, 64.0 * kMiB).id;
  const Expectation found = expectations_of(plan, run, topology).at(id);
  ASSERT_TRUE(found.prediction);
  // Two rounds; half the vector is received in each; medians are 1.5 times the best sample.
  EXPECT_NEAR(found.prediction->time.value, 1.5e-2 + 1.5e-6, 1e-6);
}

TEST_F(Expecting, ALibraryIsExpectedToBeAsGoodAsTheBestSchedule) {
  add(collective(Collective::send_recv, Algorithm::ring, TransportKind::mpi, 8), 1e-6, 8);
  add(collective(Collective::send_recv, Algorithm::ring, TransportKind::mpi, kMiB), 1e-4, kMiB);
  const std::string tree =
      add(collective(Collective::all_reduce, Algorithm::tree, TransportKind::mpi, kMiB), 1, kMiB).id;
  const std::string ring =
      add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::mpi, kMiB), 1, kMiB).id;
  const std::string native =
      add(collective(Collective::all_reduce, Algorithm::native, TransportKind::mpi, kMiB), 1, kMiB).id;
  const Expectations found = expectations_of(plan, run, topology);
  EXPECT_LE(found.at(native).prediction->time.value, found.at(tree).prediction->time.value);
  EXPECT_LE(found.at(native).prediction->time.value, found.at(ring).prediction->time.value);
}

TEST_F(Expecting, AMatmulIsBoundedByItsPeakOrByItsMemory) {
  add_memory_rates();
  Case peak;
  peak.family = Family::peak;
  add(peak, 1e-3, 0, 1e8);  // 100 GFLOP/s
  Case product;
  product.family = Family::matmul;
  product.m = product.n = product.k = 1000;
  const std::string square = add(product, 1, 0, 2e9).id;
  product.k = 1;
  const std::string outer = add(product, 1, 0, 2e6).id;
  const Expectations found = expectations_of(plan, run, topology);
  EXPECT_NEAR(found.at(square).limit->time.value, 2e-2, 1e-9);
  EXPECT_EQ(found.at(square).limit->binds, "multiply-add peak");
  EXPECT_NEAR(found.at(outer).limit->time.value, 4.0 * (1000 + 1000 + 1e6) / 1e10, 1e-9);
}

TEST_F(Expecting, AnOverlapIsBoundedByTheLongerOfItsHalves) {
  add_memory_rates();
  Case peak;
  peak.family = Family::peak;
  peak.type = ElementType::bfloat16;
  add(peak, 1e-3, 0, 1e8);  // 100 GFLOP/s
  Case pair = collective(Collective::all_reduce, Algorithm::ring, TransportKind::shm, 64 * kMiB);
  pair.family = Family::overlap;
  pair.m = pair.n = pair.k = 512;
  pair.products = 1;
  const std::string by_links = add(pair, 1, 64.0 * kMiB).id;
  pair.products = 10;
  const std::string by_products = add(pair, 1, 64.0 * kMiB).id;
  const Expectations found = expectations_of(plan, run, topology);
  ASSERT_TRUE(found.at(by_links).limit);
  EXPECT_NEAR(found.at(by_links).limit->time.value, 2.0 * 64 * kMiB / 1e10 / kSharingAllowance, 1e-9);
  ASSERT_TRUE(found.at(by_products).limit);
  EXPECT_NEAR(found.at(by_products).limit->time.value, 10 * 2.0 * 512 * 512 * 512 / 1e11, 1e-9);
  EXPECT_FALSE(found.at(by_products).prediction);
}

TEST_F(Expecting, RanksOnSeveralHostsHaveNoLimitFromMemory) {
  add_memory_rates();
  run.headers.front().hosts = {"a", "b"};
  const std::string id = add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::mpi, kMiB), 1, kMiB).id;
  const Expectation found = expectations_of(plan, run, topology).at(id);
  EXPECT_FALSE(found.limit);
  EXPECT_NE(found.unknown, "");
}

/// Hosts "a" and "b", each with a NIC of 1 GB/s.
Topology two_hosts() {
  Topology topology;
  const int leaf = add_device(topology, {.id = "leaf", .kind = DeviceKind::network_switch});
  for (const std::string host : {"a", "b"}) {
    const int cpu = add_device(topology, {.id = host + "/cpu0", .kind = DeviceKind::cpu, .host = host});
    const int nic = add_device(topology, {.id = host + "/nic", .kind = DeviceKind::nic, .host = host});
    join(topology, cpu, nic, {.kind = LinkKind::pcie, .capacity = unknown_rate("")});
    join(topology, nic, leaf, {.kind = LinkKind::infiniband, .capacity = stated_rate({1e9}, "test")});
  }
  return topology;
}

TEST_F(Expecting, RanksOfTwoHostsAreBoundedByWhatJoinsThem) {
  add_memory_rates();
  const std::string id = add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::mpi, kMiB), 1, kMiB).id;
  run.headers.front().hosts = {"a", "b"};
  topology = two_hosts();
  const Expectation found = expectations_of(plan, run, topology).at(id);
  ASSERT_TRUE(found.limit.has_value()) << found.unknown;
  EXPECT_NEAR(found.limit->time.value, static_cast<double>(kMiB) / 1e9, 1e-9);  // each host must receive a whole vector
}

TEST_F(Expecting, RanksOfHostsThatNobodyDescribedHaveNoLimitAndItSaysWhatToDo) {
  add_memory_rates();
  const std::string id = add(collective(Collective::all_reduce, Algorithm::ring, TransportKind::mpi, kMiB), 1, kMiB).id;
  run.headers.front().hosts = {"a", "c"};
  topology = two_hosts();
  const Expectation found = expectations_of(plan, run, topology).at(id);
  EXPECT_FALSE(found.limit.has_value());
  EXPECT_NE(found.unknown.find("--topology"), std::string::npos) << found.unknown;
}

}  // namespace
}  // namespace muster
