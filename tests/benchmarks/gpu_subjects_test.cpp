// SPDX-License-Identifier: Apache-2.0
// Subjects on GPUs as the runner uses them; where there is no GPU, that every rank is told so.
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "benchmarks/subject.hpp"
#include "collectives/team.hpp"
#include "core/gpu.hpp"

namespace muster {
namespace {

std::vector<Case> gpu_cases() {
  Case item;
  item.processor = Processor::gpu;
  item.size = Bytes{1 << 20};
  item.access = MemoryAccess::triad;
  item.body = MatmulBody::plain;
  item.m = item.n = item.k = 64;
  item.source = {Processor::host, 0};
  item.target = {Processor::gpu, 0};
  std::vector<Case> cases;
  for (const Family family : {Family::matmul, Family::reduce, Family::memory, Family::link}) {
    for (const Cache cache : {Cache::hot, Cache::cold}) {
      item.family = family;
      item.cache = cache;
      cases.push_back(item);
    }
  }
  return cases;
}

std::optional<std::string> why_no_gpu() {
  const auto found = gpus_here();
  const auto* missing = std::get_if<Unsupported>(&found);
  return missing == nullptr ? std::nullopt : std::optional(missing->reason);
}

TEST(GpuSubjects, Without_a_GPU_every_rank_gets_the_same_reason) {
  const auto reason = why_no_gpu();
  if (!reason) GTEST_SKIP() << "there is a GPU here";
  for (const Case& item : gpu_cases()) {
    std::mutex lock;
    std::multiset<std::string> reasons;
    run_on_threads(3, [&](Team& team) {
      SubjectMaker maker(team, 7, nullptr);
      const MadeSubject made = maker.make(item);
      const std::scoped_lock guard(lock);
      const auto* missing = std::get_if<Unsupported>(&made);
      reasons.insert(missing == nullptr ? "made" : missing->reason);
    });
    EXPECT_EQ(reasons.count(*reason), 3u) << name_of(item.family);
  }
}

/// One checked run of rank `rank` of two.
void expect_work(Subject& subject, const Case& item, int rank) {
  const bool takes_part = rank == 0 || item.family != Family::link;
  subject.reset();
  subject.run();
  const DataCheck check = subject.check();
  EXPECT_EQ(check.wrong, 0u) << name_of(item.family);
  EXPECT_EQ(check.elements > 0, takes_part) << name_of(item.family);
  ASSERT_TRUE(subject.device_time()) << name_of(item.family);
  EXPECT_EQ(subject.device_time()->value > 0, takes_part) << name_of(item.family);
  EXPECT_EQ(subject.stream(5).size(), 5u) << name_of(item.family);
  EXPECT_GT(subject.bytes().value, 0u);
}

TEST(GpuSubjects, Run_are_checked_and_take_time_by_the_clock_of_the_GPU_but_for_idle_ranks_of_links) {
  if (const auto reason = why_no_gpu()) GTEST_SKIP() << *reason;
  for (const Case& item : gpu_cases()) {
    run_on_threads(2, [&](Team& team) {
      SubjectMaker maker(team, 7, nullptr);
      MadeSubject made = maker.make(item);
      const auto* missing = std::get_if<Unsupported>(&made);
      if (missing == nullptr) {
        expect_work(*std::get<std::unique_ptr<Subject>>(made), item, team.rank());
      } else {
        ADD_FAILURE() << missing->reason;
      }
    });
  }
}

}  // namespace
}  // namespace muster
