// SPDX-License-Identifier: Apache-2.0
// Limits on GPUs from numbers that can be followed on paper.
#include "benchmarks/gpu_expectation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "benchmarks/collective_subject.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// One multiprocessor per 1e9 clocks of Hopper: 4096 bfloat16 flops each; 100 GB/s; 50 MB of cache.
Gpu small_gpu(int ordinal) {
  return {.ordinal = ordinal,
          .model = "made up",
          .uuid = "GPU-" + std::to_string(ordinal),
          .address = "0000:0" + std::to_string(ordinal) + ":00.0",
          .compute_capability = 90,
          .multiprocessors = 1,
          .memory = Bytes{std::uint64_t{1} << 34},
          .cache = Bytes{50'000'000},
          .clock_hertz = 1e9,
          .memory_rate = {100e9}};
}

Case product(std::int64_t side, Cache cache) {
  Case item;
  item.family = Family::matmul;
  item.processor = Processor::gpu;
  item.type = ElementType::bfloat16;
  item.m = item.n = item.k = side;
  item.cache = cache;
  return item;
}

TEST(MatmulLimit, Is_the_arithmetic_of_a_large_product) {
  const auto limit = matmul_limit(product(8192, Cache::cold), small_gpu(0));
  EXPECT_DOUBLE_EQ(limit->time.value, 2 * 8192.0 * 8192 * 8192 / (4096 * 1e9));
  EXPECT_THAT(limit->binds, HasSubstr("arithmetic"));
}

TEST(MatmulLimit, Of_a_thin_product_is_the_memory_that_it_reads_when_cold) {
  Case item = product(8192, Cache::cold);
  item.m = 1;
  const auto limit = matmul_limit(item, small_gpu(0));
  EXPECT_DOUBLE_EQ(limit->time.value, 2 * (8192.0 * 8192 + 8192) / 100e9) << "C stays in the cache";
  EXPECT_THAT(limit->binds, HasSubstr("memory"));
}

TEST(MatmulLimit, Of_a_hot_product_is_not_the_memory_that_the_cache_holds) {
  Case item = product(4096, Cache::hot);
  item.m = 1;
  const auto fits = matmul_limit(item, small_gpu(0));  // 33.6 MB
  EXPECT_THAT(fits->binds, HasSubstr("arithmetic"));
  item.k = 16384;  // 134 MB, of which 50 stay
  const auto exceeds = matmul_limit(item, small_gpu(0));
  EXPECT_DOUBLE_EQ(exceeds->time.value, (2 * (4096.0 * 16384 + 16384 + 4096) - 50e6) / 100e9);
}

TEST(MatmulLimit, Of_an_unknown_type_is_the_memory_alone) {
  Case item = product(8192, Cache::cold);
  item.type = ElementType::int32;
  EXPECT_THAT(matmul_limit(item, small_gpu(0))->binds, HasSubstr("memory"));
}

TEST(MemoryLimit, Leaves_out_a_cacheful) {
  EXPECT_DOUBLE_EQ(memory_limit(Bytes{150'000'000}, small_gpu(0))->time.value, 1e-3);
  EXPECT_FALSE(memory_limit(Bytes{50'000'000}, small_gpu(0)));
}

/// Two GPUs behind one switch, NVLinks of 10 and 20 GB/s, and a CPU at 5 GB/s.
Topology two_gpus() {
  Topology topology;
  const int nvswitch = add_device(topology, {.id = "switch", .kind = DeviceKind::nvswitch, .host = "a"});
  const int cpu = add_device(topology, {.id = "cpu", .kind = DeviceKind::cpu, .host = "a", .index = 0});
  for (int i = 0; i < 2; ++i) {
    const int gpu = add_device(topology, {.id = "gpu" + std::to_string(i),
                                          .kind = DeviceKind::gpu,
                                          .host = "a",
                                          .index = i,
                                          .address = small_gpu(i).address});
    join(topology, gpu, nvswitch, {.kind = LinkKind::nvlink, .capacity = stated_rate({10e9 * (i + 1)}, "test")});
    join(topology, gpu, cpu, {.kind = LinkKind::pcie, .capacity = stated_rate({5e9}, "test")});
  }
  return topology;
}

class LimitsOnTwoGpus : public testing::Test {
 protected:
  LimitsOnTwoGpus() { gpus = {small_gpu(0), small_gpu(1)}; }

  Expectation of(const Case& item) {
    const Topology topology = two_gpus();
    GpuLimits limits(topology, {"a", "a"}, gpus);
    if (item.family != Family::collective) return limits.of(item, nullptr);
    const Problem problem = problem_of(item, 2, 1);
    return limits.of(item, &problem);
  }

  static Case link(const LinkEnd& source, const LinkEnd& target) {
    Case item;
    item.family = Family::link;
    item.source = source;
    item.target = target;
    item.size = Bytes{1'000'000'000};
    return item;
  }

  std::vector<Gpu> gpus;  ///< [rank]
};

TEST_F(LimitsOnTwoGpus, A_link_between_GPUs_is_bounded_by_the_narrower_NVLink) {
  const Expectation found = of(link({Processor::gpu, 0}, {Processor::gpu, 1}));
  ASSERT_TRUE(found.limit) << found.unknown;
  EXPECT_NEAR(found.limit->time.value, 1e9 / 10e9, 1e-6) << "what PCIe could carry beside it does not count";
}

TEST_F(LimitsOnTwoGpus, A_link_to_host_memory_is_bounded_by_the_slot) {
  const Expectation found = of(link({Processor::host, 0}, {Processor::gpu, 1}));
  ASSERT_TRUE(found.limit) << found.unknown;
  EXPECT_NEAR(found.limit->time.value, 1e9 / 5e9, 1e-6) << "no way over the other GPU";
}

TEST_F(LimitsOnTwoGpus, A_collective_is_bounded_by_the_links_of_the_GPUs_that_ran_it) {
  Case item;
  item.transport = TransportKind::nccl;
  item.size = Bytes{256 * kMiB};
  const Expectation found = of(item);
  ASSERT_TRUE(found.limit) << found.unknown;
  EXPECT_NEAR(found.limit->time.value, 256.0 * kMiB / 15e9, 1e-4);
}

TEST_F(LimitsOnTwoGpus, Ranks_that_share_a_GPU_are_bounded_by_its_memory) {
  gpus = {small_gpu(0), small_gpu(0)};
  Case item;
  item.transport = TransportKind::cuda;
  item.algorithm = Algorithm::ring;
  item.size = Bytes{256 * kMiB};
  const Expectation found = of(item);
  ASSERT_TRUE(found.limit) << found.unknown;
  const double moved = 2 * 2 * 256.0 * kMiB;  // two ranks read their input and write their output
  EXPECT_DOUBLE_EQ(found.limit->time.value, (moved - 50e6) / 100e9);
}

TEST_F(LimitsOnTwoGpus, A_GPU_that_the_graph_does_not_hold_is_named) {
  gpus[1].address = "0000:99:00.0";
  Case item;
  item.transport = TransportKind::nccl;
  item.size = Bytes{8};
  EXPECT_THAT(of(item).unknown, HasSubstr("0000:99:00.0"));
}

TEST_F(LimitsOnTwoGpus, A_run_that_names_no_GPUs_gives_a_reason) {
  gpus.clear();
  EXPECT_THAT(of(product(8, Cache::hot)).unknown, HasSubstr("does not name its GPUs"));
}

}  // namespace
}  // namespace muster
