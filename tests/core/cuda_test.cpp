// SPDX-License-Identifier: Apache-2.0
#include "core/cuda.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/gpu.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string message_of(cudaError_t status) {
  try {
    check_cuda(status, "cudaMalloc of the sums");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Cuda, Success_is_not_an_error) { EXPECT_EQ(message_of(cudaSuccess), "no error"); }

TEST(Cuda, An_error_names_the_call_its_text_and_what_to_do_in_one_line) {
  for (const cudaError_t status :
       {cudaErrorNoDevice, cudaErrorInsufficientDriver, cudaErrorMemoryAllocation, cudaErrorDevicesUnavailable,
        cudaErrorNoKernelImageForDevice, cudaErrorECCUncorrectable, cudaErrorLaunchFailure, cudaErrorSystemNotReady}) {
    EXPECT_THAT(message_of(status), AllOf(StartsWith("cudaMalloc of the sums: "), HasSubstr(cudaGetErrorString(status)),
                                          HasSubstr("; "), HasSubstr(advice_for(status)), Not(HasSubstr("\n"))));
    EXPECT_FALSE(advice_for(status).empty()) << cudaGetErrorString(status);
  }
}

TEST(Cuda, An_error_without_advice_ends_with_its_text) {
  EXPECT_EQ(message_of(cudaErrorInvalidValue),
            std::string("cudaMalloc of the sums: ") + cudaGetErrorString(cudaErrorInvalidValue));
}

TEST(Gpus, Are_described_or_it_is_said_why_there_are_none) {
  const auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) {
    EXPECT_THAT(missing->reason, AllOf(Not(HasSubstr("\n")), HasSubstr(":")));
    return;
  }
  int ordinal = 0;
  for (const Gpu& gpu : std::get<std::vector<Gpu>>(found)) {
    EXPECT_EQ(gpu.ordinal, ordinal++);
    EXPECT_FALSE(gpu.model.empty());
    EXPECT_THAT(gpu.uuid, testing::MatchesRegex("(GPU|MIG)-[0-9a-f-]{36}"));
    EXPECT_THAT(gpu.address, testing::MatchesRegex("[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-9]"));
    EXPECT_GE(gpu.compute_capability, 50);
    EXPECT_GT(gpu.multiprocessors, 0);
    EXPECT_GT(gpu.memory.value, std::uint64_t{1} << 28);
    EXPECT_GT(gpu.cache.value, 0U);
  }
}

TEST(Cuda, Memory_streams_events_and_graphs_work_together_on_a_GPU) {
  const auto found = gpus_here();
  if (const auto* missing = std::get_if<Unsupported>(&found)) GTEST_SKIP() << missing->reason;
  const CurrentGpu current(0);
  const DeviceBuffer buffer(Bytes{1 << 20});
  const CudaStream stream;
  const CudaEvent begin(Timing::enabled), end(Timing::enabled);
  const CudaGraph graph = captured(stream.get(), [&](cudaStream_t captor) {
    check_cuda(cudaMemsetAsync(buffer.data(), 7, buffer.bytes().size(), captor), "cudaMemsetAsync");
  });
  begin.record(stream.get());
  graph.launch(stream.get());
  end.record(stream.get());
  stream.wait();
  EXPECT_GT(between(begin, end).value, 0);
  std::vector<unsigned char> host(buffer.bytes().size());
  check_cuda(cudaMemcpy(host.data(), buffer.data(), host.size(), cudaMemcpyDeviceToHost), "cudaMemcpy");
  EXPECT_THAT(host, testing::Each(7));
}

}  // namespace
}  // namespace muster
