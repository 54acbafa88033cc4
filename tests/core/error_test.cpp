// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(Quotes, Control_characters_cannot_break_the_line_or_the_terminal) {
  EXPECT_EQ(in_quotes("a\nb\x1b[31m\x7f"), R"("a\x0ab\x1b[31m\x7f")");
}

TEST(Quotes, A_long_text_is_cut) { EXPECT_EQ(in_quotes(std::string(5000, 'x')).size(), 125U); }

TEST(AssertionDeathTest, A_broken_promise_aborts_and_says_where) {
  const int ranks = 3;
  EXPECT_DEATH(MUSTER_ASSERT(ranks == 4), "error_test.cpp:[0-9]+: expected ranks == 4");
}

TEST(Assertion, A_kept_promise_costs_nothing) { MUSTER_ASSERT(1 + 1 == 2); }

}  // namespace
}  // namespace muster
