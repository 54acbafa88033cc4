// SPDX-License-Identifier: Apache-2.0
#include "training/require_json.hpp"

#include <cmath>

#include "reports/case.hpp"
#include "reports/text_table.hpp"
#include "training/layout_json.hpp"

namespace muster {
namespace {

/// Four digits, up: who reaches the number reaches the step. What is exact but for the last bit stays.
double rounded_up(double value) {
  const double digit = std::pow(10, std::floor(std::log10(value)) - 3);
  return std::ceil(value / digit * (1 - 1e-12)) * digit;
}

Json words(std::string_view word) { return Json::array({word}); }

Json rule_of(const RequiredProduct& one, const std::string& source) {
  const NeededProduct& product = one.product;
  const std::string shape =
      std::to_string(product.m) + "x" + std::to_string(product.n) + "x" + std::to_string(product.k);
  Json rule = {{"name", "product " + text_of(product)}, {"source", product.use + "; " + source}};
  rule["select"] = {{"families", words(name_of(Family::matmul))},
                    {"types", words(name_of(*element_type_of(product.precision)))},
                    {"bodies", words(name_of(MatmulBody::native))},
                    {"cases", "*/" + shape + "/*"}};
  rule["require"] = {{"flops_per_second", rounded_up(one.required.rate)}};
  return rule;
}

/// How ids of cases on groups end (reports/case.cpp).
std::string group_words(const Group& group) {
  return "/ranks=" + std::to_string(group.ranks) +
         (group.stride > 1 ? "/stride=" + std::to_string(group.stride) : std::string());
}

Json rule_of(const RequiredExchange& one, int launch_ranks, const std::string& source) {
  const MeasurableExchange& exchange = one.exchange;
  const GroupExchange& needed = exchange.needed.exchange;
  const std::string collective(name_of(needed.collective));
  Json rule = {{"name", collective + " of " + format_size(exchange.size)},
               {"source", std::string(name_of(needed.axis)) + " group, " + text_of(exchange.needed) + "; " + source}};
  rule["select"] = {{"families", words(name_of(Family::collective))},
                    {"collectives", words(collective)},
                    {"cadences", words(name_of(Cadence::isolated))},
                    {"placements", words(name_of(Placement::out_of_place))},
                    {"min_size", exchange.size.value},
                    {"max_size", exchange.size.value},
                    {"min_ranks", exchange.group.ranks},
                    {"max_ranks", exchange.group.ranks}};
  if (exchange.group.ranks < launch_ranks) rule["select"]["cases"] = "*" + group_words(exchange.group);
  rule["require"] = {{"busbw_bytes_per_second", rounded_up(one.required.rate)}};
  rule["scope"] = "best";
  return rule;
}

}  // namespace

Json to_json(const Question& question, const Requirements& requirements) {
  const std::string source = "least rate for a step of " + format_duration({requirements.step}) + " on " +
                             std::to_string(gpus_of(question.layout)) + " GPUs of " + question.machine.name +
                             ", all rates together " + significant(requirements.factor) + " of the predicted ones";
  Json rules = Json::array();
  rules.push_back({{"name", "results are correct"}, {"require", {{"correct", true}}}});
  for (const RequiredProduct& one : requirements.products) rules.push_back(rule_of(one, source));
  for (const RequiredExchange& one : requirements.exchanges)
    rules.push_back(rule_of(one, requirements.launch.ranks, source));
  Json json = {{"schema", "muster/targets/1"},
               {"name", "training of " + question.model.name + ", " + short_text(question.layout)}};
  std::vector<std::string> notes;
  for (const std::string& each : requirements.unchecked) notes.push_back("not checked: " + each);
  for (const std::string& each : requirements.borrowed) notes.push_back("stands for another: " + each);
  if (!notes.empty()) json["notes"] = notes;
  json["rules"] = std::move(rules);
  return json;
}

}  // namespace muster
