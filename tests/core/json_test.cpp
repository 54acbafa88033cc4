// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

TEST(JsonParser, Keeps_the_order_of_keys) {
  EXPECT_EQ(to_line(parse_json(R"({"z": 1, "a": [true, null, 0.1]})", "x.json")), R"({"z":1,"a":[true,null,0.1]})");
}

TEST(JsonParser, An_error_names_file_line_and_column) {
  EXPECT_THAT([] { parse_json("{\n  \"a\": 1,\n  \"b\": ?\n}", "plan.json"); },
              ThrowsMessage<Error>(
                  AllOf(StartsWith("plan.json: not usable as JSON at line 3, column 8: "), HasSubstr("syntax error"))));
  EXPECT_THAT([] { parse_json("?", "x"); }, ThrowsMessage<Error>(HasSubstr("line 1, column 1: ")));
}

TEST(JsonParser, Whatever_is_not_strict_json_is_refused) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1,}", "// c\n1", "NaN", "[Infinity]", "[-Infinity]", "'a'",
                           "1 2", "01", "[1e999]", "\"\\x\"", "\"\xff\"", "\"line\nbreak\"", "{a:1}", "[1"}) {
    EXPECT_THAT([&] { parse_json(text, "f"); }, ThrowsMessage<Error>(StartsWith("f: not usable as JSON at line ")))
        << text;
  }
}

TEST(JsonParser, An_error_is_one_line_whatever_the_input) {
  try {
    parse_json("[\"a\nb\"]", "f");
    FAIL() << "a raw line break in a string was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
  }
}

TEST(JsonParser, A_repeated_key_is_refused_because_one_of_the_two_values_would_be_lost) {
  EXPECT_THAT([] { parse_json("{\"a\": {\"b\": 1},\n \"a\": 2}", "f"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("line 2, "), HasSubstr("repeated key \"a\""))));
  EXPECT_NO_THROW(parse_json(R"([{"a": {"a": 1}}, {"a": 2}])", "f"));
}

TEST(JsonParser, Nesting_is_bounded_so_that_no_file_can_exhaust_the_stack) {
  const std::string bomb = std::string(1'000'000, '[');
  EXPECT_THAT([&] { parse_json(bomb, "f"); }, ThrowsMessage<Error>(HasSubstr("nested deeper than 100")));
  EXPECT_NO_THROW(parse_json(std::string(100, '[') + std::string(100, ']'), "f"));
}

TEST(JsonWriter, Numbers_survive_the_way_to_text_and_back_bit_for_bit) {
  for (const double number : {0.1, 1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 123456789.123456789}) {
    EXPECT_EQ(parse_json(to_line(Json(number)), "f").get<double>(), number);
  }
}

TEST(JsonWriter, A_number_that_is_not_finite_is_refused_with_its_place) {
  const Json report = {{"cases", {{{"samples", {1.0, std::numeric_limits<double>::quiet_NaN()}}}}}};
  EXPECT_THAT([&] { to_line(report); }, ThrowsMessage<Error>(HasSubstr("\"/cases/0/samples/1\" is not finite")));
  EXPECT_THAT([&] { to_document(report); }, ThrowsMessage<Error>(HasSubstr("\"/cases/0/samples/1\" is not finite")));
  EXPECT_THROW(to_line(Json(std::numeric_limits<double>::infinity())), Error);
}

TEST(JsonWriter, A_line_has_no_line_break_and_a_document_ends_with_one) {
  const Json value = {{"text", "a\nb"}, {"list", {1, 2}}};
  EXPECT_EQ(to_line(value), R"({"text":"a\nb","list":[1,2]})");
  EXPECT_EQ(to_document(value), "{\n  \"text\": \"a\\nb\",\n  \"list\": [\n    1,\n    2\n  ]\n}\n");
}

TEST(JsonWriter, Bytes_that_are_no_text_become_a_replacement_character_instead_of_ending_the_run) {
  EXPECT_EQ(to_line(Json("host\xff")), "\"host\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace muster
