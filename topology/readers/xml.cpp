// SPDX-License-Identifier: Apache-2.0
// expat calls back with C strings and knows no exceptions: the first thing that goes wrong is kept and the parser is
// stopped there.
#include "topology/readers/xml.hpp"

#include <expat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <new>
#include <type_traits>

#include "core/error.hpp"

namespace muster {

namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

class TreeBuilder {
 public:
  TreeBuilder(XML_Parser parser, const XmlLimits& limits) : parser_(parser), limits_(limits) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetDoctypeDeclHandler(parser, on_document_type, nullptr);
  }

  /// Why it stopped of its own accord; empty when it did not.
  std::string why_stopped() const {
    return out_of_memory_ ? "there is not enough memory to read on; free some" : refusal_;
  }
  XmlElement take() { return std::move(root_); }

  void refuse(std::string why) {
    if (!refusal_.empty()) return;
    refusal_ = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

 private:
  static void on_start(void* self, const char* name, const char** attributes) noexcept {
    static_cast<TreeBuilder*>(self)->guarded([&](TreeBuilder& builder) { builder.start(name, attributes); });
  }
  static void on_end(void* self, const char*) noexcept {
    static_cast<TreeBuilder*>(self)->guarded([](TreeBuilder& builder) { builder.open_.pop_back(); });
  }
  static void on_text(void* self, const char* text, int length) noexcept {
    static_cast<TreeBuilder*>(self)->guarded(
        [&](TreeBuilder& builder) { builder.open_.back()->text.append(text, static_cast<std::size_t>(length)); });
  }
  static void on_document_type(void* self, const char*, const char*, const char*, int has_content) noexcept {
    if (has_content == 0) return;
    static_cast<TreeBuilder*>(self)->guarded([](TreeBuilder& builder) {
      builder.refuse("the document type declares things of its own, which no topology needs; delete the part in [ ]");
    });
  }

  template <typename Step>
  void guarded(Step step) noexcept {
    if (out_of_memory_ || !refusal_.empty()) return;  // expat still ends an element whose start stopped it
    try {
      step(*this);
    } catch (const std::bad_alloc&) {
      out_of_memory_ = true;
      XML_StopParser(parser_, XML_FALSE);
    }
  }

  void start(const char* name, const char** attributes) {
    if (static_cast<int>(open_.size()) >= limits_.depth) {
      return refuse("elements nest deeper than " + std::to_string(limits_.depth) + "; no topology does");
    }
    XmlElement element{.name = name, .line = static_cast<int>(XML_GetCurrentLineNumber(parser_))};
    ++nodes_;
    for (; *attributes != nullptr; attributes += 2, ++nodes_) {
      element.attributes.emplace_back(attributes[0], attributes[1]);
      const auto& [key, value] = element.attributes.back();
      if (std::max(key.size(), value.size()) > limits_.attribute_length) {
        return refuse("attribute " + in_quotes(key) + " is longer than " + std::to_string(limits_.attribute_length) +
                      " characters; no topology has such a one");
      }
    }
    if (nodes_ > limits_.nodes) {
      return refuse("more than " + std::to_string(limits_.nodes) + " elements and attributes; split the description");
    }
    if (open_.empty()) {
      root_ = std::move(element);
      open_.push_back(&root_);
    } else {
      // Only the innermost list grows, so the addresses of all open elements hold.
      open_.push_back(&open_.back()->children.emplace_back(std::move(element)));
    }
  }

  XML_Parser parser_;
  const XmlLimits& limits_;
  XmlElement root_{};
  std::vector<XmlElement*> open_;  // outermost first
  int nodes_ = 0;
  std::string refusal_;
  bool out_of_memory_ = false;
};

// In pieces, so that a tag without end is noticed before expat has copied all of it.
XML_Status feed(XML_Parser parser, std::string_view text, const XmlLimits& limits, TreeBuilder& builder) {
  const std::string_view whole = text;
  XML_Status status = XML_STATUS_OK;
  do {
    const std::string_view piece = text.substr(0, limits.tag_length);
    text.remove_prefix(piece.size());
    status = XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), text.empty() ? XML_TRUE : XML_FALSE);
    const std::size_t fed = whole.size() - text.size();
    const auto understood = static_cast<std::size_t>(std::max<XML_Index>(0, XML_GetCurrentByteIndex(parser)));
    if (status == XML_STATUS_OK && !text.empty() && fed - understood >= limits.tag_length) {
      builder.refuse("a tag or comment is longer than " + std::to_string(limits.tag_length) +
                     " characters; no topology has such a one");
      return XML_STATUS_ERROR;
    }
  } while (status == XML_STATUS_OK && !text.empty());
  return status;
}

bool skip(std::string_view& text, std::string_view opening, std::string_view closing) {
  if (!text.starts_with(opening)) return false;
  const std::size_t end = text.find(closing, opening.size());
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + closing.size());
  return true;
}

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace

XmlElement parse_xml(std::string_view text, const std::string& origin, const XmlLimits& limits) {
  if (text.size() > limits.document.value) {
    throw Error(origin + ": larger than " + format_size(limits.document) + "; no XML description of a machine is");
  }
  const Parser parser(XML_ParserCreate(nullptr));
  if (!parser) throw Error(origin + ": not enough memory to read XML; free some");
  TreeBuilder builder(parser.get(), limits);
  if (feed(parser.get(), text, limits, builder) == XML_STATUS_OK) return builder.take();
  const std::string place = origin + ":" + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": ";
  if (const std::string why = builder.why_stopped(); !why.empty()) throw Error(place + why);
  throw Error(place + "not well-formed XML (" + XML_ErrorString(XML_GetErrorCode(parser.get())) +
              "); see whether the file is whole");
}

std::string_view xml_root_name(std::string_view text) {
  constexpr std::size_t kLongestPrologue = 64 << 10;  // licences in comments
  text = text.substr(0, kLongestPrologue);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  do skip_space(text);
  while (skip(text, "<?", "?>") || skip(text, "<!--", "-->") || skip(text, "<!", ">"));
  if (!text.starts_with('<')) return {};
  text.remove_prefix(1);
  return text.substr(0, text.find_first_of(" \t\r\n/>"));
}

const std::string* find_attribute(const XmlElement& element, std::string_view name) {
  const auto found =
      std::ranges::find(element.attributes, name, [](const auto& each) { return std::string_view(each.first); });
  return found == element.attributes.end() ? nullptr : &found->second;
}

std::string_view attribute(const XmlElement& element, std::string_view name) {
  const std::string* value = find_attribute(element, name);
  return value == nullptr ? std::string_view() : *value;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (is_hexadecimal) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, is_hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace muster
