// SPDX-License-Identifier: Apache-2.0
// The short text of a layout: it is turned into the JSON of a file and read as that, so both obey the same rules.
#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "training/layout_fixed.hpp"
#include "training/layout_json.hpp"
#include "training/layout_keys.hpp"

namespace muster {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr std::string_view kOverlapKey = "overlap";

/// The parts of `text` between separators, as views into it.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A whole number becomes one; anything else stays a text, which the reader of the file then refuses.
Json json_value(const WholeSize&, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return text;
}

Json json_value(LayoutFlag, std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return text;
}

Json json_value(const WordChoice& choice, std::string_view text) {
  const auto found = std::ranges::find(choice.short_words, text);
  if (found == choice.short_words.end()) return text;
  return choice.words[static_cast<std::size_t>(found - choice.short_words.begin())];
}

Json overlap_value(std::string_view text) {
  Json words = Json::array();
  for (const std::string_view word : parts_of(text, '+')) {
    if (word != "none") words.push_back(word);
  }
  return words;
}

void add_part(Json& json, std::string_view part, const std::string& origin) {
  const std::size_t equals = std::min(part.find('='), part.size());
  const std::string_view name = part.substr(0, equals);
  const std::string_view text = part.substr(std::min(equals + 1, part.size()));
  std::string key(name);
  Json value = overlap_value(text);
  if (name != kOverlapKey) {
    const auto keys = layout_keys();
    const auto found =
        std::ranges::find_if(keys, [&](const LayoutKey& each) { return each.short_key == name || each.key == name; });
    if (found == keys.end()) {
      std::string known;
      for (const LayoutKey& each : keys) known += std::string(each.short_key) + ", ";
      throw Error(origin + ": " + in_quotes(name) + " is no key of a layout; those are " + known + "overlap");
    }
    key = found->key;
    value = std::visit([&](const auto& kind) { return json_value(kind, text); }, found->value);
  }
  if (json.contains(key)) throw Error(origin + ": " + in_quotes(name) + " is said twice; remove one");
  json[key] = std::move(value);
}

std::string short_value(const WholeSize& size, const Layout& layout) {
  return "=" + std::to_string(layout.*size.member);
}
std::string short_value(LayoutFlag flag, const Layout& layout) { return layout.*flag ? "" : "=false"; }
std::string short_value(const WordChoice& choice, const Layout& layout) {
  const auto words = choice.short_words.empty() ? choice.words : choice.short_words;
  return "=" + std::string(words[choice.get(layout)]);
}

bool is_same(const WholeSize& size, const Layout& a, const Layout& b) { return a.*size.member == b.*size.member; }
bool is_same(LayoutFlag flag, const Layout& a, const Layout& b) { return a.*flag == b.*flag; }
bool is_same(const WordChoice& choice, const Layout& a, const Layout& b) { return choice.get(a) == choice.get(b); }

}  // namespace

Layout parse_layout(std::string_view text) {
  const std::string origin = "layout " + in_quotes(text);
  if (text.size() > kLongestText) throw Error(origin + ": is too long; write it to a file");
  Json json = {{"schema", "muster/layout/1"}};
  for (const std::string_view part : parts_of(text, ',')) add_part(json, part, origin);
  return layout_from_json(json, origin);
}

FixedLayout read_fixed_layout(std::string_view text) {
  FixedLayout fixed;
  if (text.empty()) return fixed;
  const std::string origin = "layout " + in_quotes(text);
  if (text.size() > kLongestText) throw Error(origin + ": is too long");
  Json json = {{"schema", "muster/layout/1"}};
  for (const std::string_view part : parts_of(text, ',')) add_part(json, part, origin);
  for (const auto& [key, value] : json.items()) {
    if (key != "schema") fixed.keys.push_back(key);
  }
  for (const LayoutKey& each : layout_keys()) {
    if (each.presence == KeyPresence::required && !json.contains(each.key)) json[std::string(each.key)] = 1;
  }
  fixed.layout = layout_from_json(json, origin);
  return fixed;
}

bool FixedLayout::allows(const Layout& other) const {
  const auto same = [&](const std::string& key) {
    const auto found = std::ranges::find(layout_keys(), std::string_view(key), &LayoutKey::key);
    if (found == layout_keys().end()) return true;  // overlap, which no search varies
    return std::visit([&](const auto& kind) { return is_same(kind, layout, other); }, found->value);
  };
  return std::ranges::all_of(keys, same);
}

std::string short_text(const Layout& layout) {
  const Json said = to_json(layout);
  std::string text;
  for (const LayoutKey& each : layout_keys()) {
    if (!said.contains(each.key)) continue;
    text += text.empty() ? "" : ",";
    text += each.short_key;
    text += std::visit([&](const auto& kind) { return short_value(kind, layout); }, each.value);
  }
  if (said.contains(kOverlapKey)) {
    std::string words;
    for (const Json& word : said[std::string(kOverlapKey)])
      words += (words.empty() ? "" : "+") + word.get<std::string>();
    text += "," + std::string(kOverlapKey) + "=" + (words.empty() ? "none" : words);
  }
  return text;
}

}  // namespace muster
