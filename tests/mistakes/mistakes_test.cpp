// SPDX-License-Identifier: Apache-2.0
// Mistakes that other tools made in practice, each turned into a case that must come out right. The numbers are those
// of mistakes_cli_test.py beside this, which meets the rest with the whole program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.hpp"
#include "reports/comparison/comparison.hpp"
#include "reports/targets/quantities.hpp"
#include "tests/reports/judge_fixture.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

const std::string kFolder = MUSTER_SOURCE_DIR;

class Mistakes : public Judge {
 protected:
  // The plan with other cases, measured as synthetic_run() does, without limits.
  void plan_anew(std::vector<Case> cases) {
    for (Case& item : cases) item.id = case_id(item);
    plan_.cases = std::move(cases);
    run_ = synthetic_run(plan_);
    expectations_.clear();
    targets_ = {.name = "t", .rules = {{.name = "correct"}}};
  }

  Case ring(std::uint64_t bytes, const std::string& group = {}) const {
    Case item = synthetic_plan().cases[5];
    item.size = Bytes{bytes};
    item.group = group;
    item.id = case_id(item);
    return item;
  }

  void demand(const std::string& require, const std::string& more = "") {
    const std::string text =
        R"({"schema": "muster/targets/1", "name": "t", "rules": [{"name": "r", "require": )" + require + more + "}]}";
    targets_ = targets_from_json(parse_json(text, "t.json"), "t.json");
  }
};

TEST_F(Mistakes, mistake_01_a_bandwidth_that_is_no_number_never_passes_a_floor) {
  for (const double seconds :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 0.0, -1.0}) {
    record_of(run_, kRing).seconds.assign(20, seconds);
    expect_row(kRing, Verdict::no_data, "not a positive time");
  }
  std::erase_if(run_.records, [](const Record& record) { return record.case_id == kRing; });
  EXPECT_NE(judged().verdict, Verdict::pass);
}

TEST_F(Mistakes, mistake_02_a_sweep_cut_by_memory_is_not_ok) {
  plan_anew({ring(1 << 20), ring(1 << 21), ring(1 << 22)});
  demand(R"({"sizes_at_least": {"count": 3, "from": "1M", "to": "4M"}})");
  EXPECT_EQ(judged().verdict, Verdict::pass);
  demand(R"({"sizes_at_least": {"count": 3, "from": "1M", "to": "8M"}})");
  expect_overall(Verdict::no_data, "ends below 8M");
  record_of(run_, plan_.cases[2].id).bytes = Bytes{1 << 21};
  expect_overall(Verdict::no_data, "worked on 2097152 bytes where 4194304 were planned");
}

TEST_F(Mistakes, mistake_03_a_floor_is_for_the_sizes_it_names_and_never_for_a_mean_over_sizes) {
  plan_anew({ring(8), ring(1 << 20)});
  set_times(plan_.cases[0].id, 1e-5, 0.005);  // 0.8 MB/s: as it should be for 8 bytes
  set_times(plan_.cases[1].id, 1e-4, 0.005);  // 10.5 GB/s
  demand(R"({"busbw_bytes_per_second": 1e10})", R"(, "select": {"min_size": "1M"})");
  EXPECT_EQ(judged().verdict, Verdict::pass);
  EXPECT_TRUE(row_of(judged(), plan_.cases[0].id).rules.empty());
}

TEST_F(Mistakes, mistake_04_faster_than_demanded_passes_and_an_unknown_row_is_named) {
  expectations_.clear();  // nothing here is faster than a limit
  set_times(kRing, 1e-9, 0.005);
  EXPECT_EQ(row_of(judged(), kRing).verdict, Verdict::pass);
  run_.records.push_back(run_.records.back());
  run_.records.back().case_id = "all_reduce/unheard/of";
  EXPECT_THAT(judged().findings, Contains("not planned, ignored: all_reduce/unheard/of"));
}

TEST_F(Mistakes, mistake_05_one_success_after_failures_does_not_hide_them) {
  Record broken = record_of(run_, kRing);
  broken.status = Status::failed;
  broken.reason = "timeout";
  run_.records.insert(run_.records.begin(), broken);
  expect_row(kRing, Verdict::no_data, "failed in launch 0: timeout");
}

TEST_F(Mistakes, mistake_06_what_a_rule_demands_is_never_a_mere_warning) {
  demand(R"({"fraction_of_limit": 0.9})", R"(, "select": {"families": ["matmul"]})");
  EXPECT_EQ(judged().verdict, Verdict::fail);
  EXPECT_EQ(exit_code(judged().verdict), 1);
}

TEST_F(Mistakes, mistake_09_the_same_files_give_the_same_bytes) {
  EXPECT_EQ(to_document(to_json(judged())), to_document(to_json(judged())));
}

TEST_F(Mistakes, mistake_10_a_percentile_is_of_the_slowest_rank_and_not_of_a_mean_over_ranks) {
  Record& record = record_of(run_, kRing);
  record.seconds.assign(20, 3e-4);
  record.seconds[7] = record.seconds[11] = 3e-3;  // rank 1 was late twice; the mean over ranks would show half of it
  record.rank_seconds = {std::vector<double>(20, 3e-4), record.seconds};
  EXPECT_DOUBLE_EQ(row_of(judged(), kRing).time->p99, 3e-3);
}

TEST(MistakesOfFiles, mistake_11_table_schema_and_manual_name_the_same_requirements) {
  const std::string manual = read_file(kFolder + "/docs/targets.md");
  const Json schema = parse_json(read_file(kFolder + "/reports/schema/targets.schema.json"), "schema");
  const Json& keys = schema["$defs"]["require"]["properties"];
  const int count = static_cast<int>(Quantity::pairs) + 1;
  EXPECT_EQ(static_cast<int>(keys.size()), count);
  for (int i = 0; i < count; ++i) {
    const std::string key(name_of(static_cast<Quantity>(i)));
    EXPECT_TRUE(keys.contains(key)) << key;
    EXPECT_THAT(manual, HasSubstr("`" + key + "`"));
  }
}

TEST_F(Mistakes, mistake_12_a_floor_in_one_unit_is_not_met_by_a_number_in_another) {
  Case metric;
  metric.family = Family::metric;
  metric.name = "port/bandwidth";
  metric.unit = "Gb/s";
  plan_anew({metric});
  Record& record = run_.records.front();
  record.values.assign(20, 390);
  record.seconds.clear();
  demand(R"({"value_at_least": {"number": 48, "unit": "GB/s"}})");
  expect_overall(Verdict::no_data, "is in \"Gb/s\" where the rule says \"GB/s\"");
  demand(R"({"value_at_least": {"number": 380, "unit": "Gb/s"}})");
  EXPECT_EQ(judged().verdict, Verdict::pass);
}

TEST_F(Mistakes, mistake_13_only_strict_json_is_read_and_written) {
  EXPECT_THROW(to_line(Json(std::numeric_limits<double>::quiet_NaN())), Error);
  EXPECT_THROW(parse_json("{\"a\": NaN}", "a.json"), Error);
  EXPECT_THROW(demand(R"({"correct": "true"})"), Error);
}

TEST(MistakesOfFiles, mistake_14_no_secret_gets_into_a_report) {
  const char* const environment[] = {"NCCL_ALGO=Ring", "AWS_SECRET_ACCESS_KEY=x", "NCCL_TOKEN=y", "HF_TOKEN=z",
                                     nullptr};
  EXPECT_THAT(allowed_environment(environment), ::testing::ElementsAre(::testing::Pair("NCCL_ALGO", "Ring")));
}

TEST_F(Mistakes, mistake_15_the_text_of_a_rule_is_never_run) {
  EXPECT_THAT([&] { demand(R"j({"busbw_bytes_per_second": "1e9 + __import__('os').system('touch hit')"})j"); },
              ThrowsMessage<Error>(HasSubstr("must be a number")));
  demand(R"({"correct": true})", R"j(, "select": {"cases": "$(touch hit)*"})j");
  EXPECT_THROW(judged(), Error);
  EXPECT_FALSE(std::filesystem::exists("hit"));
}

TEST(MistakesOfFiles, mistake_16_an_existing_file_is_replaced_and_never_renamed) {
  const std::filesystem::path folder = ::testing::TempDir() + "/mistake_16";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const char* text : {"yesterday", "tonight"}) write_file(folder / "report.json", text);
  EXPECT_EQ(read_file(folder / "report.json"), "tonight");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Mistakes, mistake_17_both_halves_pass_and_together_fail) {
  plan_anew({ring(1 << 20), ring(1 << 20, "node0+node1"), ring(1 << 20, "node2+node3")});
  for (const Case& item : plan_.cases) set_times(item.id, item.group.empty() ? 3e-3 : 3e-4, 0.005);
  demand(R"({"busbw_bytes_per_second": 2e9})");
  const std::string whole = plan_.cases[0].id;
  EXPECT_EQ(row_of(judged(), plan_.cases[1].id).verdict, Verdict::pass);
  EXPECT_EQ(row_of(judged(), plan_.cases[2].id).verdict, Verdict::pass);
  expect_overall(Verdict::fail, whole);
  EXPECT_THAT(judged().findings, Contains(AllOf(HasSubstr(whole), HasSubstr("no group explains it"))));
  set_times(plan_.cases[2].id, 3e-3, 0.005);  // now one half does
  EXPECT_THAT(judged().findings, Not(Contains(HasSubstr("no group explains it"))));
}

TEST_F(Mistakes, mistake_18_a_rank_that_comes_early_is_not_blamed_for_waiting) {
  plan_anew({ring(1 << 20)});
  Record& record = run_.records.front();
  for (std::size_t i = 0; i < record.seconds.size(); ++i) {
    record.rank_seconds[0][i] = record.seconds[i] + 1e-3;  // rank 0 waits a millisecond for rank 1
    record.rank_seconds[1][i] = record.seconds[i];
    record.arrival_seconds[1][i] = 1e-3;
    record.seconds[i] += 1e-3;
  }
  demand(R"({"rank_spread_at_most": 1.05})");
  EXPECT_EQ(judged().verdict, Verdict::pass) << judged().reason;
  for (double& seconds : record.rank_seconds[1]) seconds *= 1.5;  // slow by itself
  expect_overall(Verdict::fail, "slowest is rank 1");
}

TEST_F(Mistakes, mistake_18_a_group_that_begins_late_says_nothing_of_another_group) {
  plan_.ranks = 4;
  Case item = ring(1 << 20);
  item.ranks = 2;
  item.id = case_id(item);
  plan_anew({item});
  Record& record = run_.records.front();
  record.rank_seconds.resize(4, record.seconds);
  record.arrival_seconds.resize(4, record.arrival_seconds.front());
  const double half = record.seconds.front() / 2;
  for (const std::size_t rank : {2U, 3U}) record.arrival_seconds[rank].assign(record.seconds.size(), half);
  demand(R"({"rank_spread_at_most": 1.05})");
  EXPECT_EQ(judged().verdict, Verdict::pass) << judged().reason;
}

TEST_F(Mistakes, mistake_19_a_machine_with_fewer_links_is_not_judged_by_its_sibling) {
  targets_ = read_targets("h100");
  run_.headers.front().gpus = {{.model = "NVIDIA H800"}, {.model = "NVIDIA H800"}};
  const Report report = judged();
  EXPECT_EQ(report.rules.front().verdict, Verdict::no_data);
  EXPECT_THAT(report.rules.front().reason, HasSubstr("not made for \"NVIDIA H800\""));
  run_.headers.front().gpus = {{.model = "NVIDIA H100 80GB HBM3"}, {.model = "NVIDIA H100 80GB HBM3"}};
  EXPECT_EQ(judged().rules.front().verdict, Verdict::pass);
}

TEST_F(Mistakes, mistake_20_seven_of_eight_ranks_neither_pass_nor_fail_without_a_word) {
  plan_.ranks = 8;
  plan_anew({ring(1 << 20)});
  run_.records.front().ranks = 7;
  expect_overall(Verdict::no_data, "ran on 7 ranks where 8 were planned");
  plan_.ranks = 7;  // somebody planned what was left of the machine
  plan_anew({ring(1 << 20)});
  demand(R"({"ranks_at_least": 8})");
  expect_overall(Verdict::fail, "7 ranks where 8 must take part");
}

}  // namespace
}  // namespace muster
