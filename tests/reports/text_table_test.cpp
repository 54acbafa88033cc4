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

}  // namespace
}  // namespace muster
