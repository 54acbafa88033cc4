// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_options.hpp"

#include <fstream>
#include <sstream>

#include "benchmarks/suites.hpp"
#include "collectives/team.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

/// Slots of an Open MPI hostfile: one line per host, `slots=N` or one slot; # begins a comment.
int slots_of(const std::string& path) {
  std::istringstream lines(read_file(path, Bytes{1 << 20}));
  int slots = 0;
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::size_t at = line.find("slots=");
    slots += at == std::string::npos ? 1 : std::max(std::atoi(line.c_str() + at + 6), 0);
  }
  if (slots == 0) throw Error(path + ": no host with slots; write one host per line, such as 'node1 slots=8'");
  return slots;
}

LauncherChoice launcher_of(const PlanOptions& options) {
  if (options.launcher == "auto") {
    return choose_launcher(current_environment(), mpi_version().empty() ? MpiSupport::absent : MpiSupport::built);
  }
  return {parse_launcher(options.launcher), "--launcher"};
}

int ranks_of(const PlanOptions& options, const Topology& topology) {
  const int slots = options.hostfile.empty() ? 0 : slots_of(options.hostfile);
  if (options.ranks > 0) return options.ranks;
  if (slots > 0) return slots;
  return std::max(topology.hosts.empty() ? 1 : topology.hosts.front().physical_cores, 1);
}

}  // namespace

void add_plan_options(CLI::App& command, PlanOptions& options) {
  command.add_option("--suite", options.suite, "quick, standard or full")->capture_default_str();
  command.add_option("--ranks", options.ranks, "Ranks (default: one per physical core, or per slot of the hostfile)")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--hostfile", options.hostfile, "Hosts and slots, handed to mpirun");
  command.add_option("--launcher", options.launcher, "auto, mpirun, srun or threads")->capture_default_str();
  command.add_option("--budget", options.budget, "Time for all cases together, with a unit: 90s, 10m")
      ->capture_default_str();
  command.add_option("--cases", options.cases, "Only cases whose id matches this shell pattern (repeatable)");
  command.add_option("--traffic", options.traffic_files,
                     "A matrix of bytes for further all_to_allv cases: square, blanks between (repeatable)");
  command.add_option("--seed", options.seed, "Seed of all data")->capture_default_str();
  command.add_option("--samples", options.samples, "Exactly so many samples per case, whatever the budget")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--check", options.check_iterations, "Checked operations per case before the timed ones")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
}

PlannedRun plan_from(const PlanOptions& options, const Topology& topology) {
  const LauncherChoice launcher = launcher_of(options);
  if (!options.hostfile.empty() && launcher.kind != LauncherKind::mpirun) {
    throw Error("--hostfile is for mpirun, but the launcher is " + std::string(name_of(launcher.kind)) +
                ": leave it out, or add --launcher mpirun");
  }
  PlanRequest request;
  request.suite = options.suite;
  request.ranks = ranks_of(options, topology);
  request.launcher = name_of(launcher.kind);
  request.budget = parse_duration(options.budget);
  request.seed = options.seed;
  request.check_iterations = options.check_iterations;
  request.fixed_samples = options.samples;
  request.cases = options.cases;
  request.traffic_files = options.traffic_files;
  return {make_plan(request, topology), launcher};
}

}  // namespace muster
