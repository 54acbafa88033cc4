// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_options.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "benchmarks/suites.hpp"
#include "cli/topology/system.hpp"
#include "collectives/team.hpp"
#include "core/error.hpp"
#include "topology/discovery.hpp"
#include "topology/doctor.hpp"
#include "topology/host_order.hpp"
#include "topology/readers/readers.hpp"

namespace muster {
namespace {

LauncherChoice launcher_of(const PlanOptions& options) {
  if (options.launcher == "auto") {
    return choose_launcher(current_environment(), mpi_version().empty() ? MpiSupport::absent : MpiSupport::built);
  }
  return {parse_launcher(options.launcher), "--launcher"};
}

/// Near hosts next to each other, as far as the graph knows the hosts.
std::vector<HostSlots> hosts_of(const PlanOptions& options, const Topology& topology) {
  if (options.hostfile.empty()) return {};
  return ordered(parse_hostfile(read_file(options.hostfile, Bytes{1 << 20}), options.hostfile), host_order(topology));
}

int ranks_of(const PlanOptions& options, const std::vector<HostSlots>& hosts, const Topology& topology) {
  if (options.ranks > 0) return options.ranks;
  if (!hosts.empty()) return slots_of(hosts);
  return std::max(topology.hosts.empty() ? 1 : topology.hosts.front().physical_cores, 1);
}

}  // namespace

void add_plan_options(CLI::App& command, PlanOptions& options) {
  command.add_option("--suite", options.suite, "quick, standard or full")->capture_default_str();
  command.add_option("--ranks", options.ranks, "Ranks (default: one per physical core, or per slot of the hostfile)")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--hostfile", options.hostfile, "Hosts and slots, handed to mpirun in the order of the fabric");
  command.add_option("--topology", options.topology_files,
                     "Descriptions of the hosts and their fabric, see `muster topology` (default: this machine alone)");
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

Topology topology_of(const PlanOptions& options) {
  std::vector<Imported> parts{discover()};
  for (const std::string& file : options.topology_files) parts.push_back(read_description_file(file, {}));
  Imported whole = parts.size() == 1 ? std::move(parts.front()) : merge(std::move(parts));
  std::ranges::move(examine(whole.topology), std::back_inserter(whole.findings));
  std::ranges::stable_sort(whole.findings, std::ranges::greater{}, &Finding::severity);
  tell_findings(whole.findings);
  return std::move(whole.topology);
}

PlannedRun plan_from(const PlanOptions& options, const Topology& topology) {
  const LauncherChoice launcher = launcher_of(options);
  if (!options.hostfile.empty() && launcher.kind != LauncherKind::mpirun) {
    throw Error("--hostfile is for mpirun, but the launcher is " + std::string(name_of(launcher.kind)) +
                ": leave it out, or add --launcher mpirun");
  }
  std::vector<HostSlots> hosts = hosts_of(options, topology);
  PlanRequest request;
  request.suite = options.suite;
  request.ranks = ranks_of(options, hosts, topology);
  request.ranks_per_host = hosts.empty() ? request.ranks : std::min(most_slots(hosts), request.ranks);
  request.launcher = name_of(launcher.kind);
  request.budget = parse_duration(options.budget);
  request.seed = options.seed;
  request.check_iterations = options.check_iterations;
  request.fixed_samples = options.samples;
  request.cases = options.cases;
  request.traffic_files = options.traffic_files;
  return {make_plan(request, topology), launcher, std::move(hosts)};
}

}  // namespace muster
