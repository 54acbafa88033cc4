// SPDX-License-Identifier: Apache-2.0
// The one door through which XML comes in: libexpat with bounds, read into a small tree. All XML readers go through it,
// so what is no well-formed, modest document never gets further.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/units.hpp"

namespace muster {

struct XmlElement {
  std::string name;
  int line = 0;  ///< of the start tag, from 1
  std::vector<std::pair<std::string, std::string>> attributes{};
  std::vector<XmlElement> children{};
  std::string text{};  ///< all character data directly inside, in order
};

/// Far above every real description: an NVLink domain of 576 GPUs has some 10^5 elements and is 12 deep.
struct XmlLimits {
  int depth = 64;
  int nodes = 1 << 20;                      ///< elements and attributes together
  std::size_t tag_length = 1 << 20;         ///< characters of one tag or comment, as a whole
  std::size_t attribute_length = 64 << 10;  ///< characters
  Bytes document{std::uint64_t{64} << 20};
};

/// Throws Error "origin:line: ..." for what is not well-formed, for document types with content of their own (entities
/// may blow up) and beyond the limits. Nothing outside the text is ever loaded; references to it are dropped.
XmlElement parse_xml(std::string_view text, const std::string& origin, const XmlLimits& limits = {});

/// Name of the outermost element, without parsing the rest; empty where the text does not start as XML does.
std::string_view xml_root_name(std::string_view text);

/// Value of an attribute; nullptr when there is none.
const std::string* find_attribute(const XmlElement& element, std::string_view name);
/// Likewise; empty when there is none.
std::string_view attribute(const XmlElement& element, std::string_view name);

/// The whole of `text` as a number, decimal or (whole numbers) hexadecimal after 0x; empty for anything else.
std::optional<std::int64_t> whole_number(std::string_view text);
std::optional<double> finite_number(std::string_view text);

}  // namespace muster
