// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "reports/text_table.hpp"
#include "reports/writers/text.hpp"
#include "tests/reports/writers_fixture.hpp"

namespace muster {
namespace {

TEST(Printable, Replaces_what_steers_hides_or_is_no_text) {
  EXPECT_EQ(printable("Größe 日本 😀"), "Größe 日本 😀");
  EXPECT_EQ(printable("a\x1b[2J\n\t\x7f"), "a?[2J???");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "b"),
            "a?b")
      << "C1 control of ECMA-48";
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b\xE2\x80\xA8\xEF\xBB\xBF"),
            "a?b??")
      << "bidi override, separator, BOM";
  EXPECT_EQ(printable("\xC0\xAF\xED\xA0\x80\xF5\xE2\x82"),
            "????"
            "????")
      << "overlong, surrogate, beyond, cut";
}

TEST(ExactNumbers, Read_back_as_the_same_number) {
  for (const double value : {0.1, 1e-300, 123456789.125, 1e22, -2.5}) {
    EXPECT_EQ(std::stod(exact_number(value)), value);
  }
  EXPECT_EQ(exact_number(0.25), "0.25");
}

TEST(MarkupText, Names_the_five_special_characters) {
  EXPECT_EQ(markup_text("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
}

TEST(JsonForScript, Cannot_end_the_element_and_reads_back) {
  const Json value = {{"name", kHostile}, {"separator", "a\xE2\x80\xA8\xE2\x80\xA9z"}};
  const std::string text = json_for_script(value);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos) << text;
  EXPECT_EQ(text.find("\xE2\x80\xA8"), std::string::npos);
  EXPECT_EQ(parse_json(text, "page"), value);
}

TEST(MarkdownText, Formats_links_and_mentions_nothing) {
  EXPECT_EQ(markdown_text("*a* [b](http://c) <d> @e #1 `f` x|y _g_"),
            "\\*a\\* \\[b\\](http:\\//c) &lt;d&gt; @<!-- -->e #<!-- -->1 \\`f\\` x\\|y \\_g\\_");
}

TEST(MarkdownCode, Has_a_fence_that_its_text_cannot_close) {
  EXPECT_EQ(markdown_code("a/b"), "`a/b`");
  EXPECT_EQ(markdown_code("a``b|c"), "```a``b\\|c```");
  EXPECT_EQ(markdown_code("`a`"), "`` `a` ``");
}

TEST(CsvText, Is_quoted_where_needed_and_never_a_formula) {
  EXPECT_EQ(csv_text("all_reduce/ring"), "all_reduce/ring");
  EXPECT_EQ(csv_text("a,b \"c\""), "\"a,b \"\"c\"\"\"");
  for (const char* formula : {"=1+1", "+1", "-1", "@sum", "  =1"}) {
    EXPECT_EQ(csv_text(formula), "\"'" + std::string(formula) + "\"");
  }
}

TEST(PrometheusLabel, Escapes_backslash_quote_and_line_feed) {
  EXPECT_EQ(prometheus_label("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
}

}  // namespace
}  // namespace muster
