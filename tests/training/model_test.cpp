// SPDX-License-Identifier: Apache-2.0
// Models: what ships is read and counts as many weights as published, and wrong descriptions are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "tests/training/one_line_error.hpp"
#include "tests/training/training_samples.hpp"
#include "training/model_json.hpp"
#include "training/model_library.hpp"
#include "training/model_sizes.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Whether a published count of active weights has the embedding in it, which is looked up, not multiplied.
enum class Lookup { counted, left_out };

struct PublishedCount {
  const char* name;
  double billions;  ///< as published
  double rounding;  ///< half a unit of its last digit
  double active = 0;
  double active_rounding = 0;
  Lookup lookup = Lookup::counted;
};

constexpr auto kPublished = std::to_array<PublishedCount>({
    {"bloom-176b", 176.247, 0.0005},
    {"deepseek-v2", 236, 0.5, 21, 0.5, Lookup::left_out},
    {"deepseek-v2-lite", 15.7, 0.05, 2.4, 0.1, Lookup::left_out},
    {"deepseek-v3", 671, 0.5, 37, 0.5, Lookup::left_out},
    {"gemma2-27b", 27.23, 0.005},
    {"gemma2-2b", 2.61, 0.005},
    {"gemma2-9b", 9.24, 0.005},
    {"gpt-oss-120b", 116.83, 0.005, 5.13, 0.005, Lookup::left_out},
    {"gpt-oss-20b", 20.91, 0.005, 3.61, 0.005, Lookup::left_out},
    {"gpt3-175b", 175, 0.5},
    {"kimi-k2", 1026.408, 0.0005, 32.6, 0.05},
    {"llama2-13b", 13.016, 0.0005},
    {"llama2-70b", 68.977, 0.0005},
    {"llama2-7b", 6.738, 0.0005},
    {"llama3-70b", 70.554, 0.0005},
    {"llama3-8b", 8.030, 0.0005},
    {"llama3.1-405b", 405.853, 0.0005},
    {"llama3.1-70b", 70.554, 0.0005},
    {"llama3.1-8b", 8.030, 0.0005},
    {"llama3.2-1b", 1.236, 0.0005},
    {"llama3.2-3b", 3.213, 0.0005},
    {"llama4-maverick", 400, 0.5, 17, 0.5},
    {"megatron-1.7b", 1.7, 0.05},
    {"megatron-145.6b", 145.6, 0.05},
    {"megatron-18.4b", 18.4, 0.05},
    {"megatron-1t", 1008, 0.5},
    {"megatron-22b", 22, 0.5},
    {"megatron-3.6b", 3.6, 0.05},
    {"megatron-310.1b", 310.1, 0.05},
    {"megatron-39.1b", 39.1, 0.05},
    {"megatron-529.6b", 529.6, 0.05},
    {"megatron-7.5b", 7.5, 0.05},
    {"megatron-76.1b", 76.1, 0.05},
    {"mixtral-8x22b", 140.63, 0.005, 39, 0.5},
    {"mixtral-8x7b", 46.703, 0.0005, 12.9, 0.05},
    {"mpt-30b", 29.96, 0.005},
    {"mpt-70b", 64.9, 0.05},
    {"mpt-7b", 6.65, 0.005},
    {"nemotron4-15b", 15.6, 0.05},
    {"nemotron4-340b", 341, 0.5},
    {"olmo2-13b", 13.7, 0.05},
    {"olmo2-32b", 32.2, 0.05},
    {"olmo2-7b", 7.3, 0.05},
    {"palm-540b", 540.35, 0.005},
    {"qwen2.5-32b", 32.5, 0.05},
    {"qwen2.5-72b", 72.7, 0.05},
    {"qwen2.5-7b", 7.61, 0.005},
    {"qwen3-0.6b", 0.6, 0.05},
    {"qwen3-1.7b", 1.7, 0.05},
    {"qwen3-14b", 14.8, 0.05},
    {"qwen3-235b-a22b", 235, 0.5, 22, 0.5},
    {"qwen3-30b-a3b", 30.5, 0.05, 3.3, 0.1},
    {"qwen3-32b", 32.8, 0.05},
    {"qwen3-4b", 4.0, 0.05},
    {"qwen3-8b", 8.2, 0.05},
});

TEST(Models, CountAsManyWeightsAsPublished) {
  ASSERT_EQ(kPublished.size(), shipped_models().size());
  for (const PublishedCount& published : kPublished) {
    Model model = read_model(published.name);
    model.prediction_layers = 0;
    const Parameters counted = parameters_of(model);
    const auto billions = [](std::uint64_t count) { return static_cast<double>(count) / 1e9; };
    const auto allowed = [](double count, double rounding) { return std::max(rounding, count / 100); };
    EXPECT_NEAR(billions(counted.total), published.billions, allowed(published.billions, published.rounding))
        << published.name;
    if (published.active == 0) continue;
    const double lookup = published.lookup == Lookup::left_out ? billions(counted.embedding) : 0;
    EXPECT_NEAR(billions(counted.active) - lookup, published.active,
                allowed(published.active, published.active_rounding))
        << published.name;
  }
}

TEST(Models, CountToTheLastWeightWhereThatIsPublished) {
  const std::map<std::string, std::uint64_t> exact = {
      {"llama2-7b", 6738415616},
      {"llama2-70b", 68976648192},
      {"llama3-8b", 8030261248},
      {"llama3-70b", 70553706496},
      {"llama3.1-405b", 405853388800},
      {"llama3.2-1b", 1235814400},
      {"mixtral-8x7b", 46702792704},
      {"olmo2-7b", 7298617344 - 32 * 2 * 4096},  // less its norms of queries and keys
      {"kimi-k2", 1026408232448 - 60 * 384},     // less the router's corrections, which no gradient trains
  };
  for (const auto& [name, count] : exact) EXPECT_EQ(parameters_of(read_model(name)).total, count) << name;
}

TEST(Parameters, OfADenseModelAreCountedByHand) {
  const Parameters counted = parameters_of(small_dense());
  EXPECT_EQ(counted.attention, 4U * (64 * 64 + 64));
  EXPECT_EQ(counted.dense, 64U * 256 + 256 + 256 * 64 + 64);
  EXPECT_EQ(counted.norms, 2U * 2 * 64);
  EXPECT_EQ(counted.embedding, (512U + 32) * 64);
  EXPECT_EQ(counted.output, 2U * 64);
  // Narayanan et al. 2021, equation 2: 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)), and the last norm.
  EXPECT_EQ(counted.total, 12U * 4 * 64 * 64 + 13 * 4 * 64 + (512 + 32) * 64 + 2 * 64);
  EXPECT_EQ(counted.active, counted.total);
}

TEST(Parameters, OfAGroupedModelAreCountedByHand) {
  const Parameters counted = parameters_of(small_grouped());
  EXPECT_EQ(counted.attention, 2U * 64 * 64 + 2 * 64 * 16);
  EXPECT_EQ(counted.dense, 3U * 64 * 128);
  EXPECT_EQ(counted.total, 4U * (10240 + 24576 + 128) + 2 * 256 * 64 + 64);
}

TEST(Parameters, OfExpertsAreCountedByHand) {
  Model model = small_experts();
  const std::uint64_t layer = 4 * 64 * 64 + 64 * 8 + 128;
  const std::uint64_t ends = 2 * 256 * 64 + 64;
  EXPECT_EQ(parameters_of(model).expert, 3U * 64 * 32);
  EXPECT_EQ(parameters_of(model).total, 4 * (layer + 8 * 6144) + ends);
  EXPECT_EQ(parameters_of(model).active, 4 * (layer + 2 * 6144) + ends);
  model.experts->shared_inner = 32;
  EXPECT_EQ(parameters_of(model).active, 4 * (layer + 3 * 6144) + ends);
  model.experts->leading_dense = 2;
  model.inner = 128;
  EXPECT_EQ(parameters_of(model).total, 2 * (layer + 9 * 6144) + 2 * (layer - 512 + 24576) + ends);
  model.prediction_layers = 1;
  EXPECT_EQ(parameters_of(model).prediction, layer + 9 * 6144 + 2 * 64 * 64 + 3 * 64);
}

TEST(Parameters, OfLatentAttentionAreCountedByHand) {
  Model model = small_grouped();
  model.latent = LatentAttention{.key_value_rank = 16, .plain_size = 8, .rotary_size = 4, .value_size = 8};
  EXPECT_EQ(parameters_of(model).attention, 64U * 8 * 12 + 64 * (16 + 4) + 16 * 8 * (8 + 8) + 8 * 8 * 64);
  model.latent->query_rank = 24;
  EXPECT_EQ(parameters_of(model).attention, 64U * 24 + 24 * 8 * 12 + 64 * (16 + 4) + 16 * 8 * (8 + 8) + 8 * 8 * 64);
  EXPECT_EQ(parameters_of(model).norms, 2U * 64 + 24 + 16);
}

TEST(Models, TellWhichLayersRouteAndSlide) {
  Model model = small_experts();
  model.experts->leading_dense = 1;
  model.experts->every = 2;
  model.window = 16;
  model.window_every = 3;
  const auto layers = [&](bool (*has)(const Model&, int)) {
    std::vector<int> found;
    for (int layer = 0; layer < 8; ++layer) {
      if (has(model, layer)) found.push_back(layer);
    }
    return found;
  };
  EXPECT_EQ(layers(has_experts), (std::vector<int>{2, 4, 6}));
  EXPECT_EQ(layers(has_window), (std::vector<int>{0, 1, 3, 4, 6, 7}));
  model.layers = 8;
  EXPECT_EQ(expert_layers(model), 3);
  model.window_every = 1;
  EXPECT_EQ(layers(has_window).size(), 8U);
}

TEST(ModelFiles, AreReadAsTheyAreWritten) {
  for (const ModelText& shipped : shipped_models()) {
    const Json written = to_json(read_model(std::string(shipped.name)));
    EXPECT_EQ(to_json(model_from_json(written, "again")), written);
    EXPECT_EQ(written["name"], shipped.name);
    EXPECT_NE(written["source"], "");
  }
}

TEST(ModelFiles, WithAMistakeAreRefusedInOneLine) {
  const Json good = to_json(small_experts());
  for (const auto& [patch, why] : std::vector<std::pair<const char*, std::string>>{
           {R"({"surprise": 1})", "\"surprise\" is not known here"},
           {R"({"schema": "muster/model/9"})", "muster/model/1"},
           {R"({"layers": 0})", "\"layers\" must be a whole number between 1 and 1024"},
           {R"({"layers": 1e300})", "\"layers\" must be a whole number"},
           {R"({"hidden": 18446744073709551615})", "\"hidden\" must be a whole number"},
           {R"({"hidden": "64"})", "\"hidden\" must be a whole number"},
           {R"({"heads": null})", "\"heads\" is missing"},
           {R"({"name": ""})", "\"name\" is empty"},
           {R"({"kv_heads": 3})", "8 heads cannot share 3 key-value heads"},
           {R"({"heads": 7, "kv_heads": 7, "head_size": null})", "7 heads do not divide 64"},
           {R"({"feed_forward": "swiglu"})", "use one of plain, gated"},
           {R"({"experts": null})", "give \"inner\""},
           {R"({"experts": [[[[]]]]})", "must be a JSON object"},
           {R"({"experts": {"top_k": 9}})", "a token cannot meet 9 of 8 experts"},
           {R"({"experts": {"every": 5}})", "none of the 4 layers has experts"},
           {R"({"experts": {"more": 5}})", "\"experts\": \"more\" is not known here"},
           {R"({"latent": {"key_value_rank": 8, "plain_size": 0, "rotary_size": 0, "value_size": 8}})", "no size"},
           {R"({"tied": "yes"})", "\"tied\" must be true or false"}}) {
    Json bad = good;
    bad["head_size"] = 8;
    bad.merge_patch(parse_json(patch, "patch"));
    EXPECT_THAT(one_line_error([&] { model_from_json(bad, "a.json"); }), AllOf(HasSubstr("a.json"), HasSubstr(why)))
        << patch;
  }
  EXPECT_THAT(one_line_error([] { read_model("gpt5"); }), AllOf(HasSubstr("neither a file"), HasSubstr("gpt3-175b")));
}

TEST(ModelFiles, AtTheEdgeOfEveryRangeDoNotOverflow) {
  Model model = small_experts();
  for (const SizeKey<Model>& size : model_sizes()) model.*size.member = size.range.at_most;
  for (const SizeKey<Experts>& size : expert_sizes()) (*model.experts).*size.member = size.range.at_most;
  model.latent.emplace();
  for (const SizeKey<LatentAttention>& size : latent_sizes()) (*model.latent).*size.member = size.range.at_most;
  model.experts->leading_dense = 0;
  model.experts->every = 1;
  check(model);
  const Parameters counted = parameters_of(model);
  const double layer = 4096.0 * static_cast<double>(counted.expert) + static_cast<double>(counted.shared) +
                       static_cast<double>(counted.attention) + static_cast<double>(counted.norms);
  EXPECT_LT(layer * (1024 + 64), 9.2e18);
  EXPECT_NEAR(static_cast<double>(counted.total) / (layer * (1024 + 64)), 1, 0.01);
}

}  // namespace
}  // namespace muster
