// SPDX-License-Identifier: Apache-2.0
#include "training/layout_json.hpp"

#include <algorithm>

#include "core/names.hpp"
#include "training/described_file.hpp"
#include "training/layout_keys.hpp"

namespace muster {
namespace {

constexpr std::string_view kLayoutSchema = "muster/layout/1";

void read_value(Fields& fields, const std::string& key, const WholeSize& size, Layout& layout) {
  layout.*size.member = fields.integer<int>(key, size.range);
}

void read_value(Fields& fields, const std::string& key, LayoutFlag flag, Layout& layout) {
  layout.*flag = fields.flag(key);
}

void read_value(Fields& fields, const std::string& key, const WordChoice& choice, Layout& layout) {
  const auto index = fields.word(key, [&](std::string_view word) { return index_of_name("word", choice.words, word); });
  choice.set(layout, index);
}

Json value_of(const WholeSize& size, const Layout& layout) { return layout.*size.member; }
Json value_of(LayoutFlag flag, const Layout& layout) { return layout.*flag; }
Json value_of(const WordChoice& choice, const Layout& layout) { return choice.words[choice.get(layout)]; }

Json value_of(const LayoutKey& key, const Layout& layout) {
  return std::visit([&](const auto& value) { return value_of(value, layout); }, key.value);
}

Json overlap_words(const Overlap& overlap) {
  Json words = Json::array();
  for (const OverlapWord& each : kOverlapWords) {
    if (overlap.*each.member) words.push_back(each.word);
  }
  return words;
}

Overlap overlap_from_json(Fields& fields) {
  const Json& words = fields.value("overlap");
  if (!words.is_array()) throw fields.error("overlap", "must be a list of words");
  Overlap overlap;
  for (const OverlapWord& each : kOverlapWords) overlap.*each.member = false;
  for (const Json& word : words) {
    const auto found = std::ranges::find_if(kOverlapWords, [&](const OverlapWord& each) { return word == each.word; });
    if (found == kOverlapWords.end()) {
      throw fields.error("overlap",
                         "must be a list of some of " + to_line(overlap_words({true, true, true, true, true, true})));
    }
    overlap.*(found->member) = true;
  }
  return overlap;
}

}  // namespace

Layout layout_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kLayoutSchema);
  Layout layout;
  if (fields.has("name")) layout.name = fields.text("name");
  for (const LayoutKey& each : layout_keys()) {
    const std::string key(each.key);
    if (each.presence == KeyPresence::optional && !fields.has(key)) continue;
    std::visit([&](const auto& value) { read_value(fields, key, value, layout); }, each.value);
  }
  if (fields.has("overlap")) layout.overlap = overlap_from_json(fields);
  fields.finish();
  if (layout.gradient_bytes == 3) throw fields.error("gradient_bytes", "must be 2 or 4");
  return layout;
}

Json to_json(const Layout& layout) {
  const Layout unsaid;
  Json json = {{"schema", kLayoutSchema}};
  if (!layout.name.empty()) json["name"] = layout.name;
  for (const LayoutKey& each : layout_keys()) {
    Json value = value_of(each, layout);
    if (each.presence == KeyPresence::required || value != value_of(each, unsaid)) {
      json[std::string(each.key)] = std::move(value);
    }
  }
  if (const Json words = overlap_words(layout.overlap); words != overlap_words(unsaid.overlap)) json["overlap"] = words;
  return json;
}

Layout read_layout(const std::string& text_or_path) {
  if (text_or_path.find('=') != std::string::npos) return parse_layout(text_or_path);
  return layout_from_json(parse_json(read_file(text_or_path, kMaxTrainingFile), text_or_path), text_or_path);
}

}  // namespace muster
