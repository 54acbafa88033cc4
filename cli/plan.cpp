// SPDX-License-Identifier: Apache-2.0
// muster plan: which cases, how many samples at most, as plan.json.
#include <iostream>
#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/plan_options.hpp"
#include "core/file.hpp"

namespace muster {

void add_plan(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("plan", "Which cases to measure, on how many ranks, for how long (plan.json)");
  struct Options {
    PlanOptions plan;
    std::string cluster, out;
  };
  const auto options = std::make_shared<Options>();
  add_plan_options(*command, options->plan);
  command->add_option("--cluster", options->cluster, "cluster.json of another machine (default: this one)");
  command->add_option("--out", options->out, "File to write (default: standard output)");
  command->callback([options] {
    const Topology topology =
        options->cluster.empty()
            ? topology_of(options->plan)
            : topology_from_json(parse_json(read_file(options->cluster), options->cluster), options->cluster);
    std::vector<Gpu> gpus = options->cluster.empty() ? gpus_of(options->plan) : gpus_of(options->plan, topology);
    const std::string text = to_document(to_json(plan_from(options->plan, topology, std::move(gpus)).plan));
    if (options->out.empty()) {
      std::cout << text;
    } else {
      write_file(options->out, text);
    }
  });
}

}  // namespace muster
