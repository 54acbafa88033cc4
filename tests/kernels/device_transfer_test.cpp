// SPDX-License-Identifier: Apache-2.0
// Streams, sums, links and the timer on a GPU; skipped where there is none.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include "core/cuda.hpp"
#include "core/gpu.hpp"
#include "kernels/cuda/memory_pass.hpp"
#include "kernels/device_kernel.hpp"

namespace muster {
namespace {

class OnGpu : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = gpus_here();
    if (const auto* missing = std::get_if<Unsupported>(&found)) GTEST_SKIP() << missing->reason;
    gpu_ = std::get<std::vector<Gpu>>(found).front();
    ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  }

  /// Runs once on fresh data and expects all of it to be right.
  static void expect_right(DeviceTransfer& transfer) {
    transfer.reset();
    const CudaStream stream;
    transfer.enqueue(stream.get());
    stream.wait();
    const DataCheck check = transfer.check();
    EXPECT_GT(check.elements, 0u) << transfer.configuration();
    EXPECT_EQ(check.wrong, 0u) << transfer.configuration();
  }

  Gpu gpu_;
};

TEST_F(OnGpu, Streams_leave_what_they_should_in_every_element) {
  for (const MemoryAccess access :
       {MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add, MemoryAccess::triad, MemoryAccess::engine_copy}) {
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{1} << 20, (std::uint64_t{1} << 26) + 77}) {
      auto made = make_device_memory(access, Bytes{size});
      expect_right(*std::get<0>(made));
    }
  }
}

TEST_F(OnGpu, Passes_of_every_shape_do_the_same) {
  const CudaStream stream;
  const Bytes bytes{3001 * kPassBytes};  // more turns than a GPU has blocks at once, and no multiple of that
  const DeviceBuffer target(bytes), left(bytes), right(bytes);
  for (const MemoryAccess access : {MemoryAccess::write, MemoryAccess::copy, MemoryAccess::add, MemoryAccess::triad}) {
    for (const CacheHint hint : {CacheHint::none, CacheHint::streaming}) {
      for (const PassGrid grid : {PassGrid::resident, PassGrid::one_turn}) {
        const MemoryPass pass{.access = access,
                              .shape = {hint, grid},
                              .target = target.data(),
                              .left = left.data(),
                              .right = right.data(),
                              .bytes = bytes};
        queue_fill(pass, stream.get());
        EXPECT_EQ(count_wrong(pass, stream.get()), bytes.value / sizeof(float)) << name_of(access);
        queue_pass(pass, stream.get());
        EXPECT_EQ(count_wrong(pass, stream.get()), 0u) << name_of(access);
      }
    }
  }
}

TEST_F(OnGpu, A_check_counts_a_single_wrong_element) {
  const CudaStream stream;
  const Bytes bytes{4 * kPassBytes};
  const DeviceBuffer target(bytes), left(bytes);
  const MemoryPass pass{.access = MemoryAccess::copy, .target = target.data(), .left = left.data(), .bytes = bytes};
  queue_fill(pass, stream.get());
  queue_pass(pass, stream.get());
  check_cuda(cudaMemsetAsync(target.data() + bytes.value - 1, 0x7f, 1, stream.get()), "cudaMemsetAsync");
  EXPECT_EQ(count_wrong(pass, stream.get()), 1u);
}

TEST_F(OnGpu, A_check_finds_data_that_no_stream_has_written) {
  auto made = make_device_memory(MemoryAccess::copy, Bytes{1 << 20});
  DeviceTransfer& transfer = *std::get<0>(made);
  transfer.reset();
  const DataCheck check = transfer.check();
  EXPECT_EQ(check.wrong, check.elements);
}

TEST_F(OnGpu, Sums_of_every_type_are_those_of_the_host) {
  for (const ElementTypeInfo& type : kElementTypes) {
    auto made = make_device_sum({type.type, Bytes{1'000'000}, Pattern::exact, 3});
    expect_right(*std::get<0>(made));
  }
}

TEST_F(OnGpu, Links_carry_every_byte_by_every_method) {
  const LinkEnd gpu{Processor::gpu, 0}, host{Processor::host, 0};
  for (const LinkMethod method : {LinkMethod::copy_engine, LinkMethod::kernel_load, LinkMethod::kernel_store}) {
    for (const auto& [source, target] : {std::pair{gpu, gpu}, {gpu, host}, {host, gpu}}) {
      auto made = make_link_transfer({source, target, method, Bytes{1 << 22}, 5});
      if (const auto* missing = std::get_if<Unsupported>(&made)) {
        ADD_FAILURE() << missing->reason;
        continue;
      }
      expect_right(*std::get<0>(made));
    }
  }
}

TEST_F(OnGpu, A_link_that_carried_nothing_is_found) {
  auto made = make_link_transfer({{Processor::gpu, 0}, {Processor::host, 0}, LinkMethod::copy_engine, Bytes{4096}, 5});
  DeviceTransfer& transfer = *std::get<0>(made);
  transfer.reset();
  const DataCheck check = transfer.check();
  EXPECT_EQ(check.wrong, check.elements);
  EXPECT_NE(transfer.configuration().find("NUMA node 0"), std::string::npos) << transfer.configuration();
}

TEST_F(OnGpu, Peers_carry_every_byte_by_every_method) {
  int gpus = 0;
  ASSERT_EQ(cudaGetDeviceCount(&gpus), cudaSuccess);
  if (gpus < 2) GTEST_SKIP() << "a single GPU has no peer";
  for (const LinkMethod method : {LinkMethod::copy_engine, LinkMethod::kernel_load, LinkMethod::kernel_store}) {
    auto made = make_link_transfer({{Processor::gpu, 0}, {Processor::gpu, 1}, method, Bytes{1 << 22}, 5});
    if (const auto* missing = std::get_if<Unsupported>(&made)) GTEST_SKIP() << missing->reason;
    DeviceTransfer& transfer = *std::get<0>(made);
    const CurrentGpu current(transfer.gpu());
    expect_right(transfer);
  }
}

TEST_F(OnGpu, What_is_not_there_is_refused_with_a_reason) {
  const LinkEnd gpu{Processor::gpu, 0};
  auto no_gpu = make_link_transfer({gpu, {Processor::gpu, 1000}, LinkMethod::copy_engine, Bytes{4096}, 1});
  EXPECT_NE(std::get<Unsupported>(no_gpu).reason.find("no GPU 1000"), std::string::npos);
  auto no_node = make_link_transfer({{Processor::host, 900}, gpu, LinkMethod::copy_engine, Bytes{4096}, 1});
  EXPECT_NE(std::get<Unsupported>(no_node).reason.find("NUMA node 900"), std::string::npos);
}

TEST_F(OnGpu, The_timer_gives_positive_times_hot_cold_and_in_a_stream) {
  auto made = make_device_memory(MemoryAccess::copy, Bytes{1 << 16});
  auto timer = make_device_timer(0);
  DeviceTransfer& transfer = *std::get<0>(made);
  EXPECT_GT(std::get<0>(timer)->time(transfer, Cache::hot).value, 0);
  EXPECT_GT(std::get<0>(timer)->repeats(), 1) << "64 KiB are copied in less than 50 us";
  EXPECT_GT(std::get<0>(timer)->time(transfer, Cache::cold).value, 0);
  EXPECT_EQ(std::get<0>(timer)->repeats(), 1);
  const std::vector<Seconds> durations = std::get<0>(timer)->stream(transfer, 5);
  EXPECT_EQ(durations.size(), 5u);
  for (const Seconds& duration : durations) EXPECT_GE(duration.value, 0);
}

TEST_F(OnGpu, The_timer_remembers_a_hot_kernel_across_a_cold_run) {
  auto made = make_device_memory(MemoryAccess::copy, Bytes{1 << 16});
  auto timer = make_device_timer(0);
  DeviceTransfer& transfer = *std::get<0>(made);
  std::get<0>(timer)->time(transfer, Cache::hot);
  const int repeats = std::get<0>(timer)->repeats();
  std::get<0>(timer)->time(transfer, Cache::cold);
  std::get<0>(timer)->time(transfer, Cache::hot);
  EXPECT_EQ(std::get<0>(timer)->repeats(), repeats);
}

TEST_F(OnGpu, Work_of_a_timer_is_done_hot_cold_and_in_a_long_stream) {
  auto made = make_device_memory(MemoryAccess::triad, Bytes{1 << 20});
  auto timer = make_device_timer(0);
  DeviceTransfer& transfer = *std::get<0>(made);
  for (const Cache cache : {Cache::hot, Cache::cold}) {
    transfer.reset();
    std::get<0>(timer)->time(transfer, cache);
    EXPECT_EQ(transfer.check().wrong, 0u) << name_of(cache);
  }
  transfer.reset();
  EXPECT_EQ(std::get<0>(timer)->stream(transfer, 3000).size(), 3000u);
  EXPECT_EQ(transfer.check().wrong, 0u);
}

TEST_F(OnGpu, More_memory_than_there_is_is_an_error_that_says_what_is_free) {
  try {
    make_device_memory(MemoryAccess::read, gpu_.memory * 2);
    ADD_FAILURE() << "no error";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("are free"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace muster
