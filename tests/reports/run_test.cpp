// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.hpp"
#include "reports/record.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

// run.jsonl in a folder of the test's own; lines can be replaced before it is read.
class RunFile : public ::testing::Test {
 protected:
  void SetUp() override {
    const muster::Run run = synthetic_run(synthetic_plan());
    lines_.push_back(to_line(to_json(run.headers[0])));
    for (const Record& record : run.records) lines_.push_back(to_line(to_json(record)));
    lines_.push_back(to_line(end_line(run.records.size())));
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    path_ = ::testing::TempDir() + "muster_" + name + ".jsonl";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string text() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }
  muster::Run read(const std::string& text) const {
    write_file(path_, text);
    return read_run(path_);
  }
  muster::Run read() const { return read(text()); }

  // Replaces one value of a line; a null pointer in `value` stays a JSON null.
  void edit(std::size_t line, const std::string& pointer, const Json& value) {
    Json json = parse_json(lines_.at(line), "line");
    json[Json::json_pointer(pointer)] = value;
    lines_[line] = to_line(json);
  }

  // lines_[0] is the header, lines_[i] the record of case i - 1.
  static constexpr std::size_t kRingLine = 6;
  std::vector<std::string> lines_;
  std::string path_;
};

TEST_F(RunFile, Survives_the_way_to_json_and_back_with_the_same_bytes) {
  const muster::Run run = read();
  ASSERT_EQ(run.records.size(), 9U);
  EXPECT_TRUE(run.ended);
  EXPECT_TRUE(run.incidents.empty());
  EXPECT_EQ(to_line(to_json(run.headers.at(0))), lines_[0]);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(to_line(to_json(run.records[i])), lines_[i + 1]);
}

TEST_F(RunFile, An_incident_survives_too) {
  const Incident incident = {
      .launch = 1, .rank = 3, .host = "node7", .case_id = kRing, .what = "killed by signal 9 (Killed)"};
  lines_.push_back(to_line(to_json(incident)));
  const muster::Run run = read();
  ASSERT_EQ(run.incidents.size(), 1U);
  EXPECT_EQ(to_line(to_json(run.incidents[0])), lines_.back());
  EXPECT_TRUE(run.ended) << "an incident after the end line leaves the end where it was";
}

TEST_F(RunFile, Cut_anywhere_in_its_last_line_it_loses_that_line_only_and_says_so) {
  lines_.pop_back();
  const std::string whole = text();
  const std::size_t last_line = whole.rfind('\n', whole.size() - 2) + 1;
  for (const std::size_t kept : {std::size_t{1}, std::size_t{20}, whole.size() - last_line - 2}) {
    const muster::Run run = read(whole.substr(0, last_line + kept));
    EXPECT_EQ(run.records.size(), 8U) << kept;
    ASSERT_EQ(run.incidents.size(), 1U) << kept;
    EXPECT_THAT(run.incidents[0].what, AllOf(HasSubstr(":10: "), HasSubstr("cut")));
    EXPECT_FALSE(run.ended);
  }
}

TEST_F(RunFile, A_last_line_that_lacks_only_its_newline_is_whole) {
  const std::string whole = text();
  const muster::Run run = read(whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(run.ended);
  EXPECT_TRUE(run.incidents.empty());
}

TEST_F(RunFile, A_broken_line_before_the_last_is_an_error_with_file_and_line) {
  lines_[3] = lines_[3].substr(0, 50);
  EXPECT_THAT([&] { read(); }, ThrowsMessage<Error>(StartsWith(path_ + ":4: ")));
  lines_[3] = "";
  EXPECT_THAT([&] { read(); }, ThrowsMessage<Error>(StartsWith(path_ + ":4: ")));
}

TEST_F(RunFile, Without_its_end_line_it_has_not_ended) {
  lines_.pop_back();
  EXPECT_FALSE(read().ended);
}

TEST_F(RunFile, An_end_line_that_counts_other_records_than_are_there_ends_nothing) {
  lines_.erase(lines_.begin() + 4);
  const muster::Run run = read();
  EXPECT_FALSE(run.ended);
  ASSERT_EQ(run.incidents.size(), 1U);
  EXPECT_THAT(run.incidents[0].what, HasSubstr("counts 9 records of its launch, the file has 8"));
}

TEST_F(RunFile, A_second_launch_counts_its_own_records) {
  lines_.pop_back();
  const std::string header = lines_[0];
  lines_.insert(lines_.begin() + 8, header);
  lines_.push_back(to_line(end_line(2)));
  const muster::Run run = read();
  EXPECT_EQ(run.headers.size(), 2U);
  EXPECT_TRUE(run.ended);
}

TEST_F(RunFile, What_follows_an_end_line_opens_the_run_again) {
  lines_.push_back(lines_[kRingLine]);
  EXPECT_FALSE(read().ended);
}

TEST_F(RunFile, Both_records_of_a_case_that_was_measured_twice_are_kept) {
  lines_.insert(lines_.begin() + 2, lines_[1]);
  EXPECT_EQ(read().records.size(), 10U);
}

TEST_F(RunFile, An_empty_file_is_a_run_of_nothing) {
  const muster::Run run = read("");
  EXPECT_TRUE(run.headers.empty());
  EXPECT_FALSE(run.ended);
}

TEST_F(RunFile, A_record_before_any_header_is_refused) {
  lines_.erase(lines_.begin());
  EXPECT_THAT([&] { read(); }, ThrowsMessage<Error>(AllOf(StartsWith(path_ + ":1: "), HasSubstr("before any header"))));
}

TEST_F(RunFile, Numbers_that_json_cannot_say_are_refused) {
  for (const char* number : {"NaN", "Infinity", "-Infinity", "1e999"}) {
    const std::string saved = lines_[kRingLine];
    const std::size_t place = saved.find("\"seconds\":[") + 11;
    lines_[kRingLine].insert(place, std::string(number) + ",");
    EXPECT_THAT([&] { read(); }, ThrowsMessage<Error>(StartsWith(path_ + ":7: "))) << number;
    lines_[kRingLine] = saved;
  }
}

struct Edit {
  std::size_t line;
  const char* pointer;
  Json value;
  const char* key;  // that the error must name
};

TEST_F(RunFile, A_value_that_makes_no_sense_is_refused_with_file_line_and_key) {
  const std::vector<double> short_series(19, 1e-3);
  const Edit edits[] = {
      {kRingLine, "/schema", "muster/run/2", "schema"},
      {kRingLine, "/kind", "cases", "kind"},
      {kRingLine, "/surprise", 1, "surprise"},
      {kRingLine, "/case", 1, "case"},
      {kRingLine, "/launch", -1, "launch"},
      {kRingLine, "/status", "ok", "status"},
      {kRingLine, "/ranks", 0, "ranks"},
      {kRingLine, "/ranks", 3, "rank_seconds"},
      {kRingLine, "/agreed_samples", 19, "seconds"},
      {kRingLine, "/agreed_samples", -1, "agreed_samples"},
      {kRingLine, "/bytes", -1, "bytes"},
      {kRingLine, "/bytes", 1e6, "bytes"},
      {kRingLine, "/flops", -1, "flops"},
      {kRingLine, "/check/wrong", 1001, "wrong"},
      {kRingLine, "/check/elements", -1, "elements"},
      {kRingLine, "/check/extra", 1, "extra"},
      {kRingLine, "/check", nullptr, "check"},
      {kRingLine, "/seconds", 1, "seconds"},
      {kRingLine, "/seconds/3", 0, "sample 4"},
      {kRingLine, "/seconds/3", -1e-6, "sample 4"},
      {kRingLine, "/seconds/3", 1e6, "sample 4"},
      {kRingLine, "/seconds/3", nullptr, "sample 4"},
      {kRingLine, "/seconds/3", "1e-6", "sample 4"},
      {kRingLine, "/seconds", short_series, "rank_seconds"},
      {kRingLine, "/rank_seconds", {short_series, short_series}, "rank_seconds"},
      {kRingLine, "/rank_seconds/1", 1, "rank_seconds"},
      {kRingLine, "/rank_seconds/1/0", -1, "rank_seconds"},
      {kRingLine, "/arrival_seconds/0", Json::array(), "arrival_seconds"},
      {kRingLine, "/arrival_seconds/0/0", -1e-9, "arrival_seconds"},
      {0, "/ranks", 3, "hosts"},
      {0, "/hosts/1", 7, "hosts"},
      {0, "/clock_error_seconds", {0}, "clock_error_seconds"},
      {0, "/versions", Json::array(), "versions"},
      {0, "/environment/OMP_NUM_THREADS", 1, "OMP_NUM_THREADS"},
      {10, "/records", -1, "records"},
  };
  for (const Edit& change : edits) {
    const std::string saved = lines_[change.line];
    edit(change.line, change.pointer, change.value);
    EXPECT_THAT([&] { read(); },
                ThrowsMessage<Error>(
                    AllOf(StartsWith(path_ + ":" + std::to_string(change.line + 1) + ": "), HasSubstr(change.key))))
        << change.pointer << " = " << change.value.dump();
    lines_[change.line] = saved;
  }
}

TEST(Environment, Only_listed_variables_stand_in_a_report) {
  const char* const environment[] = {"OMP_NUM_THREADS=4",
                                     "NCCL_ALGO=Ring",
                                     "OMPI_MCA_btl=self,vader",
                                     "CUDA_VISIBLE_DEVICES=0",
                                     "SLURM_NTASKS=8",
                                     "SLURM_JOB_USER=alice",
                                     "AWS_SECRET_ACCESS_KEY=x",
                                     "HOME=/users/alice",
                                     "PATH=/bin",
                                     "MY_OMP_NUM_THREADS=1",
                                     "CUDA_VISIBLE_DEVICES_2=1",
                                     "no equals sign",
                                     "OMP_EMPTY=",
                                     nullptr};
  EXPECT_THAT(
      allowed_environment(environment),
      ElementsAre(Pair("CUDA_VISIBLE_DEVICES", "0"), Pair("NCCL_ALGO", "Ring"), Pair("OMPI_MCA_btl", "self,vader"),
                  Pair("OMP_EMPTY", ""), Pair("OMP_NUM_THREADS", "4"), Pair("SLURM_NTASKS", "8")));
}

TEST(Environment, Names_that_look_secret_are_left_out_even_if_listed) {
  const char* const environment[] = {"NCCL_API_TOKEN=t",
                                     "NCCL_proxy_password=p",
                                     "OMPI_MCA_orte_precondition_transports=0123-4567",
                                     "OMPI_MCA_orte_hnp_uri=1.0;tcp://10.0.0.1:5000",
                                     "OMP_SECRET=s",
                                     "NCCL_CREDENTIALS=c",
                                     "NCCL_KEY=k",
                                     nullptr};
  EXPECT_TRUE(allowed_environment(environment).empty());
}

TEST(Environment, Values_are_cut_and_made_printable) {
  const std::string entry = "NCCL_DEBUG=\x1b[2J\xff" + std::string(300, 'x');
  const char* const environment[] = {entry.c_str(), nullptr};
  const std::string value = allowed_environment(environment).at("NCCL_DEBUG");
  EXPECT_THAT(value, StartsWith("?[2J?xxx"));
  EXPECT_EQ(value.size(), 200U);
}

}  // namespace
}  // namespace muster
