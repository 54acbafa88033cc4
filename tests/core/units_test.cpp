// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Sizes, Are_powers_of_1024_in_either_case) {
  EXPECT_EQ(parse_size("0").value, 0U);
  EXPECT_EQ(parse_size("8").value, 8U);
  EXPECT_EQ(parse_size("64K").value, 65536U);
  EXPECT_EQ(parse_size("64k").value, 65536U);
  EXPECT_EQ(parse_size("8G").value, std::uint64_t{8} << 30);
}

TEST(Sizes, A_byte_after_the_prefix_changes_nothing) {
  EXPECT_EQ(parse_size("8B").value, 8U);
  EXPECT_EQ(parse_size("8MB").value, 8U << 20);
  EXPECT_EQ(parse_size("8MiB").value, 8U << 20);
  EXPECT_EQ(parse_size("8mb").value, 8U << 20);
}

TEST(Sizes, Fractions_are_cut_to_whole_bytes) {
  EXPECT_EQ(parse_size("38.3M").value, 40160460U);  // 40,160,460.8; the size of an MLPerf log
  EXPECT_EQ(parse_size("0.5").value, 0U);
}

TEST(Sizes, Whole_numbers_beyond_the_53_bits_of_a_double_are_exact) {
  EXPECT_EQ(parse_size("9007199254740993").value, 9007199254740993U);
  EXPECT_EQ(parse_size("18446744073709551615").value, std::numeric_limits<std::uint64_t>::max());
}

TEST(Sizes, Anything_else_is_refused_with_examples) {
  for (const char* text : {"",    "K",   "1T",  "-1",    "+1",   " 1", "1 ",    "1 K", "0x10", "nan",
                           "inf", "1KK", "1iB", "8Mxyz", "1,5K", ".",  "1e999", "1e",  "8\n",  "--"}) {
    EXPECT_THAT([&] { parse_size(text); }, ThrowsMessage<Error>(HasSubstr("38.3M"))) << text;
  }
}

TEST(Sizes, Too_large_a_number_is_refused_rather_than_wrapped) {
  for (const char* text : {"17179869184G", "18446744073709551616", "1e30", "99999999999999999999G"}) {
    EXPECT_THAT([&] { parse_size(text); }, ThrowsMessage<Error>(HasSubstr("too large"))) << text;
  }
}

TEST(Sizes, Are_printed_short_where_exact_and_read_back_alike) {
  EXPECT_EQ(format_size(Bytes{0}), "0");
  EXPECT_EQ(format_size(Bytes{8}), "8");
  EXPECT_EQ(format_size(Bytes{1023}), "1023");
  EXPECT_EQ(format_size(Bytes{65536}), "64K");
  EXPECT_EQ(format_size(Bytes{1536}), "1536");
  EXPECT_EQ(format_size(Bytes{1536 * 1024}), "1536K");
  EXPECT_EQ(format_size(Bytes{std::uint64_t{1} << 40}), "1024G");
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{40160460}, std::uint64_t{3} << 20,
                                   (std::uint64_t{1} << 60) + 1, std::numeric_limits<std::uint64_t>::max()}) {
    EXPECT_EQ(parse_size(format_size(Bytes{size})).value, size);
  }
}

TEST(Durations, Carry_their_unit) {
  EXPECT_DOUBLE_EQ(parse_duration("250ns").value, 250e-9);
  EXPECT_DOUBLE_EQ(parse_duration("10us").value, 10e-6);
  EXPECT_DOUBLE_EQ(parse_duration("500ms").value, 0.5);
  EXPECT_DOUBLE_EQ(parse_duration("1.5s").value, 1.5);
  EXPECT_DOUBLE_EQ(parse_duration("2m").value, 120);
  EXPECT_DOUBLE_EQ(parse_duration("1h").value, 3600);
}

TEST(Durations, Without_a_known_unit_are_refused_with_examples) {
  for (const char* text : {"", "90", "s", "-1s", "1 s", "1S", "1min", "nan", "infs", "1e999s", "1s2m", "0x1s"}) {
    EXPECT_THAT([&] { parse_duration(text); }, ThrowsMessage<Error>(HasSubstr("with its unit"))) << text;
  }
}

TEST(Durations, Are_printed_with_four_digits_and_a_readable_unit) {
  EXPECT_EQ(format_duration(Seconds{812e-9}), "812.0 ns");
  EXPECT_EQ(format_duration(Seconds{13.45e-6}), "13.45 us");
  EXPECT_EQ(format_duration(Seconds{2.1e-3}), "2.100 ms");
  EXPECT_EQ(format_duration(Seconds{1.5}), "1.500 s");
  EXPECT_EQ(format_duration(Seconds{-13.45e-6}), "-13.45 us");
  EXPECT_EQ(format_duration(Seconds{0}), "0.000 ns");
  EXPECT_EQ(format_duration(Seconds{12345.6}), "12346 s");
}

TEST(Durations, Change_unit_before_they_would_need_a_fifth_digit) {
  EXPECT_EQ(format_duration(Seconds{999.94e-9}), "999.9 ns");
  EXPECT_EQ(format_duration(Seconds{999.96e-9}), "1.000 us");
  EXPECT_EQ(format_duration(Seconds{9.9996e-3}), "10.00 ms");
  EXPECT_EQ(format_duration(Seconds{999.96}), "1000 s");
}

TEST(Units, Divide_into_each_other_without_naming_a_factor) {
  EXPECT_DOUBLE_EQ((Bytes{400} / BytesPerSecond{100}).value, 4);
  EXPECT_DOUBLE_EQ((Bytes{400} / Seconds{4}).value, 100);
  EXPECT_DOUBLE_EQ((Flops{1e12} / Seconds{0.5}).value, 2e12);
  EXPECT_DOUBLE_EQ((Flops{1e12} / FlopsPerSecond{1e12}).value, 1);
}

}  // namespace
}  // namespace muster
