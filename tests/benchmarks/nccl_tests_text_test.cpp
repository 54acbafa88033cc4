// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "benchmarks/nccl_tests/perf_json.hpp"
#include "benchmarks/nccl_tests/perf_text.hpp"

namespace muster {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

PerfRow row_of(double busbw) {
  PerfRow row{.size = 33554432, .count = 8388608, .type = "float", .operation = "sum", .root = -1};
  row.out_of_place = {.seconds = 1282.93e-6, .algbw = 26.15e9, .busbw = busbw, .wrong = 0};
  row.in_place = {.seconds = 99999.9e-6, .algbw = 9999e9, .busbw = busbw, .wrong = std::nullopt};
  return row;
}

PerfReport report_of(std::vector<PerfRow> rows) {
  PerfReport report{.program = find_perf_program("all_reduce_perf")};
  report.rows = std::move(rows);
  return report;
}

struct Printed {
  double value;
  int width;
  const char* text;
};

TEST(PerfNumber, Drops_decimals_to_keep_its_width_as_nccl_tests_does) {
  for (const auto& [value, width, text] : {
           Printed{0, 6, "  0.00"}, {0.004, 6, "  0.00"},     {9.999, 6, " 10.00"},      {13.08, 6, " 13.08"},
           {999.99, 6, "999.99"},   {1000, 6, "1000.0"},      {9999.94, 6, "9999.9"},    {12345.6, 6, " 12346"},
           {123456, 6, "123456"},   {1234567, 6, " 1e+06"},   {0.77, 7, "   0.77"},      {1282.93, 7, "1282.93"},
           {9999.99, 7, "9999.99"}, {19905.2, 7, "19905.2"},  {159384, 7, " 159384"},    {1263724, 7, "1263724"},
           {9999999, 7, "9999999"}, {10000000, 7, "1.0e+07"}, {123456789, 7, "1.2e+08"},
       }) {
    EXPECT_EQ(perf_number(value, width), text) << value;
  }
}

TEST(PerfNumber, Ends_for_what_is_no_number) {
  EXPECT_EQ(perf_number(std::nan(""), 7), "    nan");
  EXPECT_EQ(perf_number(std::numeric_limits<double>::infinity(), 6), "   inf");
}

TEST(PerfLine, Is_that_of_a_published_log) {
  EXPECT_EQ(perf_line(row_of(13.08e9), {}),
            "    33554432       8388608     float     sum      -1  1282.93   26.15   13.08       0  99999.9  9999.0   "
            "13.08    N/A\n");
}

TEST(PerfLine, Gets_eight_more_words_per_iteration_and_two_for_the_time) {
  PerfRow row = row_of(1e9);
  row.out_of_place.iterations = row.in_place.iterations = summarised({{1e-6, 2e-6}, {2e-6, 1e-6}}, 0);
  row.timestamp = "2026-01-31 23:59:59";
  PerfOptions options;
  options.timestamps = options.per_iteration = 1;
  const std::string line = perf_line(row, options);
  EXPECT_THAT(line, HasSubstr("   2.00     2.00     2.00     0.00"));
  EXPECT_THAT(line, EndsWith("     0.00  2026-01-31 23:59:59\n"));
}

TEST(PerfHeader, Has_its_words_where_the_published_logs_have_them) {
  const std::string header = perf_header(report_of({}));
  EXPECT_THAT(header, StartsWith("# nccl-tests version "));
  EXPECT_THAT(header, EndsWith("#                                                              out-of-place            "
                               "           in-place     "
                               "     \n"
                               "#       size         count      type   redop    root     time   algbw   busbw  #wrong  "
                               "   time   algbw   busbw  "
                               "#wrong \n"
                               "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)          "
                               "   (us)  (GB/s)  (GB/s)  "
                               "       \n"));
}

TEST(PerfFooter, Says_OK_or_FAILED_only_where_a_bound_was_given) {
  PerfReport report = report_of({row_of(100e9)});
  EXPECT_THAT(perf_footer(report), HasSubstr("# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 100 \n"));
  report.least_bandwidth = 111e9;
  EXPECT_THAT(perf_footer(report), HasSubstr("# Avg bus bandwidth    : 100 OK\n"));
  report.least_bandwidth = 112e9;
  EXPECT_THAT(perf_footer(report), HasSubstr("# Avg bus bandwidth    : 100 FAILED\n"));
}

TEST(PerfVerdict, Fails_what_no_bound_can_be_compared_with) {
  PerfReport report = report_of({row_of(100e9)});
  report.least_bandwidth = 1;
  EXPECT_EQ(verdict_of(report).exit_code, 0);

  PerfReport not_a_number = report;
  not_a_number.rows[0].in_place.busbw = std::nan("");
  EXPECT_EQ(verdict_of(not_a_number).exit_code, kPerfFailed);
  PerfReport unchecked = report;
  unchecked.rows[0].out_of_place.wrong.reset();
  EXPECT_EQ(verdict_of(unchecked).exit_code, kPerfFailed);
  PerfReport without_rows = report;
  without_rows.rows.clear();
  EXPECT_EQ(verdict_of(without_rows).exit_code, kPerfFailed);
  PerfReport shortened = report;
  shortened.errors.push_back("the sweep was shortened");
  EXPECT_EQ(verdict_of(shortened).exit_code, kPerfFailed);
}

TEST(PerfVerdict, Fails_a_shortened_sweep_and_wrong_data_without_a_bound_too) {
  PerfReport report = report_of({row_of(100e9)});
  EXPECT_EQ(verdict_of(report).exit_code, 0);
  report.rows[0].in_place.wrong = 3;
  EXPECT_EQ(verdict_of(report).exit_code, kPerfFailed);
  EXPECT_EQ(verdict_of(report).wrong, 3u);
  report.rows[0].in_place.wrong = 0;
  report.errors.push_back("the sweep was shortened");
  EXPECT_EQ(verdict_of(report).exit_code, kPerfFailed);
}

TEST(PerfJson, Holds_no_number_that_is_none_and_escapes_what_it_is_told) {
  PerfReport report = report_of({row_of(std::nan(""))});
  report.arguments = {"a\"b\n", "\x01"};
  const std::string text = to_document(perf_json(report));
  EXPECT_THAT(text, HasSubstr("\"bus_bw\": null"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_EQ(parse_json(text, "report")["args"][0], "a\"b\n");
  EXPECT_EQ(parse_json(text, "report")["average_bus_bandwidth"]["okay"], "false");
}

TEST(PerfIterationSummary, Is_of_the_slowest_rank_without_what_is_skipped) {
  const PerfIterations found = summarised({{9, 1, 4, 2}, {1, 3, 2, 2}}, 1);
  EXPECT_THAT(found.seconds, testing::ElementsAre(9, 3, 4, 2));
  EXPECT_EQ(found.least, 2);
  EXPECT_EQ(found.most, 4);
  EXPECT_EQ(found.mean, 3);
  EXPECT_EQ(found.p50, 3);  // the second of three
  EXPECT_EQ(found.p99, 4);
  EXPECT_NEAR(found.deviation, std::sqrt(2.0 / 3), 1e-12);  // divided by n
  EXPECT_NEAR(found.variation_percent, std::sqrt(2.0 / 3) / 3 * 100, 1e-9);
}

TEST(PerfIterationSummary, Takes_p50_at_half_of_n_and_p95_by_nearest_rank) {
  std::vector<double> seconds;
  for (int i = 1; i <= 20; ++i) seconds.push_back(i);
  const PerfIterations found = summarised({seconds}, 0);
  EXPECT_EQ(found.p50, 11);
  EXPECT_EQ(found.p95, 19);
  EXPECT_EQ(found.p99, 20);
}

}  // namespace
}  // namespace muster
