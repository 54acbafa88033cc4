// SPDX-License-Identifier: Apache-2.0
// The schemas of descriptions say once more, for readers in other languages, what the tables of keys say: both must be
// one.
#include <gtest/gtest.h>

#include "training/layout_keys.hpp"
#include "training/machine.hpp"
#include "training/model_sizes.hpp"

namespace muster {
namespace {

Json schema_of(const std::string& kind) {
  const std::string path = std::string(MUSTER_SOURCE_DIR) + "/reports/schema/" + kind + ".schema.json";
  return parse_json(read_file(path), path);
}

/// What the schema says of a key, behind a reference if there is one.
Json said_of(const Json& schema, const Json& object, std::string_view key) {
  const Json& said = object.at("properties").at(std::string(key));
  if (!said.contains("$ref")) return said;
  constexpr std::size_t kPrefix = std::string_view("#/$defs/").size();
  return schema.at("$defs").at(said["$ref"].get<std::string>().substr(kPrefix));
}

bool requires_key(const Json& object, std::string_view key) {
  const Json& names = object.at("required");
  return std::ranges::find(names, Json(key)) != names.end();
}

template <typename Words>
Json list_of(const Words& words) {
  Json list = Json::array();
  for (const std::string_view word : words) list.push_back(word);
  return list;
}

template <typename Owner>
void expect_sizes(const Json& schema, const Json& object, std::span<const SizeKey<Owner>> sizes) {
  for (const SizeKey<Owner>& size : sizes) {
    const Json said = said_of(schema, object, size.key);
    EXPECT_EQ(said.at("minimum"), size.range.at_least) << size.key;
    EXPECT_EQ(said.at("maximum"), size.range.at_most) << size.key;
    EXPECT_EQ(requires_key(object, size.key), !size.unsaid) << size.key;
  }
}

TEST(DescriptionSchemas, OfModelsHaveTheRangesOfTheTable) {
  const Json schema = schema_of("model");
  expect_sizes(schema, schema, model_sizes());
  expect_sizes(schema, schema["properties"]["latent"], latent_sizes());
  expect_sizes(schema, schema["properties"]["experts"], expert_sizes());
}

void expect_said(const Json& said, const WholeSize& size) {
  if (said.contains("enum")) return;  // 2 or 4 bytes
  EXPECT_EQ(said.at("minimum"), size.range.at_least);
  EXPECT_EQ(said.at("maximum"), size.range.at_most);
}
void expect_said(const Json& said, LayoutFlag) { EXPECT_EQ(said.at("type"), "boolean"); }
void expect_said(const Json& said, const WordChoice& choice) { EXPECT_EQ(said.at("enum"), list_of(choice.words)); }

TEST(DescriptionSchemas, OfLayoutsHaveTheKeysOfTheTable) {
  const Json schema = schema_of("layout");
  for (const LayoutKey& key : layout_keys()) {
    SCOPED_TRACE(key.key);
    const Json said = said_of(schema, schema, key.key);
    std::visit([&](const auto& value) { expect_said(said, value); }, key.value);
    EXPECT_EQ(requires_key(schema, key.key), key.presence == KeyPresence::required);
  }
  EXPECT_EQ(schema["properties"].size(), layout_keys().size() + 3) << "schema, name and overlap are no rows";
  Json words = Json::array();
  for (const OverlapWord& each : kOverlapWords) words.push_back(each.word);
  EXPECT_EQ(schema["properties"]["overlap"]["items"]["enum"], words);
}

TEST(DescriptionSchemas, OfMachinesHaveTheWordsOfTheProgram) {
  const Json accelerator = schema_of("machine").at("$defs").at("accelerator").at("properties");
  EXPECT_EQ(accelerator["architecture"]["enum"], list_of(kArchitectureNames));
  Json formats = Json::array();
  for (const auto& [name, unused] : accelerator["peak_flops_per_second"]["properties"].items()) formats.push_back(name);
  EXPECT_EQ(formats, list_of(kPrecisionNames));
  EXPECT_EQ(schema_of("layout")["properties"]["precision"]["enum"], list_of(kPrecisionNames));
}

}  // namespace
}  // namespace muster
