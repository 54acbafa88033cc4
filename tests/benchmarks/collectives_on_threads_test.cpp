// SPDX-License-Identifier: Apache-2.0
// Every schedule, executed on threads and checked element by element.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "benchmarks/injection.hpp"
#include "tests/benchmarks/conformance.hpp"

namespace muster {
namespace {

class OnThreads : public testing::TestWithParam<int> {
 protected:
  static std::vector<std::string> complaints(int ranks, const std::vector<Case>& cases) {
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
};

TEST_P(OnThreads, EveryScheduleMovesEveryElement) {
  EXPECT_THAT(complaints(GetParam(), conformance_cases(TransportKind::threads, GetParam())), testing::IsEmpty());
}

TEST_P(OnThreads, EveryElementTypeIsSummedRight) {
  if (GetParam() > 9 && GetParam() != 33) return;  // the arithmetic does not know how many ranks there are
  EXPECT_THAT(complaints(GetParam(), type_cases(TransportKind::threads)), testing::IsEmpty());
}

TEST_P(OnThreads, GroupsOfTheRanksWorkBesideEachOther) {
  if (GetParam() > 12) return;
  EXPECT_THAT(complaints(GetParam(), group_cases(TransportKind::threads, GetParam())), testing::IsEmpty());
}

TEST_P(OnThreads, ProductsBesideCollectivesLeaveBothRight) {
  if (GetParam() > 9) return;
  EXPECT_THAT(complaints(GetParam(), overlap_cases(TransportKind::threads, GetParam())), testing::IsEmpty());
}

TEST(ImportedOnThreads, AnExchangeOfUnknownTrafficCannotBeMeasured) {
  run_on_threads(2, [](Team& team) {
    SubjectMaker maker(team, 7, nullptr);
    Case item;
    item.collective = Collective::all_to_allv;
    item.algorithm = Algorithm::pairwise;
    item.size = Bytes{1000};
    item.traffic = kUnknownTraffic;
    EXPECT_THAT(run_conformance(maker, item), testing::HasSubstr("unsupported: the other tool did not tell"));
  });
}

TEST(OverlapOnThreads, CountsTheWorkOfBothHalves) {
  run_on_threads(2, [](Team& team) {
    SubjectMaker maker(team, 7, nullptr);
    const Case item = overlap_cases(TransportKind::threads, 2).back();
    MadeSubject made = maker.make(item);
    const Subject& subject = *std::get<std::unique_ptr<Subject>>(made);
    EXPECT_EQ(subject.bytes(), Bytes{40'000});
    EXPECT_DOUBLE_EQ(subject.flops().value, 3 * 2.0 * 48 * 48 * 48);
    EXPECT_THAT(subject.configuration(), testing::HasSubstr("; products: "));
  });
}

TEST(OverlapOnThreads, AProductThatThisMachineLacksMakesThePairUnsupported) {
  run_on_threads(2, [](Team& team) {
    SubjectMaker maker(team, 7, nullptr);
    Case item = overlap_cases(TransportKind::threads, 2).front();
    item.product_type = ElementType::uint64;
    EXPECT_TRUE(std::holds_alternative<Unsupported>(maker.make(item)));
  });
}

TEST(GroupsOnThreads, ThatDoNotDivideTheRanksAreUnsupportedAndOnlyCollectivesHaveThem) {
  Case item;
  item.ranks = 2;
  item.transport = TransportKind::threads;
  item.size = Bytes{1000};
  const auto complaint_on = [&](int ranks) {
    std::string found;
    run_on_threads(ranks, [&](Team& team) {
      SubjectMaker maker(team, 7, nullptr);
      const std::string complaint = run_conformance(maker, item);
      if (team.rank() == 0) found = complaint;
    });
    return found;
  };
  EXPECT_EQ(complaint_on(3), "unsupported: 3 ranks do not divide into groups of 2");
  item.family = Family::memory;
  EXPECT_EQ(complaint_on(4), "unsupported: only collectives are measured on groups of the ranks");
}

INSTANTIATE_TEST_SUITE_P(Ranks, OnThreads, testing::Range(1, 34), testing::PrintToStringParamName());

/// Changes one bit of the first message that one rank receives.
TEST(FaultOnThreads, OneChangedWordIsFoundInEveryScheduleThatMovesData) {
  for (const int ranks : {2, 3, 8}) {
    for (const Case& item : conformance_cases(TransportKind::threads, ranks)) {
      if (item.size.value < 1000) continue;
      std::uint64_t wrong = 0, delivered = 0;
      std::mutex lock;
      run_on_threads(ranks, [&](Team& team) {
        Injection injection({parse_fault("corrupt@1")}, team.rank());
        SubjectMaker maker(team, 7, injection.tap());
        MadeSubject made = maker.make(item);
        Subject& subject = *std::get<std::unique_ptr<Subject>>(made);
        subject.reset();
        injection.arm(item.id);
        team.barrier();
        subject.run();
        const DataCheck check = subject.check();
        team.barrier();
        const std::scoped_lock guard(lock);
        wrong += check.wrong;
        delivered += injection.fired() ? 1 : 0;
      });
      if (delivered == 0) continue;  // rank 1 only sends: the root's child in a reduce
      EXPECT_GT(wrong, 0u) << item.id << " on " << ranks << " ranks";
    }
  }
}

}  // namespace
}  // namespace muster
