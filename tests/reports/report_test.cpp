// SPDX-License-Identifier: Apache-2.0
// The two written forms of a report: JSON and table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "core/error.hpp"
#include "tests/golden.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report judged(const Run& run) {
  const Plan plan = synthetic_plan();
  return judge(plan, synthetic_topology(), run, synthetic_expectations(plan), synthetic_targets());
}

// A run with something of everything: a failed, a slow, an unchecked and a missing case, and a dead rank.
Report troubled() {
  Run run = synthetic_run(synthetic_plan());
  Record& failed = record_of(run, kNative);
  failed.status = Status::failed;
  failed.reason = "segment gone";
  failed.check = {};
  failed.seconds.clear();
  record_of(run, kExchange).check = {.iterations = 2, .elements = 1000, .wrong = 3, .first_wrong = "rank 1 element 17"};
  record_of(run, kMatmul).seconds = samples_around(20e-3, 0.01);
  std::erase_if(run.records, [](const Record& record) { return record.case_id == kReduce; });
  run.incidents.push_back({.launch = 0, .rank = 1, .host = "node0", .case_id = kNative, .what = "killed by signal 9"});
  run.headers[0].clock_error = {0, 3e-7};
  run.ended = false;
  return judged(run);
}

std::string table_of(const Report& report) {
  std::ostringstream out;
  print_table(out, report);
  return out.str();
}

TEST(ReportTable, A_good_run_looks_like_its_golden_file) {
  expect_golden("report_pass.txt", table_of(judged(synthetic_run(synthetic_plan()))));
}

TEST(ReportTable, A_troubled_run_looks_like_its_golden_file) { expect_golden("report_fail.txt", table_of(troubled())); }

TEST(ReportJson, A_troubled_run_looks_like_its_golden_file) {
  expect_golden("report_fail.json", to_document(to_json(troubled())));
}

TEST(ReportReader, Gives_back_every_byte_that_was_written) {
  for (const Report& report : {troubled(), judged(synthetic_run(synthetic_plan()))}) {
    const std::string text = to_document(to_json(report));
    EXPECT_EQ(to_document(to_json(report_from_json(parse_json(text, "a"), "a"))), text);
  }
}

TEST(ReportReader, Keeps_ranks_groups_metrics_and_imported_means) {
  Plan plan = synthetic_plan();
  Case metric;
  metric.family = Family::metric;
  metric.name = "h2d/gpu0";
  metric.unit = "GB/s";
  metric.better = Better::higher;
  metric.sampling.fixed = 2;
  Case part = plan.cases[5];
  part.ranks = 1;
  part.group = "node0";
  part.operation = ReduceOperation::max;
  plan.cases = {metric, part};
  for (Case& item : plan.cases) item.id = case_id(item);
  muster::Run run = synthetic_run(plan);
  run.records[0].seconds.clear();
  run.records[0].rank_seconds.clear();
  run.records[0].arrival_seconds.clear();
  run.records[0].values = {55.2, 55.4};
  run.records[0].agreed_samples = 2;
  run.records[1].averaged_over = 20;
  run.records[1].origin = "all_reduce.log:31";
  const Report report = judge(plan, synthetic_topology(), run, {}, Targets{});
  ASSERT_EQ(report.rows[0].verdict, Verdict::pass) << report.rows[0].reason;
  EXPECT_DOUBLE_EQ(report.rows[0].value->median, 55.3);
  const Json json = to_json(report);
  const Report read = report_from_json(json, "a");
  EXPECT_EQ(to_json(read), json);
  EXPECT_EQ(read.plan.cases[1].id, "all_reduce/ring/shm/float/1M/isolated/max/ranks=1/group=node0");
  EXPECT_EQ(read.rows[1].record->averaged_over, 20);
}

TEST(ReportReader, Refuses_a_report_that_lost_a_row) {
  Json json = to_json(troubled());
  json["rows"].erase(2);
  try {
    report_from_json(json, "report.json");
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("report.json: \"plan_hash\" does not match the rows"));
  }
}

TEST(ReportTable, Its_columns_fit_120_characters_even_for_the_longest_words) {
  Plan plan = synthetic_plan();
  Case item;
  item.collective = Collective::reduce_scatter;
  item.algorithm = Algorithm::halving_doubling;
  item.transport = TransportKind::threads;
  item.channels = 16;
  item.size = Bytes{std::uint64_t{1} << 30};
  item.id = case_id(item);
  plan.cases = {item};
  muster::Run run = synthetic_run(plan);
  run.records[0].seconds.assign(20, 99.99999);
  std::istringstream lines(table_of(judge(plan, synthetic_topology(), run, {}, default_targets(plan))));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("rules")) return;  // from here on free text
    EXPECT_LE(line.size(), 120U) << line;
  }
}

TEST(ReportTable, Every_row_of_a_large_plan_is_there_and_aligned) {
  Plan plan = synthetic_plan();
  plan.cases.erase(plan.cases.begin(), plan.cases.begin() + 5);
  plan.cases.resize(1);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    plan.cases.push_back(plan.cases[0]);
    plan.cases.back().size = Bytes{size * 1024};
    plan.cases.back().id = case_id(plan.cases.back());
  }
  plan.cases.erase(plan.cases.begin());
  const Report report = judge(plan, synthetic_topology(), synthetic_run(plan), {}, default_targets(plan));
  std::istringstream lines(table_of(report));
  std::vector<std::size_t> verdict_columns;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" ring ") != std::string::npos) verdict_columns.push_back(line.rfind("  ") + 2);
  }
  ASSERT_EQ(verdict_columns.size(), 70U);
  EXPECT_EQ(std::ranges::count(verdict_columns, verdict_columns[0]), 70);
}

TEST(ReportTable, The_fastest_way_of_a_size_is_marked_only_where_there_is_a_choice) {
  const std::string table = table_of(judged(synthetic_run(synthetic_plan())));
  EXPECT_THAT(table, HasSubstr("*    1M  262144  ring"));
  EXPECT_EQ(std::ranges::count(table, '*'), 3) << "two headings and one row";
}

TEST(ReportTable, Ways_that_miss_a_demand_on_the_best_of_them_share_a_line) {
  const Plan plan = synthetic_plan();
  Targets targets = synthetic_targets();
  targets.rules[3].demanded = 4e9;
  const Report report = judge(plan, synthetic_topology(), synthetic_run(plan), synthetic_expectations(plan), targets);
  EXPECT_THAT(table_of(report), HasSubstr("\nnot passed\n  fail       " + std::string(kRing) +
                                          " and 2 more: rule \"all_reduce\": best of 3 is"));
}

TEST(ReportTable, Texts_from_files_cannot_steer_the_terminal) {
  muster::Run run = synthetic_run(synthetic_plan());
  run.incidents.push_back({.launch = 0, .rank = 0, .host = "\x1b[2J", .case_id = {}, .what = "line\nbreak"});
  const std::string table = table_of(judged(run));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table, HasSubstr("line?break"));
}

TEST(ReportTable, It_ends_with_the_verdict_and_why) {
  EXPECT_THAT(table_of(troubled()), HasSubstr("\nverdict: fail — 2 of 8 cases fail; first: " + std::string(kMatmul)));
}

TEST(ReportJson, What_is_unknown_is_left_out_and_never_zero) {
  const Json json = to_json(troubled());
  for (const Json& row : json["rows"]) {
    for (const char* key : {"algbw_bytes_per_second", "busbw_bytes_per_second", "flops_per_second"}) {
      if (row.contains(key)) {
        EXPECT_GT(row[key].get<double>(), 0) << row["id"];
      }
    }
    EXPECT_EQ(row.contains("time_seconds"), row.contains("algbw_bytes_per_second") || row.contains("flops_per_second"))
        << row["id"];
  }
}

TEST(ReportJson, The_counts_add_up_to_the_rows) {
  const Json json = to_json(troubled());
  int sum = 0;
  for (const auto& [key, count] : json["counts"].items()) sum += count.get<int>();
  EXPECT_EQ(sum, static_cast<int>(json["rows"].size()));
  EXPECT_EQ(json["counts"]["unsupported"], 1);
  EXPECT_EQ(json["counts"]["fail"], 2);
}

}  // namespace
}  // namespace muster
