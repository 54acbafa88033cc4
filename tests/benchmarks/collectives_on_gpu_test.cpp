// SPDX-License-Identifier: Apache-2.0
// Every schedule and every collective of NCCL over GPU memory, checked element by element. Needs a GPU: skips where
// there is none. Several ranks share one GPU on the transport `cuda`; NCCL gets as many ranks as there are GPUs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "collectives/generators.hpp"
#include "core/gpu.hpp"
#include "tests/benchmarks/conformance.hpp"

namespace muster {
namespace {

std::vector<std::string> complaints(int ranks, const std::vector<Case>& cases) {
  std::vector<std::string> all;
  std::mutex lock;
  run_on_threads(ranks, [&](Team& team) {
    SubjectMaker maker(team, 7, nullptr);
    for (const Case& item : cases) {
      const std::string complaint = run_conformance(maker, item);
      const std::scoped_lock guard(lock);
      if (!complaint.empty()) all.push_back(complaint);
    }
  });
  return all;
}

/// 0 without a GPU.
int gpu_count() {
  const auto found = gpus_here();
  const auto* gpus = std::get_if<std::vector<Gpu>>(&found);
  return gpus == nullptr ? 0 : static_cast<int>(gpus->size());
}

std::string why_no_gpu() { return std::get<Unsupported>(gpus_here()).reason; }

class OnOneProcessOfGpus : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (gpu_count() == 0) GTEST_SKIP() << why_no_gpu();
  }
};

TEST_P(OnOneProcessOfGpus, EveryScheduleMovesEveryElement) {
  EXPECT_THAT(complaints(GetParam(), conformance_cases(TransportKind::cuda, GetParam())), testing::IsEmpty());
}

TEST_P(OnOneProcessOfGpus, EveryElementTypeIsSummedRight) {
  EXPECT_THAT(complaints(GetParam(), type_cases(TransportKind::cuda)), testing::IsEmpty());
}

TEST_P(OnOneProcessOfGpus, LargeMessagesArriveWhole) {
  Case item;
  item.family = Family::collective;
  item.transport = TransportKind::cuda;
  item.size = Bytes{(std::uint64_t{64} << 20) + 12};
  item.channels = 8;
  std::vector<Case> cases;
  for (const Algorithm algorithm : algorithms_of(item.collective)) {
    item.algorithm = algorithm;
    item.id = case_id(item);
    cases.push_back(item);
  }
  EXPECT_THAT(complaints(GetParam(), cases), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Ranks, OnOneProcessOfGpus, testing::Values(1, 2, 3, 4, 8), testing::PrintToStringParamName());

/// The conformance table with NCCL's own collectives, in both launches and with both kinds of buffers.
std::vector<Case> native_cases(int ranks) {
  std::vector<Case> cases;
  for (Case item : conformance_cases(TransportKind::nccl, ranks)) {
    if (item.algorithm != algorithms_of(item.collective).front() || item.channels != 1) continue;
    item.algorithm = Algorithm::native;
    for (const Launch launch : {Launch::plain, Launch::graph}) {
      for (const Buffers buffers : {Buffers::plain, Buffers::registered}) {
        item.launch = launch;
        item.buffers = buffers;
        item.id = case_id(item);
        cases.push_back(item);
      }
    }
  }
  return cases;
}

class OnNccl : public testing::Test {
 protected:
  void SetUp() override {
    if (gpu_count() == 0) GTEST_SKIP() << why_no_gpu();
  }
};

TEST_F(OnNccl, EveryScheduleMovesEveryElement) {
  EXPECT_THAT(complaints(gpu_count(), conformance_cases(TransportKind::nccl, gpu_count())), testing::IsEmpty());
}

TEST_F(OnNccl, EveryElementTypeIsSummedRight) {
  EXPECT_THAT(complaints(gpu_count(), type_cases(TransportKind::nccl)), testing::IsEmpty());
}

TEST_F(OnNccl, ItsOwnCollectivesMoveEveryElement) {
  EXPECT_THAT(complaints(gpu_count(), native_cases(gpu_count())),
              testing::Each(testing::AnyOf(testing::HasSubstr("fp8"), testing::HasSubstr("cannot register"))));
}

TEST_F(OnNccl, MoreRanksThanGpusAreRefusedInOneLine) {
  Case item;
  item.family = Family::collective;
  item.algorithm = Algorithm::native;
  item.transport = TransportKind::nccl;
  item.size = Bytes{1024};
  EXPECT_THAT(complaints(gpu_count() + 1, {item}),
              testing::Each(testing::HasSubstr("NCCL needs one GPU per rank: start at most")));
}

/// Makes one all_reduce over `kind` and streams it.
class Streaming : public testing::TestWithParam<TransportKind> {};

TEST_P(Streaming, GivesOneDurationForEachOperation) {
  if (gpu_count() == 0) GTEST_SKIP() << why_no_gpu();
  const int ranks = GetParam() == TransportKind::cuda ? 3 : gpu_count();
  run_on_threads(ranks, [&](Team& team) {
    auto made = make_transport(GetParam(), team, reduce_kernels());
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Transport>>(made)) << std::get<Unsupported>(made).reason;
    Transport& transport = *std::get<std::unique_ptr<Transport>>(made);
    const Problem problem = problem_of_size(Collective::all_reduce, ranks, Bytes{1 << 20}, ElementType::float32);
    const Schedule schedule = make_schedule({.ranks = ranks, .channels = 4});
    const Program program = expand(schedule, problem, team.rank());
    const RankMemory memory = transport.allocate(problem, program.scratch_bytes);
    const auto execution = transport.prepare(program, memory, problem.type, nullptr);
    team.barrier();
    const std::vector<Seconds> durations = execution->stream(5);
    ASSERT_EQ(durations.size(), 5u);
    for (const Seconds each : durations) EXPECT_GT(each.value, 0);
    team.barrier();
  });
}

INSTANTIATE_TEST_SUITE_P(Transports, Streaming, testing::Values(TransportKind::cuda, TransportKind::nccl),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

}  // namespace
}  // namespace muster
