// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/gpu_suite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"

namespace muster {
namespace {

std::vector<Gpu> gpus(int count, std::uint64_t memory_bytes = std::uint64_t{80} << 30) {
  std::vector<Gpu> all;
  for (int i = 0; i < count; ++i) all.push_back({.ordinal = i, .memory = Bytes{memory_bytes}});
  return all;
}

Plan plan_of(PlanRequest request) { return make_plan(request, Topology{}); }

TEST(GpuSuite, Gives_every_case_an_id_of_its_own_and_a_GPU_in_every_suite) {
  for (const char* suite : {"quick", "standard", "full"}) {
    for (const char* launcher : {"mpirun", "threads"}) {
      std::set<std::string> ids;
      for (const Case& item : plan_of({.suite = suite, .ranks = 8, .launcher = launcher, .gpus = gpus(8)}).cases) {
        EXPECT_TRUE(ids.insert(item.id).second) << suite << ": " << item.id;
        EXPECT_TRUE(is_on_gpu(item)) << item.id;
      }
      EXPECT_GT(ids.size(), 100u);
    }
  }
}

TEST(GpuSuite, A_written_plan_can_be_read) {
  const Plan plan = plan_of({.suite = "full", .ranks = 8, .gpus = gpus(8)});
  EXPECT_EQ(plan_hash(plan_from_json(to_json(plan), "plan.json")), plan_hash(plan));
}

TEST(GpuSuite, Measures_every_type_of_the_matrix_units_and_every_body) {
  std::set<std::string_view> types, bodies;
  for (const Case& item : plan_of({.ranks = 1, .gpus = gpus(1)}).cases) {
    if (item.family != Family::matmul) continue;
    types.insert(item.math == FloatMath::tf32 ? "tf32" : name_of(item.type));
    bodies.insert(name_of(item.body));
  }
  EXPECT_THAT(types, testing::UnorderedElementsAre("double", "float", "tf32", "half", "bfloat16", "f8e4m3", "int8"));
  EXPECT_THAT(bodies, testing::UnorderedElementsAre("native", "plain", "tiled", "mma", "wgmma"));
}

TEST(GpuSuite, Measures_every_ordered_pair_of_GPUs_and_each_with_its_host) {
  int pairs = 0, with_host = 0;
  for (const Case& item : plan_of({.ranks = 4, .gpus = gpus(4)}).cases) {
    if (item.family != Family::link) continue;
    const bool has_host = item.source.processor == Processor::host || item.target.processor == Processor::host;
    (has_host ? with_host : pairs)++;
  }
  EXPECT_EQ(pairs, 4 * 3);
  EXPECT_EQ(with_host, 4 * 2);
}

std::set<TransportKind> transports_of(const Plan& plan) {
  std::set<TransportKind> found;
  for (const Case& item : plan.cases) {
    if (item.family == Family::collective) found.insert(item.transport);
  }
  return found;
}

TEST(GpuSuite, Takes_the_transports_that_the_launch_allows) {
  using testing::UnorderedElementsAre;
  EXPECT_THAT(transports_of(plan_of({.ranks = 8, .launcher = "mpirun", .gpus = gpus(8)})),
              UnorderedElementsAre(TransportKind::nccl));
  EXPECT_THAT(transports_of(plan_of({.ranks = 8, .launcher = "threads", .gpus = gpus(8)})),
              UnorderedElementsAre(TransportKind::nccl, TransportKind::cuda));
  EXPECT_THAT(transports_of(plan_of({.ranks = 4, .launcher = "threads", .gpus = gpus(1)})),
              UnorderedElementsAre(TransportKind::cuda));
}

TEST(GpuSuite, Holds_a_load_when_asked_and_gives_it_time_of_its_own) {
  const Plan plain = plan_of({.ranks = 1, .gpus = gpus(1)});
  const Plan held = plan_of({.ranks = 1, .gpus = gpus(1), .sustain = Seconds{60}});
  EXPECT_EQ(held.cases.size(), plain.cases.size() + 1);
  EXPECT_DOUBLE_EQ(held.budget.value, plain.budget.value + 60);
}

TEST(GpuSuite, Refuses_what_does_not_fit_the_memory_of_a_GPU) {
  EXPECT_THROW(plan_of({.ranks = 2, .launcher = "threads", .gpus = gpus(2, 1 << 30)}), Error);
  EXPECT_NO_THROW(plan_of({.ranks = 2, .launcher = "threads", .gpus = gpus(2, std::uint64_t{16} << 30)}));
}

TEST(GpuSuite, Adds_a_shape_that_is_asked_for) {
  const Plan plan = plan_of(
      {.ranks = 1, .cases = {"*/bfloat16/1000x96x64/*"}, .gpus = gpus(1), .shapes = {parse_gpu_shape("1000x96x64")}});
  ASSERT_EQ(plan.cases.size(), 1u);
  EXPECT_EQ(plan.cases.front().m, 1000);
  for (const char* text : {"", "8", "8x8", "8x8x", "8x8x8x8", "0x8x8", "8x8x-1", "8x8x9999999", "axbxc", "8 x8x8"}) {
    EXPECT_THROW(parse_gpu_shape(text), Error) << text;
  }
}

TEST(GpuSuite, Unknown_is_refused) { EXPECT_THROW(plan_of({.suite = "huge", .gpus = gpus(1)}), Error); }

}  // namespace
}  // namespace muster
