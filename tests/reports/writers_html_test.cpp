// SPDX-License-Identifier: Apache-2.0
// The HTML report and what it is made of. What a browser makes of it: tests/browser_test.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "reports/writers/chart.hpp"
#include "reports/writers/heat_map.hpp"
#include "reports/writers/page.hpp"
#include "reports/writers/text.hpp"
#include "tests/reports/writers_fixture.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The page without its own style and scripts.
std::string content_of(std::string page) {
  for (const PagePart& part : {page_style(), page_script(), chart_library()}) {
    const std::size_t at = page.find(part.text);
    if (at != std::string::npos) page.erase(at, part.text.size());
  }
  return page;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(HtmlReport, Says_the_verdict_first_and_then_why) {
  const std::string page = content_of(write_html(report_of_all_kinds(), {}));
  const std::size_t verdict = page.find("<strong>fail</strong><p>");
  const std::size_t failures = page.find("<h2 id=\"not-passed-heading\"");
  const std::size_t cases = page.find("<h2 id=\"all-cases-heading\"");
  ASSERT_NE(cases, std::string::npos);
  EXPECT_LT(verdict, failures);
  EXPECT_LT(failures, cases);
}

TEST(HtmlReport, Has_no_element_of_a_hostile_name) {
  WriteOptions options;
  options.history = {{.case_id = kHostile, .unit = kHostile, .points = {{.when = kHostile, .label = kHostile}}}};
  const std::string page = content_of(write_html(hostile_report(), options));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_EQ(count_of(page, "</script>"), count_of(page, "<script"));
  // Each attribute is one of ours: what follows a quote inside a tag is a blank, a slash or the end of the tag.
  const std::regex tag("<[a-zA-Z/][^<>\"]*(\"[^\"<>]*\"[^<>\"]*)*>");
  const std::string left = std::regex_replace(page.substr(page.find("<body")), tag, "");
  EXPECT_EQ(left.find('<'), std::string::npos) << left.substr(left.find('<'), 200);
}

TEST(HtmlReport, Loads_nothing_and_allows_only_its_own_parts) {
  const std::string page = content_of(write_html(report_of_all_kinds(), {}));
  EXPECT_FALSE(
      std::regex_search(page, std::regex("<(link|iframe|img|object|embed|base|form)\\b|\\s(src|style|on\\w+)=")));
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-")));
}

TEST(HtmlReport, Has_a_section_only_where_there_is_something_to_say) {
  const std::string page = write_html(Report{}, {});
  EXPECT_THAT(page, Not(HasSubstr("id=\"collectives\"")));
  EXPECT_THAT(page, HasSubstr("id=\"method\""));
}

TEST(HtmlReport, Has_a_table_behind_each_chart_and_each_heat_map) {
  const std::string page = content_of(write_html(report_of_all_kinds(), {}));
  const std::size_t figures = count_of(page, "<figure");
  EXPECT_GE(figures, 6U);
  EXPECT_EQ(count_of(page, "<canvas data-chart=") + count_of(page, "<svg class=\"heat\""), figures);
  EXPECT_EQ(count_of(page, "<summary>The numbers</summary>"), figures);
}

TEST(Charts, Show_bandwidth_and_time_over_size_with_limit_and_prediction) {
  const std::vector<Chart> charts = collective_charts(report_of_all_kinds());
  ASSERT_GE(charts.size(), 2U);
  std::vector<std::string> labels;
  for (const ChartSeries& series : charts[0].series) labels.push_back(series.label);
  EXPECT_THAT(labels, ElementsAre("ring shm", "ring shm, predicted", "native mpi", "native mpi, predicted", "tree shm",
                                  "tree shm, predicted", "limit"));
  const ChartSeries& ring = charts[0].series[0];
  ASSERT_EQ(ring.points.size(), 3U);
  EXPECT_EQ(ring.points[0].x, 65536);
  EXPECT_NEAR(ring.points[1].y, 3.495, 0.001) << "GB/s";
  EXPECT_LT(ring.points[1].low, ring.points[1].y);
  EXPECT_NEAR(charts[1].series[0].points[1].y, 300, 1e-6) << "us";
}

TEST(Charts, Numbers_of_channels_part_ways_only_within_one_size) {
  Report report = report_of_all_kinds();
  std::erase_if(report.rows, [](const Row& row) { return row.item.family != Family::collective; });
  Row more = report.rows.front();
  more.item.channels = 8;
  more.item.size = Bytes{1U << 30};
  report.rows.push_back(more);
  EXPECT_EQ(collective_charts(report)[0].series[0].points.size(), 4U) << "another size: the same line";
  more.item.size = report.rows.front().item.size;
  report.rows.push_back(more);
  EXPECT_EQ(collective_charts(report)[0].series[0].points.size(), 4U) << "the same size: a line of its own";
}

TEST(Charts, Of_products_stand_against_the_limit) {
  const std::vector<Chart> charts = matmul_charts(report_of_all_kinds());
  ASSERT_EQ(charts.size(), 1U);
  EXPECT_NEAR(charts[0].series[1].points[0].y / charts[0].series[0].points[0].y, 10, 0.01) << "10 % of the limit";
}

TEST(Charts, Of_ranks_show_how_much_slower_each_is) {
  Report report = report_of_all_kinds();
  for (Row& row : report.rows) row.rank_medians.clear();
  report.rows[3].rank_medians = {1.0, 1.0, 1.5};
  const std::vector<Chart> charts = rank_charts(report);
  ASSERT_EQ(charts.size(), 1U);
  EXPECT_DOUBLE_EQ(charts[0].series[0].points[2].y, 50);
}

TEST(HeatMaps, Show_links_in_both_directions_and_pairs_on_both_sides) {
  const std::vector<HeatMap> maps = heat_maps_of(report_of_all_kinds());
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[0].cells.size(), 6U);
  EXPECT_THAT(maps[1].sources, ElementsAre("node1", "node2", "node10")) << "as people count";
  EXPECT_EQ(maps[1].cells.size(), 6U);
  const std::string svg = to_svg(maps[0]);
  EXPECT_EQ(count_of(svg, "class=\"failed\""), 1U);
  EXPECT_THAT(svg, HasSubstr("gpu:1 → gpu:2: 134.2 GB/s, fail"));
}

TEST(HeatMaps, Keep_the_largest_size_of_each_pair) {
  Report report = report_of_all_kinds();
  for (Row row : report_of_all_kinds().rows) {
    row.item.size = Bytes{8};
    add_row(report, row);
  }
  EXPECT_THAT(heat_maps_of(report)[0].title, HasSubstr("256M"));
}

}  // namespace
}  // namespace muster
