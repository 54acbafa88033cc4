// SPDX-License-Identifier: Apache-2.0
#include "training/model_json.hpp"

#include <array>

#include "core/names.hpp"
#include "training/model_sizes.hpp"

namespace muster {
namespace {

constexpr std::string_view kModelSchema = "muster/model/1";
constexpr std::array<std::string_view, 2> kFeedForwards = {"plain", "gated"};

FeedForward parse_feed_forward(std::string_view name) {
  return static_cast<FeedForward>(index_of_name("feed-forward block", kFeedForwards, name));
}

template <typename Owner>
void read_sizes(Fields& fields, std::span<const SizeKey<Owner>> sizes, Owner& owner) {
  for (const SizeKey<Owner>& size : sizes) {
    const std::string key(size.key);
    const bool said = !size.unsaid || fields.has(key);
    owner.*size.member = said ? fields.integer<int>(key, size.range) : *size.unsaid;
  }
}

template <typename Owner>
void write_sizes(Json& json, std::span<const SizeKey<Owner>> sizes, const Owner& owner) {
  for (const SizeKey<Owner>& size : sizes) {
    const int value = owner.*size.member;
    if (size.unsaid != value) json[std::string(size.key)] = value;
  }
}

template <typename Owner>
Owner sizes_from_json(Fields& fields, const std::string& key, std::span<const SizeKey<Owner>> sizes,
                      const std::string& origin) {
  Fields inner(fields.value(key), origin + ": " + in_quotes(key));
  Owner owner;
  read_sizes(inner, sizes, owner);
  inner.finish();
  return owner;
}

template <typename Owner>
Json sizes_to_json(std::span<const SizeKey<Owner>> sizes, const Owner& owner) {
  Json json = Json::object();
  write_sizes(json, sizes, owner);
  return json;
}

}  // namespace

Model model_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kModelSchema);
  Model model;
  model.name = fields.text("name");
  if (model.name.empty()) throw fields.error("name", "is empty; reports show it");
  model.source = fields.text("source");
  read_sizes(fields, model_sizes(), model);
  model.feed_forward = fields.word("feed_forward", parse_feed_forward);
  if (fields.has("tied")) model.tied = fields.flag("tied");
  if (fields.has("biases")) model.biases = fields.flag("biases");
  if (fields.has("latent")) model.latent = sizes_from_json(fields, "latent", latent_sizes(), origin);
  if (fields.has("experts")) model.experts = sizes_from_json(fields, "experts", expert_sizes(), origin);
  fields.finish();
  if (model.kv_heads == 0) model.kv_heads = model.heads;
  if (model.head_size == 0 && model.hidden % model.heads != 0) {
    throw fields.error("head_size", "is missing, and " + std::to_string(model.heads) + " heads do not divide " +
                                        std::to_string(model.hidden) + "; give it");
  }
  if (model.head_size == 0) model.head_size = model.hidden / model.heads;
  try {
    check(model);
  } catch (const Error& error) {
    throw Error(origin + ": " + error.what());
  }
  return model;
}

Json to_json(const Model& model) {
  Json json = {{"schema", kModelSchema}, {"name", model.name}, {"source", model.source}};
  write_sizes(json, model_sizes(), model);
  json["feed_forward"] = kFeedForwards[static_cast<std::size_t>(model.feed_forward)];
  if (model.tied) json["tied"] = true;
  if (model.biases) json["biases"] = true;
  if (model.latent) json["latent"] = sizes_to_json(latent_sizes(), *model.latent);
  if (model.experts) json["experts"] = sizes_to_json(expert_sizes(), *model.experts);
  return json;
}

}  // namespace muster
