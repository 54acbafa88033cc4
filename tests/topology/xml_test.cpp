// SPDX-License-Identifier: Apache-2.0
// The door for XML: what comes through, and what is refused politely within bounded memory.
#include "topology/readers/xml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace muster {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(std::string_view text, const XmlLimits& limits = {}) {
  try {
    parse_xml(text, "a.xml", limits);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "accepted";
}

TEST(Xml, GivesElementsWithAttributesTextAndLines) {
  const XmlElement root =
      parse_xml("<?xml version=\"1.0\"?>\n<a x=\"1\" y=\"&lt;\">\n <b>one</b>\n <c/>\n</a>\n", "a.xml");
  EXPECT_EQ(root.name, "a");
  EXPECT_EQ(root.line, 2);
  EXPECT_EQ(attribute(root, "x"), "1");
  EXPECT_EQ(attribute(root, "y"), "<");
  EXPECT_EQ(find_attribute(root, "z"), nullptr);
  ASSERT_EQ(root.children.size(), 2u);
  EXPECT_EQ(root.children[0].text, "one");
  EXPECT_EQ(root.children[1].line, 4);
}

TEST(Xml, ErrorsNameFileAndLine) {
  EXPECT_THAT(refusal("<a>\n<b>\n</a>"), HasSubstr("a.xml:3: not well-formed XML (mismatched tag)"));
  EXPECT_THAT(refusal(""), HasSubstr("a.xml:1: "));
}

TEST(Xml, ADocumentTypeWithoutContentIsWhatHwlocWrites) {
  EXPECT_EQ(refusal("<!DOCTYPE topology SYSTEM \"hwloc.dtd\"><topology/>"), "accepted");
}

TEST(Xml, EntitiesAreRefusedBeforeTheyGrow) {
  std::string text = "<!DOCTYPE a [<!ENTITY l0 \"lollollol\">";
  for (int i = 1; i < 10; ++i) {
    const std::string inner = "&l" + std::to_string(i - 1) + ";";
    text += "<!ENTITY l" + std::to_string(i) + " \"" + inner + inner + inner + inner + "\">";
  }
  EXPECT_THAT(refusal(text + "]><a>&l9;</a>"), HasSubstr("a.xml:1: the document type declares things of its own"));
}

TEST(Xml, FilesNamedByEntitiesAreNotLoaded) {
  EXPECT_THAT(refusal("<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/hostname\">]><a>&x;</a>"), HasSubstr("document type"));
}

TEST(Xml, AMillionNestedElementsEndAtTheLimit) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "<a>";
  EXPECT_THAT(refusal(text), HasSubstr("a.xml:1: elements nest deeper than 64"));
}

TEST(Xml, AsDeepAsTheLimitIsAccepted) {
  EXPECT_EQ(refusal("<a><a></a></a>", {.depth = 2}), "accepted");
  EXPECT_THAT(refusal("<a><a><a/></a></a>", {.depth = 2}), HasSubstr("deeper than 2"));
}

TEST(Xml, ElementsAndAttributesAreCounted) {
  EXPECT_EQ(refusal("<a x=\"1\"><b/></a>", {.nodes = 3}), "accepted");
  EXPECT_THAT(refusal("<a x=\"1\"><b/></a>", {.nodes = 2}), HasSubstr("more than 2 elements and attributes"));
}

TEST(Xml, LongAttributesAndLongDocumentsAreRefused) {
  EXPECT_THAT(refusal("<a x=\"12345\"/>", {.attribute_length = 4}), HasSubstr("longer than 4 characters"));
  EXPECT_THAT(refusal("<a>       </a>", {.document = Bytes{10}}), HasSubstr("larger than 10"));
}

TEST(Xml, ATagWithoutEndIsNoticedBeforeItIsReadWhole) {
  EXPECT_EQ(refusal("<a x='1234'><b x='1234'/><c/></a>", {.tag_length = 16}), "accepted");
  EXPECT_THAT(refusal("<a x='1'\n y='2' z='3456' w='78'/>", {.tag_length = 8}), HasSubstr("longer than 8 characters"));
  EXPECT_THAT(refusal("<a>" + std::string(4 << 20, '<')), HasSubstr("not well-formed"));
}

TEST(Xml, TheRootIsFoundBehindAPrologue) {
  EXPECT_EQ(
      xml_root_name("\xef\xbb\xbf <?xml version=\"1.0\"?>\n<!-- <no> -->\n<!DOCTYPE t SYSTEM \"t\">\n<system version"),
      "system");
  EXPECT_EQ(xml_root_name("<graphs>"), "graphs");
  EXPECT_EQ(xml_root_name("<a/>"), "a");
  for (const std::string_view text : {"", "system", "<", "<!--", "<?", "  "})
    EXPECT_EQ(xml_root_name(text), "") << text;
}

TEST(Xml, NumbersAreTakenWholeOrNotAtAll) {
  EXPECT_EQ(whole_number("0x1F"), 31);
  EXPECT_EQ(whole_number("-1"), -1);
  for (const std::string_view text : {"", "1.5", "1 ", "0x", "99999999999999999999"})
    EXPECT_FALSE(whole_number(text)) << text;
  EXPECT_EQ(finite_number("40.5"), 40.5);
  for (const std::string_view text : {"", "nan", "inf", "1e999", "1 GB"}) EXPECT_FALSE(finite_number(text)) << text;
}

}  // namespace
}  // namespace muster
