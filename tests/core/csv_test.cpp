// SPDX-License-Identifier: Apache-2.0
// Tables of comma-separated values: cells by name, strict numbers, errors with file and line.
#include "core/csv.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

std::string error_of(std::string_view text) {
  try {
    const CsvTable table = parse_csv(text, "t.csv");
    for (std::size_t i = 0; i < table.size(); ++i) (void)table[i].integer("a", {0, 100});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Csv, Cells_are_found_by_the_name_of_their_column) {
  const CsvTable table = parse_csv("a,b\r\n1,x\r\n\r\n2,\"y, \"\"z\"\"\n2nd line\"\n3,\n", "t.csv");
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[0].text("b"), "x");
  EXPECT_EQ(table[1].text("b"), "y, \"z\"\n2nd line");
  EXPECT_EQ(table[2].integer("a", {0, 3}), 3);
  EXPECT_TRUE(table[2].is_empty("b"));
  EXPECT_EQ(table[1].line(), 4);
  EXPECT_EQ(table[2].line(), 6);
  EXPECT_TRUE(table.has("a"));
  EXPECT_FALSE(table.has("c"));
}

TEST(Csv, Two_columns_of_one_name_are_told_apart) {
  const CsvTable table = parse_csv("a,a\n1,2\n", "t.csv");
  EXPECT_EQ(table[0].number("a"), 1);
  EXPECT_EQ(table[0].number("a.2"), 2);
}

TEST(Csv, Every_error_names_the_file_and_the_line) {
  EXPECT_EQ(error_of(""), "t.csv: empty; a table starts with a line of column names");
  EXPECT_EQ(error_of("a,b\n1,2\n3\n"), "t.csv:3: 1 cells, but the heading has 2; is the file cut off?");
  EXPECT_EQ(error_of("a\n\"1\n2"), "t.csv:2: this quote is never closed");
  EXPECT_EQ(error_of("b\n1\n"), "t.csv:2: column \"a\": is not in this table");
  EXPECT_EQ(error_of("a\n1x\n"), "t.csv:2: column \"a\": \"1x\" is not a number");
  EXPECT_EQ(error_of("a\nnan\n"), "t.csv:2: column \"a\": \"nan\" is not a number");
  EXPECT_EQ(error_of("a\n1.5\n"), "t.csv:2: column \"a\": 1.5 is not a whole number");
  EXPECT_EQ(error_of("a\n\"1\"2\n"),
            "t.csv:2: a quoted cell goes on behind its closing quote; double quotes inside it");
}

}  // namespace
}  // namespace muster
