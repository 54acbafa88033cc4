// SPDX-License-Identifier: Apache-2.0
// Collectives beside products: their ids and plans, what rules mean by them, and the share that was hidden.
#include "reports/overlap.hpp"

#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Case all_reduce_beside_four_products(TransportKind transport) {
  Case item;
  item.family = Family::overlap;
  item.transport = transport;
  item.size = Bytes{1 << 20};
  item.products = 4;
  item.m = 128;
  item.n = 256;
  item.k = 64;
  item.id = case_id(item);
  return item;
}

class Overlaps : public Judge {
 protected:
  /// The pair takes `both` ms where the collective alone takes 2 and a product 1, four of them 4.
  Report report_of(double both, TransportKind transport = TransportKind::threads) {
    const Case pair = all_reduce_beside_four_products(transport);
    plan_.cases = {collective_of(pair), product_of(pair), pair};
    for (Case& item : plan_.cases) item.sampling = {.warmup = 3, .at_least = 20, .at_most = 1000};
    run_ = synthetic_run(plan_);
    expectations_ = {};
    targets_ = {.name = "none"};
    set_times(plan_.cases[0].id, 2e-3, 0.005);
    set_times(plan_.cases[1].id, 1e-3, 0.005);
    set_times(pair.id, both * 1e-3, 0.005);
    record_of(run_, plan_.cases[1].id).flops = Flops{2.0 * 128 * 256 * 64};
    return judged();
  }
  static double hidden_in(const Report& report) { return report.rows.back().hidden_share.value_or(-100); }
};

TEST(CaseId, An_overlap_is_a_collective_and_what_runs_beside_it) {
  EXPECT_EQ(all_reduce_beside_four_products(TransportKind::threads).id,
            "overlap/all_reduce/native/threads/float/1M/isolated/beside=4x128x256x64/bfloat16");
  EXPECT_EQ(all_reduce_beside_four_products(TransportKind::nccl).id,
            "overlap/all_reduce/native/nccl/float/1M/isolated/beside=4x128x256x64/bfloat16/nn");
}

TEST(Overlap, Its_halves_are_cases_that_a_plan_can_hold_alone) {
  Case pair = all_reduce_beside_four_products(TransportKind::nccl);
  pair.ranks = 2;
  pair.stride = 4;
  EXPECT_EQ(collective_of(pair).id, "all_reduce/native/nccl/float/1M/isolated/ranks=2/stride=4");
  EXPECT_EQ(product_of(pair).id, "matmul/gpu/native/bfloat16/128x256x64/nn/hot/isolated/entropy");
  EXPECT_EQ(product_of(all_reduce_beside_four_products(TransportKind::shm)).id,
            "matmul/bfloat16/128x256x64/isolated/entropy");
}

TEST(Overlap, Comes_back_from_a_plan_as_it_was_written) {
  for (const TransportKind transport : {TransportKind::threads, TransportKind::nccl}) {
    Plan plan = synthetic_plan();
    plan.cases = {all_reduce_beside_four_products(transport)};
    const Json json = to_json(plan);
    EXPECT_EQ(to_document(to_json(plan_from_json(json, "plan.json"))), to_document(json));
  }
}

TEST(Overlap, A_rule_on_collectives_means_them_alone) {
  const Case pair = all_reduce_beside_four_products(TransportKind::nccl);
  Selector named;
  named.collectives = {Collective::all_reduce};
  EXPECT_FALSE(selects(named, pair, 2, {}));
  EXPECT_TRUE(selects(named, collective_of(pair), 2, {}));
  named.families = {Family::overlap};
  EXPECT_TRUE(selects(named, pair, 2, {}));
  named.collectives = {Collective::all_gather};
  EXPECT_FALSE(selects(named, pair, 2, {}));
  EXPECT_TRUE(selects({}, pair, 2, {})) << "correct data are asked of everything";
}

TEST_F(Overlaps, As_long_as_the_longer_half_the_shorter_is_hidden) {
  EXPECT_NEAR(hidden_in(report_of(4)), 1, 1e-9);
  EXPECT_NEAR(hidden_in(report_of(5)), 0.5, 1e-9);
  EXPECT_NEAR(hidden_in(report_of(6)), 0, 1e-9);
}

TEST_F(Overlaps, Without_one_half_alone_nothing_is_known_of_what_was_hidden) {
  report_of(5);
  plan_.cases.erase(plan_.cases.begin());
  std::erase_if(run_.records, [](const Record& record) { return record.case_id.starts_with("all_reduce"); });
  EXPECT_FALSE(judged().rows.back().hidden_share);
}

TEST_F(Overlaps, The_report_keeps_the_hidden_share) {
  const Report report = report_of(5);
  const Report read = report_from_json(to_json(report), "report.json");
  EXPECT_NEAR(hidden_in(read), 0.5, 1e-9);
  EXPECT_EQ(to_document(to_json(read)), to_document(to_json(report)));
}

TEST_F(Overlaps, Slower_at_once_than_one_after_the_other_is_a_finding_on_GPUs_alone) {
  EXPECT_THAT(find_lost_overlaps(report_of(7, TransportKind::nccl).rows),
              ElementsAre(HasSubstr("by 50.0 % of the shorter")));
  EXPECT_THAT(find_lost_overlaps(report_of(6, TransportKind::nccl).rows), IsEmpty());
  EXPECT_THAT(find_lost_overlaps(report_of(7).rows), IsEmpty());
}

TEST_F(Overlaps, Fewer_products_than_planned_are_no_data) {
  report_of(5);
  record_of(run_, plan_.cases[2].id).flops.value /= 2;
  expect_row(plan_.cases[2].id, Verdict::no_data, "flops where");
}

}  // namespace
}  // namespace muster
