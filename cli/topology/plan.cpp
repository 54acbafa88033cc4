// SPDX-License-Identifier: Apache-2.0
// muster topology plan: which schedule should be fastest at each size on the machine, how much of the limit it reaches,
// and what NCCL's own model would take.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/topology/commands.hpp"
#include "cli/topology/system.hpp"
#include "collectives/planner/planner.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "topology/limits/limits.hpp"

namespace muster {
namespace {

struct TopologyPlanOptions {
  SystemOptions system;
  std::string collective = "all_reduce";
  std::vector<std::string> sizes;
  bool json = false;
};

/// Latency, the usual crossovers, and bandwidth.
std::vector<Bytes> usual_sizes() {
  std::vector<Bytes> sizes;
  for (std::uint64_t size = 1024; size <= std::uint64_t{4} << 30; size *= 16) sizes.push_back({size});
  return sizes;
}

std::vector<Bytes> sizes_of(const std::vector<std::string>& words) {
  if (words.empty()) return usual_sizes();
  std::vector<Bytes> sizes;
  for (const std::string& word : words) sizes.push_back(parse_size(word));
  std::ranges::sort(sizes);
  sizes.erase(std::ranges::unique(sizes).begin(), sizes.end());
  return sizes;
}

Json to_json(const SchedulePlan& plan, std::size_t size) {
  Json candidates = Json::array();
  for (const PlannedCandidate& each : plan.candidates) {
    const Forecast& forecast = each.at_size[size];
    candidates.push_back({{"name", each.candidate.name},
                          {"algorithm", name_of(each.candidate.algorithm)},
                          {"runnable", each.candidate.standing == Standing::runnable},
                          {"channels", forecast.estimate.channels},
                          {"seconds", forecast.estimate.time.value},
                          {"fraction_of_limit", forecast.share_of_limit > 0 ? Json(forecast.share_of_limit) : Json()},
                          {"seconds_per_byte_fraction", each.candidate.seconds_per_byte.text()},
                          {"busiest", each.candidate.busiest}});
  }
  const auto pick = static_cast<std::size_t>(plan.picks[size]);
  Json json = {{"size_bytes", plan.sizes[size].value}, {"pick", plan.candidates[pick].candidate.name}};
  json["nccl"] =
      plan.nccl.empty() ? Json() : Json{{"choice", plan.nccl[size].name()}, {"seconds", plan.nccl[size].time.value}};
  json["candidates"] = candidates;
  return json;
}

Json to_json(const SchedulePlan& plan, const std::string& system) {
  Json sizes = Json::array();
  for (std::size_t i = 0; i < plan.sizes.size(); ++i) sizes.push_back(to_json(plan, i));
  Json crossovers = Json::array();
  for (const Crossover& crossover : plan.crossovers) {
    crossovers.push_back({{"size_bytes", crossover.size.value},
                          {"below", plan.candidates[static_cast<std::size_t>(crossover.below)].candidate.name},
                          {"above", plan.candidates[static_cast<std::size_t>(crossover.above)].candidate.name}});
  }
  return {{"schema", "muster/schedule-plan/1"},
          {"system", system},
          {"collective", name_of(plan.collective)},
          {"ranks", plan.ranks},
          {"sizes", sizes},
          {"crossovers", crossovers}};
}

void print_plan(const TopologyPlanOptions& options) {
  const Collective collective = parse_collective(options.collective);
  const std::vector<Bytes> sizes = sizes_of(options.sizes);
  const System system = load_system(options.system);
  tell_findings(system.findings);
  SchedulePlanRequest request{.collective = collective, .sizes = sizes};
  const LimitRequest asked{.collective = collective, .symmetries = system.symmetries};
  request.limits = limits_of(system.topology, asked);
  if (has_reduction(system.topology)) request.limits_by_ranks = limits_of(without_reduction(system.topology), asked);
  const SchedulePlan plan = plan_schedules(system.topology, request);
  if (options.json) {
    std::cout << to_document(to_json(plan, system.name));
    return;
  }
  std::cout << printable(system.name) << ": predicted time and percentage of the limit; * the pick\n\n"
            << text_of(plan);
}

}  // namespace

void add_topology_plan(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("plan", "The schedule that should be fastest at each size, by prediction");
  const auto options = std::make_shared<TopologyPlanOptions>();
  add_system_options(*command, options->system);
  command->add_option("--collective", options->collective, "What to plan")->capture_default_str();
  command->add_option("--size", options->sizes, "Sizes as nccl-tests counts them (repeatable; default: 1K to 4G)")
      ->allow_extra_args(false);  // files may follow
  command->add_flag("--json", options->json, "Print all candidates as JSON");
  command->callback([options] { print_plan(*options); });
}

}  // namespace muster
