// SPDX-License-Identifier: Apache-2.0
// muster topology export: a schedule planned for the machine, in the format of another program.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/topology/commands.hpp"
#include "cli/topology/system.hpp"
#include "collectives/exporters/exporters.hpp"
#include "collectives/planner/planner.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

struct ExportOptions {
  SystemOptions system;
  std::string collective = "all_reduce";
  std::string algorithm;
  std::string size = "64M";
  std::string format = "text";
  std::string out;
};

/// The fastest at this size that can be written out; `algorithm` empty = any.
const Candidate& chosen(const SchedulePlan& plan, const std::string& algorithm) {
  const PlannedCandidate* best = nullptr;
  for (const PlannedCandidate& each : plan.candidates) {
    const bool fits = algorithm.empty() || parse_algorithm(algorithm) == each.candidate.algorithm;
    if (each.candidate.standing != Standing::runnable || !fits) continue;
    if (best == nullptr || each.at_size.front().estimate.time < best->at_size.front().estimate.time) best = &each;
  }
  if (best == nullptr) {
    throw Error("there is no " + algorithm + " of " + std::string(name_of(plan.collective)) +
                " for this machine; `muster topology plan` lists what there is");
  }
  return best->candidate;
}

void write_export(const ExportOptions& options) {
  const ExporterEntry& exporter = find_exporter(options.format);
  if (!options.algorithm.empty()) parse_algorithm(options.algorithm);
  const Bytes size = parse_size(options.size);
  const SchedulePlanRequest request{.collective = parse_collective(options.collective), .sizes = {size}};
  const System system = load_system(options.system);
  tell_findings(system.findings);
  const SchedulePlan plan = plan_schedules(system.topology, request);
  const Candidate& candidate = chosen(plan, options.algorithm);
  if (plan.ranks > kMostExportedRanks) {
    throw Error(std::to_string(plan.ranks) + " ranks are too many to write out one by one: at most " +
                std::to_string(kMostExportedRanks) + "; give --nodes or a smaller machine");
  }
  const Schedule schedule = candidate.schedule ? *candidate.schedule : SymbolicProgram(*candidate.symbolic).expand();
  const std::string text = exporter.write({.schedule = schedule, .topology = &system.topology, .size = size});
  std::cerr << "muster: " << candidate.name << " as " << exporter.name << "\n";
  if (options.out.empty()) {
    std::cout << text;
  } else {
    write_file(options.out, text);
  }
}

std::string formats() {
  std::string names;
  for (const ExporterEntry& entry : exporter_table()) {
    names += (names.empty() ? "" : "; ") + std::string(entry.name) + ": " + std::string(entry.summary);
  }
  return names;
}

}  // namespace

void add_topology_export(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("export", "A schedule for the machine in the format of another program");
  const auto options = std::make_shared<ExportOptions>();
  add_system_options(*command, options->system);
  command->add_option("--collective", options->collective, "What to plan")->capture_default_str();
  command->add_option("--algorithm", options->algorithm, "ring, tree, hierarchical... (default: the fastest)");
  command->add_option("--size", options->size, "Size that the choice and counted bytes are for")->capture_default_str();
  command->add_option("--format", options->format, formats())->capture_default_str();
  command->add_option("--out", options->out, "File to write (default: standard output)");
  command->callback([options] { write_export(*options); });
}

}  // namespace muster
