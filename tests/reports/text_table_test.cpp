// SPDX-License-Identifier: Apache-2.0
#include "reports/text_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace muster {
namespace {

TEST(Numbers, Have_four_significant_digits_and_no_exponent) {
  EXPECT_EQ(significant(0.0123456), "0.01235");
  EXPECT_EQ(significant(0.9999), "0.9999");
  EXPECT_EQ(significant(0.99996), "1.000");
  EXPECT_EQ(significant(1), "1.000");
  EXPECT_EQ(significant(13.4549), "13.45");
  EXPECT_EQ(significant(99.996), "100.0");
  EXPECT_EQ(significant(812.34), "812.3");
  EXPECT_EQ(significant(12345.6), "12346");
  EXPECT_EQ(significant(1e12), "1000000000000");
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(significant(1e-12), "0.000000000");
}

TEST(Numbers, That_a_person_chose_lose_their_zeros) {
  EXPECT_EQ(without_zeros("0.3000"), "0.3");
  EXPECT_EQ(without_zeros("3.000"), "3");
  EXPECT_EQ(without_zeros("300"), "300");
}

TEST(Numbers, Percentages_have_one_decimal) { EXPECT_EQ(percent(0.31449), "31.4"); }

TEST(TextTable, Columns_are_as_wide_as_their_widest_cell_and_lines_have_no_blanks_at_their_end) {
  TextTable table({{"n"}, {"name", Align::left}, {"note", Align::left}});
  table.add({"1", "ring", ""});
  table.add({"1024", "halving", "x"});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(),
            "     n  name     note\n"
            "     1  ring\n"
            "  1024  halving  x\n");
}

TEST(TextTable, Without_rows_there_is_no_heading) {
  std::ostringstream out;
  TextTable({{"n"}}).print(out);
  EXPECT_EQ(out.str(), "");
}

std::string narrow(const TextTable& table, std::size_t width, Colour colour = Colour::none) {
  std::ostringstream out;
  table.print(out, {.width = width, .colour = colour});
  return out.str();
}

void expect_at_most(const std::string& text, std::size_t width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), width) << line;
}

TEST(NarrowTable, Abbreviates_the_widest_texts_and_never_a_number) {
  TextTable table({{"name", Align::left}, {"value"}});
  table.add({"a_very_long_name_that_ends_in_7", "123456"});
  EXPECT_EQ(narrow(table, 80),
            "  name                              value\n  a_very_long_name_that_ends_in_7  123456\n");
  EXPECT_EQ(narrow(table, 22), "  name           value\n  a_very_l…in_7 123456\n");
}

TEST(NarrowTable, Leaves_out_what_only_needs_room_and_says_so) {
  TextTable table({{"size"}, {"count", Align::right, Need::room}, {"time(us)"}});
  table.add({"1048576", "262144", "1234.5"});
  EXPECT_EQ(narrow(table, 20), "     size time(us)\n  1048576   1234.5\n  (a wider screen\n  also shows count)\n");
}

TEST(NarrowTable, Goes_on_below_with_the_first_column_where_nothing_else_helps) {
  TextTable table({{"GPU"}, {"0"}, {"1"}, {"2"}, {"3"}});
  table.add({"0", "", "345.6", "345.6", "345.6"});
  table.add({"1", "345.6", "", "345.6", "345.6"});
  const std::string text = narrow(table, 20);
  expect_at_most(text, 20);
  EXPECT_EQ(text,
            "  GPU     0     1\n    0       345.6\n    1 345.6\n\n  GPU     2     3\n    0 345.6 345.6\n"
            "    1 345.6 345.6\n");
}

TEST(NarrowTable, Colours_verdicts_without_moving_a_column) {
  TextTable table({{"verdict", Align::left}, {"n"}});
  table.add({"fail", "1"});
  table.add({"fail?", "2"});
  EXPECT_EQ(narrow(table, 80, Colour::ansi), "  verdict  n\n  \x1b[1;31mfail\x1b[0m     1\n  fail?    2\n");
}

TEST(Wrapped, Breaks_between_words_and_indents_what_follows) {
  EXPECT_EQ(wrapped("  one two three four", 4, {.width = 12}), "  one two\n    three\n    four");
  EXPECT_EQ(wrapped("as wide as it gets", 2, {}), "as wide as it gets");
}

TEST(Wrapped, Cuts_a_word_that_is_wider_than_a_line_after_a_stroke_where_it_has_one) {
  EXPECT_EQ(wrapped("unbreakablyLongWord and", 2, {.width = 10}), "unbreaka\n  blyLongW\n  ord and");
  EXPECT_EQ(wrapped("an all_reduce/ring/threads ends", 2, {.width = 16}), "an all_reduce/\n  ring/threads\n  ends");
}

}  // namespace
}  // namespace muster
