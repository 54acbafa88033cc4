// SPDX-License-Identifier: Apache-2.0
// Plans of a workload: its products and collectives, what they are judged by, and nothing else.
#include "benchmarks/workload_suite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "benchmarks/suites.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

const Workload kWorkload = {
    .products = {{.m = 128, .n = 256, .k = 64}, {.layout = MatmulLayout::tn, .m = 64, .n = 256, .k = 128}},
    .collectives = {{.size = Bytes{65536}}, {.collective = Collective::send_recv, .size = Bytes{4096}}}};

std::vector<std::string> ids_of(const PlanRequest& request) {
  Topology topology;
  topology.hosts.push_back({});
  topology.hosts.front().memory = Bytes{std::uint64_t{1} << 40};
  const Plan plan = make_plan(request, topology);
  EXPECT_EQ(plan.suite, "training");
  std::vector<std::string> ids;
  for (const Case& item : plan.cases) ids.push_back(item.id);
  return ids;
}

std::vector<Gpu> two_gpus() { return {{.ordinal = 0}, {.ordinal = 1}}; }

TEST(WorkloadPlan, On_GPUs_it_is_the_products_a_stream_and_the_librarys_collectives) {
  const std::vector<std::string> ids =
      ids_of({.ranks = 2, .launcher = "threads", .gpus = two_gpus(), .workload = kWorkload});
  EXPECT_THAT(
      ids, ElementsAre("matmul/gpu/native/bfloat16/128x256x64/nt/cold/isolated/entropy",
                       "matmul/gpu/native/bfloat16/64x256x128/tn/cold/isolated/entropy", "memory/gpu/copy/1G/isolated",
                       "all_reduce/native/nccl/bfloat16/64K/isolated", "send_recv/native/nccl/bfloat16/4K/isolated"));
}

TEST(WorkloadPlan, Ranks_that_share_a_GPU_try_every_algorithm) {
  const std::vector<std::string> ids =
      ids_of({.ranks = 4, .launcher = "threads", .gpus = two_gpus(), .workload = kWorkload});
  EXPECT_THAT(ids, Contains("all_reduce/ring/cuda/bfloat16/64K/isolated"));
  EXPECT_THAT(ids, Contains("all_reduce/tree/cuda/bfloat16/64K/isolated"));
}

TEST(WorkloadPlan, On_hosts_the_library_is_MPI_and_threads_have_none) {
  const std::vector<std::string> mpi = ids_of({.ranks = 2, .launcher = "mpirun", .workload = kWorkload});
  EXPECT_THAT(mpi, Contains("send_recv/native/mpi/bfloat16/4K/isolated"));
  EXPECT_THAT(mpi, Not(Contains(StartsWith("send_recv/ring/mpi/bfloat16"))));
  EXPECT_THAT(mpi, Contains("all_reduce/ring/mpi/bfloat16/64K/isolated")) << "which the library cannot sum";
  EXPECT_THAT(mpi, Not(Contains(StartsWith("all_reduce/native"))));
  const std::vector<std::string> threads = ids_of({.ranks = 2, .launcher = "threads", .workload = kWorkload});
  EXPECT_THAT(threads, Contains("all_reduce/ring/threads/bfloat16/64K/isolated"));
  EXPECT_THAT(threads, Not(Contains(StartsWith("all_reduce/native"))));
}

TEST(WorkloadPlan, On_hosts_it_keeps_the_ceilings_that_bound_it_and_no_others) {
  const std::vector<std::string> ids = ids_of({.ranks = 2, .launcher = "mpirun", .workload = kWorkload});
  EXPECT_THAT(ids, Contains("peak/bfloat16/isolated"));
  EXPECT_THAT(ids, Contains("memory/copy/256K/isolated"));
  EXPECT_THAT(ids, Contains("send_recv/ring/mpi/float/64K/isolated"));
  EXPECT_THAT(ids, Not(Contains("peak/float/isolated")));
  EXPECT_THAT(ids, Not(Contains("memory/copy/256M/isolated")));
  EXPECT_THAT(ids, Not(Contains("send_recv/ring/mpi/float/64M/isolated")));
}

TEST(WorkloadPlan, A_group_of_all_ranks_is_no_group) {
  Workload grouped = kWorkload;
  grouped.collectives = {{.size = Bytes{65536}, .ranks = 2, .stride = 2}, {.size = Bytes{65536}, .ranks = 4}};
  const std::vector<std::string> ids =
      ids_of({.ranks = 4, .launcher = "srun", .gpus = two_gpus(), .workload = grouped});
  EXPECT_THAT(ids, Contains("all_reduce/native/nccl/bfloat16/64K/isolated/ranks=2/stride=2"));
  EXPECT_THAT(ids, Contains("all_reduce/native/nccl/bfloat16/64K/isolated"));
}

TEST(WorkloadPlan, An_overlap_comes_with_its_halves_alone) {
  Workload workload;
  workload.overlaps = {{.collective = {.size = Bytes{65536}}, .product = {.m = 128, .n = 256, .k = 64}, .products = 5}};
  EXPECT_THAT(ids_of({.ranks = 2, .launcher = "threads", .gpus = two_gpus(), .workload = workload}),
              ElementsAre("memory/gpu/copy/1G/isolated", "all_reduce/native/nccl/bfloat16/64K/isolated",
                          "matmul/gpu/native/bfloat16/128x256x64/nt/hot/isolated/entropy",
                          "overlap/all_reduce/native/nccl/bfloat16/64K/isolated/beside=5x128x256x64/bfloat16/nt"));
  const std::vector<std::string> selected =
      ids_of({.ranks = 2, .launcher = "threads", .cases = {"overlap/*"}, .workload = workload});
  EXPECT_THAT(selected, Contains("all_reduce/ring/threads/bfloat16/64K/isolated"));
  EXPECT_THAT(selected, Contains("matmul/bfloat16/128x256x64/isolated/entropy"));
  EXPECT_THAT(selected, Contains("peak/bfloat16/isolated"));
}

TEST(WorkloadPlan, What_is_asked_for_twice_is_planned_once) {
  Workload twice = kWorkload;
  twice.products.push_back(twice.products.front());
  twice.collectives.push_back(twice.collectives.front());
  EXPECT_EQ(ids_of({.ranks = 2, .gpus = two_gpus(), .workload = twice}),
            ids_of({.ranks = 2, .gpus = two_gpus(), .workload = kWorkload}));
}

}  // namespace
}  // namespace muster
