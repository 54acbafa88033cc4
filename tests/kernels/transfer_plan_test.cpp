// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/transfer_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "kernels/cuda/memory_map.hpp"
#include "kernels/cuda/node_memory.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;

constexpr LinkEnd gpu(int index) { return {Processor::gpu, index}; }
constexpr LinkEnd host(int node) { return {Processor::host, node}; }
constexpr std::array kMethods = {LinkMethod::copy_engine, LinkMethod::kernel_load, LinkMethod::kernel_store};

TransferPlan planned(LinkEnd source, LinkEnd target, LinkMethod method) {
  return std::get<TransferPlan>(plan_transfer({source, target, method, Bytes{kPassBytes}, 1}, 8));
}

std::string refusal(const LinkTransfer& transfer) {
  const auto made = plan_transfer(transfer, 8);
  const auto* missing = std::get_if<Unsupported>(&made);
  return missing == nullptr ? "accepted" : missing->reason;
}

TEST(TransferPlan, Copies_and_stores_run_on_the_source_and_loads_on_the_target) {
  for (const LinkMethod method : kMethods) {
    const TransferPlan plan = planned(gpu(2), gpu(5), method);
    const bool loads = method == LinkMethod::kernel_load;
    EXPECT_EQ(plan.gpu, loads ? 5 : 2) << name_of(method);
    EXPECT_EQ(plan.peer, loads ? 2 : 5) << name_of(method);
    EXPECT_EQ(plan.gpu_is_source, !loads) << name_of(method);
    EXPECT_FALSE(plan.node);
  }
}

TEST(TransferPlan, With_host_memory_the_GPU_does_the_work_whatever_the_method) {
  for (const LinkMethod method : kMethods) {
    const TransferPlan down = planned(gpu(3), host(1), method), up = planned(host(1), gpu(3), method);
    for (const TransferPlan& plan : {down, up}) {
      EXPECT_EQ(plan.gpu, 3) << name_of(method);
      EXPECT_EQ(plan.node, 1) << name_of(method);
      EXPECT_FALSE(plan.peer);
    }
    EXPECT_TRUE(down.gpu_is_source);
    EXPECT_FALSE(up.gpu_is_source);
  }
}

TEST(TransferPlan, A_GPU_needs_no_peer_access_to_itself) {
  for (const LinkMethod method : kMethods) {
    const TransferPlan plan = planned(gpu(4), gpu(4), method);
    EXPECT_EQ(plan.gpu, 4);
    EXPECT_FALSE(plan.peer);
    EXPECT_FALSE(plan.node);
  }
}

TEST(TransferPlan, What_cannot_be_is_refused_with_the_reason) {
  const Bytes size{1 << 20};
  const auto copy = LinkMethod::copy_engine;
  EXPECT_THAT(refusal({host(0), host(1), copy, size}), HasSubstr("GPU on one side"));
  EXPECT_THAT(refusal({gpu(0), gpu(8), copy, size}), HasSubstr("no GPU 8 here: this process sees 8"));
  EXPECT_THAT(refusal({gpu(-1), gpu(0), copy, size}), HasSubstr("no GPU -1"));
  EXPECT_THAT(refusal({gpu(0), gpu(1), copy, Bytes{0}}), HasSubstr("multiples of 8 bytes"));
  EXPECT_THAT(refusal({gpu(0), gpu(1), copy, Bytes{12}}), HasSubstr("multiples of 8 bytes"));
  EXPECT_THAT(refusal({gpu(0), gpu(1), LinkMethod::kernel_store, Bytes{8192}}), HasSubstr("multiples of 16384 bytes"));
  EXPECT_EQ(refusal({gpu(0), gpu(1), copy, Bytes{8192}}), "accepted");
}

TEST(NodeMemory, Lies_on_its_node_zeroed_and_says_where) {
  auto made = NodeMemory::on_node(0, Bytes{100'000});
  if (const auto* missing = std::get_if<Unsupported>(&made)) GTEST_SKIP() << missing->reason;
  const auto memory = std::get<NodeMemory>(std::move(made));
  const std::span bytes(memory.data(), 100'000);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }));
  std::ranges::fill(bytes, std::byte{1});
  EXPECT_THAT(memory.place(), HasSubstr("NUMA node 0"));
}

TEST(NodeMemory, Refuses_a_node_that_is_not_there) {
  for (const int node : {-1, 900, 1'000'000}) {
    const auto made = NodeMemory::on_node(node, Bytes{4096});
    ASSERT_TRUE(std::holds_alternative<Unsupported>(made)) << node;
    EXPECT_EQ(std::get<Unsupported>(made).reason, "this host has no NUMA node " + std::to_string(node));
  }
}

}  // namespace
}  // namespace muster
