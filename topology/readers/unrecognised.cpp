// SPDX-License-Identifier: Apache-2.0
#include "topology/readers/unrecognised.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.hpp"
#include "topology/readers/readers.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr std::size_t kHead = 64 << 10;  // characters that are looked at

using std::string_view_literals::operator""sv;

// Magic numbers of the formats' own specifications.
constexpr auto kMagic = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"\x1f\x8b"sv, "packed by gzip"},
    {"BZh"sv, "packed by bzip2"},
    {"\xfd\x37zXZ"sv, "packed by xz"},
    {"\x28\xb5\x2f\xfd"sv, "packed by zstd"},
    {"PK\x03\x04"sv, "a zip archive"},
});
constexpr auto kPictures = std::to_array<std::string_view>({"\x89PNG"sv, "\xff\xd8\xff"sv, "%PDF"sv, "GIF8"sv});

std::string known_formats() {
  std::string text = "; formats that can be read: ";
  std::string_view separator;
  for (const ReaderEntry& entry : reader_table()) {
    text.append(separator).append(entry.name);
    separator = ", ";
  }
  return text;
}

bool starts_with_any(std::string_view text, const auto& openings) {
  return std::ranges::any_of(openings, [&](std::string_view opening) { return text.starts_with(opening); });
}

std::string describe_json(std::string_view text) {
  if (text.find("\"intranode_sketch\"") != std::string_view::npos) {
    return "is a sketch for TACCL's planner, not a topology; give the topology file that belongs to it";
  }
  const std::string_view first = text.substr(0, text.find('\n'));
  const bool is_lines = first.ends_with('}') && text.substr(std::min(first.size() + 1, text.size())).starts_with('{');
  if (is_lines) return "is a list of records, one JSON object a line (results?), not a topology";
  return "is JSON that describes no machine in a known form" + known_formats();
}

/// Two lines or more, all with the same number of separators, at least one: a table of something.
bool is_table(std::string_view text, char separator) {
  std::ptrdiff_t columns = 0;
  int rows = 0;
  while (!text.empty() && rows < 4) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto count = std::ranges::count(line, separator);
    if (count == 0 || (rows > 0 && count != columns)) return false;
    columns = count;
    ++rows;
  }
  return rows > 1;
}

}  // namespace

std::string describe_unrecognised(std::string_view text) {
  text = text.substr(0, kHead);
  for (const auto& [magic, what] : kMagic) {
    if (text.starts_with(magic)) return "is " + std::string(what) + "; unpack it and give what lies inside";
  }
  const std::size_t start = text.find_first_not_of(" \t\r\n\0"sv);
  if (start == std::string_view::npos) return "is empty; see whether the tool that wrote it failed";
  if (starts_with_any(text, kPictures)) return "is a picture; give the text that it was made from";
  if (text.find('\0') != std::string_view::npos) return "is binary; give a text" + known_formats();
  text.remove_prefix(start);
  if (const std::string_view root = xml_root_name(text); !root.empty()) {
    return "is XML of " + in_quotes(root) + ", not of a topology" + known_formats();
  }
  if (text.front() == '{' || text.front() == '[') return describe_json(text);
  if (is_table(text, '\t') || is_table(text, ',')) return "is a table (results?), not a topology" + known_formats();
  return "describes no machine in a known form" + known_formats();
}

}  // namespace muster
