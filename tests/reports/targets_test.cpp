// SPDX-License-Identifier: Apache-2.0
#include "reports/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

Targets parsed(const std::string& text) { return targets_from_json(parse_json(text, "t.json"), "t.json"); }

std::string with_rule(const std::string& rule) {
  return R"({"schema": "muster/targets/1", "name": "t", "rules": [)" + rule + "]}";
}

Selector selector(const std::string& select) {
  return parsed(with_rule(R"({"name": "r", "require": {"correct": true}, "select": )" + select + "}")).rules[0].select;
}

std::vector<std::string> selected(const std::string& select) {
  const Plan plan = synthetic_plan();
  std::vector<std::string> ids;
  for (const Case& item : plan.cases) {
    if (selects(selector(select), item, plan.ranks)) ids.push_back(item.id);
  }
  return ids;
}

TEST(Targets, Every_word_of_the_language_is_read) {
  const Targets targets = parsed(with_rule(R"({
    "name": "large all-reduces", "scope": "best", "require": {"busbw_bytes_per_second": 1.5e9},
    "select": {"families": ["collective"], "collectives": ["all_reduce"], "algorithms": ["ring", "tree"],
               "transports": ["shm"], "types": ["float", "bfloat16"], "cadences": ["isolated"],
               "placements": ["out_of_place", "in_place"], "cases": "*ring*", "min_size": "1M", "max_size": 8388608,
               "min_ranks": 2, "max_ranks": 64}})"));
  EXPECT_EQ(targets.name, "t");
  const Rule& rule = targets.rules.at(0);
  EXPECT_EQ(rule.name, "large all-reduces");
  EXPECT_EQ(rule.scope, Scope::best);
  EXPECT_EQ(rule.quantity, Quantity::busbw);
  EXPECT_EQ(rule.demanded, 1.5e9);
  EXPECT_THAT(rule.select.families, ElementsAre(Family::collective));
  EXPECT_THAT(rule.select.collectives, ElementsAre(Collective::all_reduce));
  EXPECT_THAT(rule.select.algorithms, ElementsAre(Algorithm::ring, Algorithm::tree));
  EXPECT_THAT(rule.select.transports, ElementsAre(TransportKind::shm));
  EXPECT_THAT(rule.select.types, ElementsAre(ElementType::float32, ElementType::bfloat16));
  EXPECT_THAT(rule.select.cadences, ElementsAre(Cadence::isolated));
  EXPECT_THAT(rule.select.placements, ElementsAre(Placement::out_of_place, Placement::in_place));
  EXPECT_EQ(rule.select.cases, "*ring*");
  EXPECT_EQ(rule.select.min_size, Bytes{1048576});
  EXPECT_EQ(rule.select.max_size, Bytes{8388608});
  EXPECT_EQ(rule.select.min_ranks, 2);
  EXPECT_EQ(rule.select.max_ranks, 64);
}

TEST(Targets, Each_requirement_is_one_key) {
  const auto quantity = [](const std::string& require) {
    return parsed(with_rule(R"({"name": "r", "require": )" + require + "}")).rules[0].quantity;
  };
  EXPECT_EQ(quantity(R"({"correct": true})"), Quantity::correct);
  EXPECT_EQ(quantity(R"({"fraction_of_limit": 0.3})"), Quantity::fraction_of_limit);
  EXPECT_EQ(quantity(R"({"fraction_of_prediction": 0.5})"), Quantity::fraction_of_prediction);
  EXPECT_EQ(quantity(R"({"algbw_bytes_per_second": 1})"), Quantity::algbw);
  EXPECT_EQ(quantity(R"({"busbw_bytes_per_second": 1})"), Quantity::busbw);
  EXPECT_EQ(quantity(R"({"flops_per_second": 1e12})"), Quantity::flops_per_second);
}

TEST(Targets, What_is_not_in_the_language_is_refused_with_file_rule_and_key) {
  const std::string correct = R"("require": {"correct": true})";
  const struct {
    std::string rule;
    const char* message;
  } broken[] = {
      {R"({"name": "r", "require": {"corect": true}})", "corect"},
      {R"({"name": "r", "require": {"correct": false}})", "can only be true"},
      {R"({"name": "r", "require": {"correct": true, "fraction_of_limit": 0.1}})", "exactly one key"},
      {R"({"name": "r", "require": {}})", "exactly one key"},
      {R"({"name": "r", "require": 0.3})", "require"},
      {R"({"name": "r"})", "\"require\" is missing"},
      {R"({"name": "r", "require": {"fraction_of_limit": 1.1}})", "fraction_of_limit"},
      {R"({"name": "r", "require": {"fraction_of_limit": 0}})", "fraction_of_limit"},
      {R"({"name": "r", "require": {"fraction_of_limit": "30%"}})", "fraction_of_limit"},
      {R"({"name": "r", "require": {"busbw_bytes_per_second": -1}})", "busbw_bytes_per_second"},
      {R"({"name": "", )" + correct + "}", "name"},
      {"{" + correct + "}", "\"name\" is missing"},
      {R"({"name": "r", "scope": "any", )" + correct + "}", "each, best"},
      {R"({"name": "r", "selects": {}, )" + correct + "}", "selects"},
      {R"({"name": "r", "select": {"collective": ["all_reduce"]}, )" + correct + "}", "\"collective\""},
      {R"({"name": "r", "select": {"collectives": ["allreduce"]}, )" + correct + "}", "allreduce"},
      {R"({"name": "r", "select": {"collectives": "all_reduce"}, )" + correct + "}", "list of words"},
      {R"({"name": "r", "select": {"collectives": []}, )" + correct + "}", "leave it out"},
      {R"({"name": "r", "select": {"types": [1]}, )" + correct + "}", "types"},
      {R"({"name": "r", "select": {"min_size": "1T"}, )" + correct + "}", "min_size"},
      {R"({"name": "r", "select": {"min_size": "2M", "max_size": "1M"}, )" + correct + "}", "min_size"},
      {R"({"name": "r", "select": {"min_ranks": 4, "max_ranks": 2}, )" + correct + "}", "min_ranks"},
      {R"({"name": "r", "select": {"min_ranks": 0}, )" + correct + "}", "min_ranks"},
  };
  for (const auto& [rule, message] : broken) {
    EXPECT_THAT([&] { parsed(with_rule(rule)); },
                ThrowsMessage<Error>(AllOf(StartsWith("t.json: rule 1"), HasSubstr(message))))
        << rule;
  }
}

TEST(Targets, A_file_without_rules_or_with_two_of_one_name_is_refused) {
  EXPECT_THAT([] { parsed(with_rule("")); }, ThrowsMessage<Error>(HasSubstr("at least one rule")));
  const std::string rule = R"({"name": "r", "require": {"correct": true}})";
  EXPECT_THAT([&] { parsed(with_rule(rule + "," + rule)); },
              ThrowsMessage<Error>(AllOf(StartsWith("t.json: rule 2"), HasSubstr("twice"))));
}

TEST(Targets, Another_kind_of_file_is_refused) {
  EXPECT_THAT([] { targets_from_json(to_json(synthetic_plan()), "plan.json"); },
              ThrowsMessage<Error>(AllOf(StartsWith("plan.json: \"schema\""), HasSubstr("muster/targets/1"))));
}

TEST(Selector, An_empty_one_selects_every_case) { EXPECT_EQ(selected("{}").size(), synthetic_plan().cases.size()); }

TEST(Selector, Demands_must_all_hold_and_words_of_one_list_are_alternatives) {
  EXPECT_THAT(selected(R"({"collectives": ["all_reduce"], "algorithms": ["ring", "native"]})"),
              ElementsAre(kRing, kNative));
  EXPECT_THAT(selected(R"({"families": ["matmul", "reduce"]})"), ElementsAre(kMatmul, kReduce));
  EXPECT_THAT(selected(R"({"types": ["half"]})"), ElementsAre(kUnsupported));
  EXPECT_THAT(selected(R"({"cases": "all_to_all/*"})"), ElementsAre(kExchange));
}

TEST(Selector, A_demand_on_what_a_case_does_not_have_leaves_it_out) {
  EXPECT_THAT(selected(R"({"transports": ["mpi"]})"), ElementsAre(kNative));
  EXPECT_THAT(selected(R"({"max_size": "64K"})"), ElementsAre(kMemory, kExchange));
  EXPECT_TRUE(selected(R"({"families": ["memory"], "types": ["float"]})").empty());
}

TEST(Selector, Bounds_belong_to_what_they_bound) {
  EXPECT_THAT(selected(R"({"min_size": 65536, "max_size": 65536})"), ElementsAre(kExchange));
  EXPECT_TRUE(selected(R"({"min_size": 65537, "max_size": 1048575})").empty());
  EXPECT_EQ(selected(R"({"min_ranks": 2, "max_ranks": 2})").size(), 9U);
  EXPECT_TRUE(selected(R"({"min_ranks": 3})").empty());
}

TEST(DefaultTargets, Each_rule_selects_a_case_of_the_plan_and_correctness_is_always_among_them) {
  Plan plan = synthetic_plan();
  EXPECT_EQ(default_targets(plan).rules.size(), 4U);
  plan.cases.resize(1);
  const Targets targets = default_targets(plan);
  ASSERT_EQ(targets.rules.size(), 1U);
  EXPECT_EQ(targets.rules[0].quantity, Quantity::correct);
}

TEST(DefaultTargets, No_speed_is_demanded_of_small_messages) {
  Plan plan = synthetic_plan();
  for (const Rule& rule : default_targets(plan).rules) {
    if (rule.quantity == Quantity::correct) continue;
    for (Case item : plan.cases) {
      if (item.family != Family::collective) continue;
      item.size = Bytes{8};
      item.id = case_id(item);
      EXPECT_FALSE(selects(rule.select, item, plan.ranks)) << rule.name << " on " << item.id;
    }
  }
}

}  // namespace
}  // namespace muster
