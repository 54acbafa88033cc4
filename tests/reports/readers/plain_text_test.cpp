// SPDX-License-Identifier: Apache-2.0
// What shells, terminals, launchers and log collectors add to a log, and that nothing else is taken from it.
#include "reports/readers/plain_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::ElementsAre;

std::string without_prefix(std::string_view line) {
  std::vector<std::string_view> lines = {line};
  remove_prefixes(lines);
  return std::string(lines.front());
}

TEST(PlainText, Utf16OfPowerShellBecomesUtf8) {
  EXPECT_EQ(plain_text(std::string("\xFF\xFE#\0 \0\xE9\0\xAC\x20", 10)), "# \xC3\xA9\xE2\x82\xAC");
  EXPECT_EQ(plain_text(std::string("\xFE\xFF\0#\0 ", 6)), "# ");
  EXPECT_EQ(plain_text(std::string("\xFF\xFE\x3D\xD8\x00\xDE!\0", 8)), "?!");
  EXPECT_EQ(plain_text(std::string("\xFF\xFE#", 3)), "") << "half of a character is none";
}

TEST(PlainText, MarksAndColoursGo) {
  EXPECT_EQ(plain_text("\xEF\xBB\xBF# size"), "# size");
  EXPECT_EQ(plain_text("\x1b[1;31m# size\x1b[0m"), "# size");
  EXPECT_EQ(plain_text("# size"), "# size");
}

TEST(Prefixes, OfLaunchersTimesPodsAndQuotationsGoInAnyOrder) {
  for (const std::string prefix :
       {"[1,0]<stdout>:", "[0]", "0:", " 12:", "2024-11-05T09:12:33.120Z ", "2024-11-05 09:12:33,120 ",
        "[2024-11-05 09:12:33] ", "2024/11/05 09:12:33+0100 ", "2024-11-05T09:12:33-05:00 ", "00:55:22 ",
        "[pod/nccl-launcher-x/main] ", "> ", ">> ",
        "  > [1,0]<stdout>:", "2024-11-05T09:12:33Z 3: ", "[1,0]<stdout>:2024-11-05T09:12:33Z ", "> 09:12:33.5 [0] "}) {
    EXPECT_THAT(without_prefix(prefix + "#  Rank  0"), ::testing::EndsWith("#  Rank  0")) << prefix;
    EXPECT_EQ(without_prefix(prefix + "#  Rank  0").find_first_not_of(' '),
              without_prefix(prefix + "#  Rank  0").find('#'))
        << prefix;
  }
}

TEST(Prefixes, WhatBelongsToTheToolStays) {
  for (const std::string line :
       {"        1024           256     float     sum      -1", "# nThread 1 nGpus 1", " Dual-port       : OFF",
        "1                      53.34", "[NCCL INFO] hello", ">4 GB"}) {
    EXPECT_EQ(without_prefix(line), line);
  }
}

TEST(Prefixes, NamesGoWhereNearlyAllLinesBeginSo) {
  std::vector<std::string_view> named = {"gpu7: # nThread 1", "gpu8:   8 2 float", "", "trainer-1  |   16 4 float"};
  remove_prefixes(named);
  EXPECT_THAT(named, ElementsAre(" # nThread 1", "   8 2 float", "", "   16 4 float"));
  std::vector<std::string_view> plain = {"NOTE: all is well", "# nThread 1", "  8 2 float"};
  remove_prefixes(plain);
  EXPECT_THAT(plain, ElementsAre("NOTE: all is well", "# nThread 1", "  8 2 float"));
}

}  // namespace
}  // namespace muster
