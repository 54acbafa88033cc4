// SPDX-License-Identifier: Apache-2.0
// Layouts: each impossible one is refused for its own reason; files and short texts say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/training/one_line_error.hpp"
#include "tests/training/training_samples.hpp"
#include "training/layout_json.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kLong =
    "tp=8,pp=16,vp=8,dp=64,cp=2,ep=4,mbs=1,gbs=1024,seq=8192,sp,zero=1,recompute=full,precision=fp8,"
    "overlap=gradients+tensor,schedule=zb,lean,etp=2,attention=unfused,grad=2,fused_loss=false,shard=32";

TEST(LayoutTexts, SayWhatFilesSay) {
  const Layout layout = parse_layout(kLong);
  EXPECT_EQ(layout.tensor, 8);
  EXPECT_EQ(layout.virtual_stages, 8);
  EXPECT_EQ(layout.sequence, 8192);
  EXPECT_TRUE(layout.sequence_parallel);
  EXPECT_EQ(layout.sharding, Sharding::optimizer);
  EXPECT_EQ(layout.recompute, Recompute::full);
  EXPECT_EQ(layout.precision, Precision::fp8);
  EXPECT_EQ(layout.schedule, PipelineSchedule::zero_bubble);
  EXPECT_FALSE(layout.fused_loss);
  EXPECT_TRUE(layout.overlap.gradients && layout.overlap.tensor);
  EXPECT_FALSE(layout.overlap.parameters || layout.overlap.pipeline || layout.overlap.context ||
               layout.overlap.experts);
  const Json json = to_json(layout);
  EXPECT_EQ(to_json(layout_from_json(json, "file")), json);
  EXPECT_EQ(to_json(parse_layout(short_text(layout))), json);
  EXPECT_EQ(short_text(parse_layout("tensor=2,pipeline=1,data=4,micro_batch=1,global_batch=8,overlap=none")),
            "dp=4,tp=2,pp=1,mbs=1,gbs=8,overlap=none");
}

TEST(LayoutTexts, WithAMistakeAreRefusedInOneLine) {
  const std::string good = "dp=1,tp=1,pp=1,mbs=1,gbs=1";
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "is no key of a layout"},
           {"=", "is no key of a layout"},
           {good + ",tp=2", "is said twice"},
           {good + ",tensor=2", "is said twice"},
           {good + ",zero=4", "use one of none, optimizer, gradients, parameters"},
           {good + ",cp=0", "\"context\" must be a whole number between 1 and 4096"},
           {good + ",cp=1e3", "\"context\" must be a whole number"},
           {good + ",cp=99999999999999999999", "\"context\" must be a whole number"},
           {good + ",sp=maybe", "\"sequence_parallel\" must be true or false"},
           {good + ",overlap=tensor+hope", "\"overlap\" must be a list of some of"},
           {good + ",grad=3", "must be 2 or 4"},
           {"tp=1,pp=1,mbs=1,gbs=1", "\"data\" is missing"},
           {good + std::string(5000, ','), "too long"}}) {
    EXPECT_THAT(one_line_error([&] { parse_layout(text); }), HasSubstr(why)) << text;
  }
}

TEST(LayoutFiles, WithAMistakeAreRefusedInOneLine) {
  const Json good = to_json(parse_layout("dp=1,tp=1,pp=1,mbs=1,gbs=1"));
  for (const auto& [key, value, why] : std::vector<std::tuple<std::string, Json, std::string>>{
           {"surprise", 1, "\"surprise\" is not known here"},
           {"tensor", "8", "must be a whole number"},
           {"tensor", -1, "must be a whole number"},
           {"data", std::uint64_t{1} << 40, "must be a whole number"},
           {"overlap", "tensor", "must be a list of words"},
           {"overlap", Json::array({1}), "must be a list of some of"},
           {"sharding", Json::array({Json::array()}), "must be a text"},
           {"schema", "muster/layout/2", "muster/layout/1"}}) {
    Json bad = good;
    bad[key] = value;
    EXPECT_THAT(one_line_error([&] { layout_from_json(bad, "a.json"); }), AllOf(HasSubstr("a.json"), HasSubstr(why)));
  }
  EXPECT_THAT(one_line_error([] { read_layout("no/such/file.json"); }), HasSubstr("no/such/file.json"));
}

struct Refused {
  const char* why;
  std::function<void(Layout&)> change;
};

TEST(Refusals, NameTheNumbersThatDoNotFit) {
  const Model dense = small_grouped();
  for (const auto& [why, change] : std::vector<Refused>{
           {"does nothing", [](Layout& layout) { layout.tensor = 0; }},
           {"does nothing", [](Layout& layout) { layout.global_batch = -8; }},
           {"no machine has them", [](Layout& layout) { layout.data = layout.context = 1 << 20; }},
           {"a batch of 8 does not divide into micro-batches of 3", [](Layout& layout) { layout.micro_batch = 3; }},
           {"a batch of 8 does not divide", [](Layout& layout) { layout.micro_batch = 16; }},
           {"4 layers do not fill 8 stages", [](Layout& layout) { layout.pipeline = 8; }},
           {"4 layers do not fill 2 stages of 4 chunks",
            [](Layout& layout) { layout.pipeline = 2, layout.virtual_stages = 4; }},
           {"4 layers, embedding and output do not fill 8 stages",
            [](Layout& layout) { layout.pipeline = 8, layout.lean_ends = true; }},
           {"virtual stages need a pipeline", [](Layout& layout) { layout.virtual_stages = 2; }},
           {"lean ends need a pipeline", [](Layout& layout) { layout.lean_ends = true; }},
           {"interleaved by 1F1B only",
            [](Layout& layout) {
              layout.pipeline = layout.virtual_stages = 2;
              layout.schedule = PipelineSchedule::zero_bubble;
            }},
           {"1 micro-batches do not divide into rounds of 2",
            [](Layout& layout) { layout.pipeline = layout.virtual_stages = 2, layout.micro_batch = 8; }},
           {"8 heads do not divide over 3", [](Layout& layout) { layout.tensor = 3; }},
           {"64 tokens do not divide into two parts for each of 3", [](Layout& layout) { layout.context = 3; }},
           {"no experts to spread", [](Layout& layout) { layout.expert = 2; }},
           {"shard group needs sharded parameters", [](Layout& layout) { layout.shard_group = 2; }},
           {"shard groups of 3 do not divide 2", [](Layout& layout) {
              layout.data = 2;
              layout.sharding = Sharding::parameters;
              layout.shard_group = 3;
            }}}) {
    Layout layout;
    layout.global_batch = 8;
    ASSERT_EQ(refusal(dense, layout), "");
    change(layout);
    EXPECT_THAT(refusal(dense, layout), HasSubstr(why));
  }
}

TEST(Refusals, OfTensorGroupsLookAtEveryMatrix) {
  Model model = small_grouped();
  Layout layout;
  layout.tensor = 4;
  EXPECT_EQ(refusal(model, layout), "") << "two key-value heads are held by two ranks each";
  model.heads = 24;
  model.kv_heads = 3;
  EXPECT_THAT(refusal(model, layout), HasSubstr("3 key-value heads do not divide"));
  model.kv_heads = 8;
  model.inner = 130;
  EXPECT_THAT(refusal(model, layout), HasSubstr("feed-forward blocks of 130"));
  model.inner = 128;
  model.sequence = 66;
  EXPECT_EQ(refusal(model, layout), "");
  layout.sequence_parallel = true;
  EXPECT_THAT(refusal(model, layout), HasSubstr("66 tokens do not divide over 4 ranks"));
}

TEST(Refusals, OfExpertGroupsLookAtExpertsAndGpus) {
  Model model = small_experts();
  Layout layout;
  layout.data = layout.expert = 4;
  layout.global_batch = 4;
  EXPECT_EQ(refusal(model, layout), "");
  layout.expert = 3;
  EXPECT_THAT(refusal(model, layout), HasSubstr("8 experts do not divide over 3"));
  layout.expert = 8;
  EXPECT_THAT(refusal(model, layout), HasSubstr("expert groups of 8 ranks do not divide the 4 GPUs of a stage"));
  layout.expert = 1;
  layout.expert_tensor = 5;
  EXPECT_THAT(refusal(model, layout), HasSubstr("experts of 32 do not divide over 5"));
  layout.expert_tensor = 1;
  layout.tensor = 4;
  model.experts->shared_inner = 6;
  EXPECT_THAT(refusal(model, layout), HasSubstr("shared experts of 6"));
}

TEST(Layouts, CountGpusAndMicroBatches) {
  const Layout layout = parse_layout("tp=8,pp=16,dp=64,cp=2,mbs=2,gbs=1024");
  EXPECT_EQ(gpus_of(layout), 16384);
  EXPECT_EQ(micro_batches_of(layout), 8);
  EXPECT_EQ(sequence_of(layout, small_dense()), 32);
}

}  // namespace
}  // namespace muster
