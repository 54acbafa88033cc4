// SPDX-License-Identifier: Apache-2.0
// Markdown, JUnit, Prometheus and CSV: whole outputs as golden files, and hostile names in all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "core/error.hpp"
#include "reports/writers/writers.hpp"
#include "tests/golden.hpp"
#include "tests/reports/writers_fixture.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string written(std::string_view format, const Report& report) { return writer_named(format).write(report, {}); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(WrittenReport, Looks_like_its_golden_file_in_every_format) {
  const Report report = report_of_all_kinds();
  for (const char* format : {"markdown", "junit", "prometheus", "csv"}) {
    const std::string ending(writer_named(format).ending);
    expect_golden("report_of_all_kinds" + ending, written(format, report));
  }
}

TEST(WrittenReport, Is_the_same_bytes_each_time_in_every_format) {
  for (const Writer& writer : report_writers()) {
    EXPECT_EQ(writer.write(report_of_all_kinds(), {}), writer.write(report_of_all_kinds(), {})) << writer.name;
  }
}

TEST(WrittenReport, Of_no_cases_is_written_in_every_format) {
  for (const Writer& writer : report_writers()) EXPECT_NE(writer.write(Report{}, {}), "") << writer.name;
}

TEST(Formats, Are_found_by_name_and_by_ending) {
  for (const Writer& writer : report_writers()) {
    EXPECT_EQ(writer_for_file("out/report" + std::string(writer.ending)).name, writer.name);
    EXPECT_EQ(writer_named(writer.name).ending, writer.ending);
  }
  EXPECT_THROW(writer_named("pdf"), Error);
  try {
    writer_for_file("report.pdf");
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("report.pdf: no format has this ending; use .txt, .md, .xml, .prom, .csv"));
  }
}

TEST(Markdown, Starts_with_the_verdict_and_fits_a_comment) {
  EXPECT_THAT(written("markdown", report_of_all_kinds()), StartsWith("**Muster: fail** — "));
  Report large = report_of_all_kinds();
  const Row row = large.rows.back();
  for (int i = 0; i < 3000; ++i) add_row(large, row);
  const std::string text = written("markdown", large);
  EXPECT_LT(text.size(), 65536U);
  EXPECT_THAT(text, HasSubstr("Too long for a comment"));
}

TEST(Markdown, Hostile_names_are_text) {
  const std::string text = written("markdown", hostile_report());
  const std::string outside_of_code = std::regex_replace(text, std::regex("``.*?``"), "");
  EXPECT_FALSE(std::regex_search(outside_of_code, std::regex("@team|[^\\\\]\\]\\(http:|<img")));
  for (const std::string& line : lines_of(text)) EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

// Elements and attributes in pairs, entities known, nothing else: what an XML parser asks for.
TEST(Junit, Hostile_names_leave_it_well_formed) {
  const std::string text = written("junit", hostile_report());
  const std::regex line(
      R"x(<\?xml version="1\.0" encoding="UTF-8"\?>|\s*</?\w+( \w+="([^<>&"]|&(lt|gt|amp|quot|#39);)*")*/?>)x");
  for (const std::string& each : lines_of(text)) EXPECT_TRUE(std::regex_match(each, line)) << each;
  const auto count = [&](const std::string& word) {
    const std::regex pattern(word);
    return std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator());
  };
  const Report report = hostile_report();
  EXPECT_EQ(count("<testcase "), static_cast<std::ptrdiff_t>(report.rows.size() + report.rules.size() + 1));
}

TEST(Junit, Nothing_but_a_pass_is_green) {
  Report report;
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::ambiguous, Verdict::no_data}) {
    report.verdict = verdict;
    const std::string text = written("junit", report);
    const bool is_green =
        text.find("<testsuites name=\"muster\" tests=\"1\" failures=\"0\" errors=\"0\"") != std::string::npos;
    EXPECT_EQ(is_green, verdict == Verdict::pass) << name_of(verdict);
  }
}

TEST(Prometheus, Every_line_keeps_to_the_exposition_format_and_no_series_comes_twice) {
  for (const Report& report : {report_of_all_kinds(), hostile_report()}) {
    const std::regex line(
        R"x(# (HELP|TYPE) muster_\w+ .+|(muster_\w+(\{(\w+="([^"\\]|\\[\\"n])*",?)+\})?) -?[0-9.]+(e[+-]?\d+)?)x");
    std::vector<std::string> series;
    for (const std::string& each : lines_of(written("prometheus", report))) {
      std::smatch found;
      ASSERT_TRUE(std::regex_match(each, found, line)) << each;
      if (found[2].matched) series.push_back(found[2]);
    }
    std::ranges::sort(series);
    EXPECT_EQ(std::ranges::adjacent_find(series), series.end());
  }
}

TEST(Prometheus, Exactly_one_state_of_a_verdict_holds) {
  double sum = 0;
  for (const std::string& line : lines_of(written("prometheus", report_of_all_kinds()))) {
    if (line.starts_with("muster_verdict{")) sum += std::stod(line.substr(line.rfind(' ')));
  }
  EXPECT_EQ(sum, 1);
}

// RFC 4180, read back by its own grammar.
std::vector<std::vector<std::string>> csv_records(const std::string& text) {
  std::vector<std::vector<std::string>> records = {{""}};
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (letter == '"' && is_quoted && i + 1 < text.size() && text[i + 1] == '"') {
      records.back().back() += text[++i];
    } else if (letter == '"') {
      is_quoted = !is_quoted;
    } else if (letter == ',' && !is_quoted) {
      records.back().emplace_back();
    } else if (letter == '\r' && !is_quoted && text[i + 1] == '\n') {
      ++i;
      if (i + 1 < text.size()) records.push_back({""});
    } else {
      records.back().back() += letter;
    }
  }
  return records;
}

TEST(Csv, Has_a_record_per_case_of_as_many_fields_and_no_formula) {
  const Report report = hostile_report();
  const auto records = csv_records(written("csv", report));
  ASSERT_EQ(records.size(), report.rows.size() + 1);
  for (const auto& record : records) {
    EXPECT_EQ(record.size(), records[0].size());
    for (const std::string& field : record) {
      const bool is_number = std::regex_match(field, std::regex(R"(-?[0-9.]+(e[+-]?\d+)?)"));
      EXPECT_TRUE(is_number || field.find_first_of("=+-@") != 0) << field;
    }
  }
}

}  // namespace
}  // namespace muster
