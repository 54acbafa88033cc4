// SPDX-License-Identifier: Apache-2.0
// Measurements judged by each other.
#include "reports/self_consistency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class SelfConsistency : public Judge {
 protected:
  void SetUp() override {
    plan_.cases.clear();
    expectations_.clear();
    targets_.rules = {{.name = "correct"}};
  }

  // Adds a native case over MPI and returns its id.
  std::string add(Collective collective, std::uint64_t bytes = 1 << 20) {
    Case item = synthetic_plan().cases[6];
    item.collective = collective;
    item.size = Bytes{bytes};
    return add(item);
  }

  std::string add(Case item) {
    item.id = case_id(item);
    plan_.cases.push_back(item);
    run_ = synthetic_run(plan_);
    return item.id;
  }

  std::vector<GuidelineViolation> violations() const { return judged().guidelines; }
};

TEST_F(SelfConsistency, An_all_reduce_is_no_slower_than_its_two_halves) {
  const std::string whole = add(Collective::all_reduce);
  const std::string scatter = add(Collective::reduce_scatter);
  const std::string gather = add(Collective::all_gather);
  set_times(scatter, 1e-4, 0.005);
  set_times(gather, 1e-4, 0.005);
  set_times(whole, 2.1e-4, 0.005);
  EXPECT_TRUE(violations().empty());
  set_times(whole, 2.4e-4, 0.005);
  ASSERT_EQ(violations().size(), 1U);
  const GuidelineViolation found = violations().front();
  EXPECT_EQ(found.case_id, whole);
  EXPECT_NEAR(found.factor, 1.2, 1e-9);
  EXPECT_THAT(found.remedy, HasSubstr("OMPI_MCA_coll_tuned_allreduce_algorithm"));
  EXPECT_EQ(judged().verdict, Verdict::pass) << "a warning, unless a rule demands it";
  EXPECT_THAT(judged().findings, Contains(HasSubstr("warning: all_reduce <= reduce_scatter + all_gather")));
  targets_.rules.push_back({.name = "sane", .quantity = Quantity::self_consistent});
  EXPECT_EQ(judged().verdict, Verdict::fail);
}

TEST_F(SelfConsistency, Noise_is_no_contradiction) {
  const std::string reduce = add(Collective::reduce);
  const std::string all_reduce = add(Collective::all_reduce);
  set_times(all_reduce, 1e-4, 0.5);
  set_times(reduce, 1.2e-4, 0.5);
  EXPECT_TRUE(violations().empty());
}

TEST_F(SelfConsistency, Only_like_is_compared_with_like) {
  const std::string gather = add(Collective::all_gather);
  Case other = plan_.cases.front();
  other.collective = Collective::all_to_all;
  other.type = ElementType::float64;
  set_times(add(other), 1e-5, 0.005);
  set_times(gather, 1e-3, 0.005);
  EXPECT_TRUE(violations().empty());
  const std::string exchange = add(Collective::all_to_all);
  set_times(gather, 1e-3, 0.005);
  set_times(exchange, 1e-5, 0.005);
  EXPECT_EQ(violations().size(), 1U);
}

TEST_F(SelfConsistency, Sizes_places_cadences_and_our_own_schedules_count_too) {
  const std::string small = add(Collective::all_reduce, 1 << 20);
  const std::string large = add(Collective::all_reduce, 1 << 21);
  Case item = plan_.cases.front();
  item.placement = Placement::in_place;
  const std::string in_place = add(item);
  item = plan_.cases.front();
  item.cadence = Cadence::streaming;
  const std::string streaming = add(item);
  item = plan_.cases.front();
  item.algorithm = Algorithm::ring;
  item.transport = TransportKind::shm;
  const std::string ring = add(item);
  for (const std::string& id : {small, large, in_place, streaming, ring}) set_times(id, 1e-4, 0.005);
  EXPECT_TRUE(violations().empty());
  set_times(in_place, 2e-4, 0.005);
  set_times(streaming, 2e-4, 0.005);
  ASSERT_EQ(violations().size(), 2U);
  EXPECT_EQ(violations()[0].guideline, "in_place <= out_of_place");
  EXPECT_EQ(violations()[1].guideline, "streaming <= isolated");
  for (const std::string& id : {in_place, streaming}) set_times(id, 1e-4, 0.005);
  set_times(large, 5e-5, 0.005);
  set_times(ring, 5e-5, 0.005);
  ASSERT_EQ(violations().size(), 2U);
  EXPECT_EQ(violations()[0].guideline, "native <= our best schedule");
  EXPECT_EQ(violations()[1].guideline, "a size <= a larger size");
}

TEST_F(SelfConsistency, Violations_survive_the_report_file) {
  const std::string small = add(Collective::all_reduce, 1 << 20);
  set_times(add(Collective::all_reduce, 1 << 21), 1e-5, 0.005);
  set_times(small, 1e-3, 0.005);
  const Json json = to_json(judged());
  const Report read = report_from_json(json, "report.json");
  ASSERT_EQ(read.guidelines.size(), 1U);
  EXPECT_EQ(to_document(to_json(read)), to_document(json));
}

}  // namespace
}  // namespace muster
