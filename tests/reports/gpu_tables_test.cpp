// SPDX-License-Identifier: Apache-2.0
#include "reports/gpu_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "reports/gpu_rates.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

Row measured(Case item, double gigabytes) {
  Row row;
  row.item = std::move(item);
  row.record.emplace();
  row.time = summarise(std::vector<double>(6, 1e-3));
  row.algbw = gigabytes * 1e9;
  row.verdict = Verdict::pass;
  return row;
}

Case link(int source, int target) {
  Case item;
  item.family = Family::link;
  item.source = {Processor::gpu, source};
  item.target = {Processor::gpu, target};
  item.size = Bytes{1 << 20};
  return item;
}

TEST(LinkTable, Is_a_matrix_with_sources_down_and_targets_across) {
  std::deque<Row> rows = {measured(link(0, 1), 401), measured(link(1, 0), 42.5)};
  rows[1].fraction_of_limit = 0.094;
  std::ostringstream out;
  print_links(out, {&rows[0], &rows[1]}, {});
  EXPECT_THAT(out.str(), HasSubstr("  GPU            0      1\n"));
  EXPECT_THAT(out.str(), HasSubstr("    0               401.0\n"));
  EXPECT_THAT(out.str(), HasSubstr("    1  42.50 (9.4)"));
}

TEST(LinkTable, Lists_links_to_host_memory) {
  Case item = link(0, 3);
  item.source = {Processor::host, 1};
  std::deque<Row> rows = {measured(item, 25.1)};
  std::ostringstream out;
  print_links(out, {&rows[0]}, {});
  EXPECT_THAT(out.str(), HasSubstr("host:1  gpu:3"));
  EXPECT_THAT(out.str(), Not(HasSubstr("GPU (down)")));
}

Row product_on_h100() {
  Case item;
  item.family = Family::matmul;
  item.processor = Processor::gpu;
  item.type = ElementType::bfloat16;
  item.m = item.n = item.k = 8192;
  Row row = measured(item, 0);
  row.flops_per_second = 700e12;
  row.record->rank_seconds = {{1, 1, 1}, {2, 2, 2}};
  row.record->telemetry.push_back({.rank = 0, .multiprocessor_hertz = {1.98e9}});
  row.record->telemetry.push_back({.rank = 1, .multiprocessor_hertz = {1.4e9, 1.5e9, 1.6e9}});
  return row;
}

muster::Run run_on_two_h100() {
  const Gpu gpu{.model = "NVIDIA H100 80GB HBM3", .compute_capability = 90, .multiprocessors = 132};
  muster::Run run;
  run.headers.emplace_back();
  run.headers.back().gpus = {gpu, gpu};
  return run;
}

TEST(GpuRates, Are_of_the_slowest_ranks_clock_and_of_the_data_sheet) {
  Row row = product_on_h100();
  add_gpu_rates(row, run_on_two_h100());
  EXPECT_NEAR(*row.fraction_of_data_sheet, 700 / 989.4, 1e-9);
  EXPECT_NEAR(*row.fraction_at_clock, 700e12 / (4096 * 132 * 1.5e9), 1e-9);
}

TEST(GpuRates, Are_left_out_where_the_run_does_not_tell) {
  Row row = product_on_h100();
  row.record->telemetry.clear();
  add_gpu_rates(row, run_on_two_h100());
  EXPECT_FALSE(row.fraction_at_clock);
  EXPECT_TRUE(row.fraction_of_data_sheet);
  Row unknown = product_on_h100();
  add_gpu_rates(unknown, muster::Run{});
  EXPECT_FALSE(unknown.fraction_of_data_sheet);
}

}  // namespace
}  // namespace muster
