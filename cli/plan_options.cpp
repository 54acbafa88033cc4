// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_options.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>
#include <variant>

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

int ranks_of(const PlanOptions& options, const std::vector<HostSlots>& hosts, const Topology& topology,
             const std::vector<Gpu>& gpus) {
  if (options.ranks > 0) return options.ranks;
  if (!hosts.empty()) return slots_of(hosts);
  if (!gpus.empty()) return static_cast<int>(gpus.size());
  return std::max(topology.hosts.empty() ? 1 : topology.hosts.front().physical_cores, 1);
}

}  // namespace

void add_plan_options(CLI::App& command, PlanOptions& options) {
  command.add_option("--suite", options.suite, "quick, standard or full")->capture_default_str();
  add_training_suite_options(command, options.training);
  command.add_option("--device", options.device, "gpu, host, or auto: GPUs where there are any")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "gpu", "host"}));
  command.add_option("--shape", options.shapes, "A further product on GPUs, bfloat16: MxNxK (repeatable)")
      ->allow_extra_args(false);
  command
      .add_option("--data", options.data, "Operands of products on GPUs: entropy, exact (small whole numbers), zeros")
      ->capture_default_str();
  command.add_option("--cache", options.cache, "Second-level cache before each product on GPUs: cold or hot")
      ->capture_default_str();
  command.add_option("--sustain", options.sustain, "Hold a matmul load on the GPUs for so long, with a unit: 60s, 10m");
  command
      .add_option("--ranks", options.ranks,
                  "Ranks (default: one per GPU, else per physical core; with a hostfile one per slot)")
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

std::vector<Gpu> gpus_of(const PlanOptions& options) {
  if (options.device == "host") return {};
  std::variant<std::vector<Gpu>, Unsupported> found = gpus_here();
  const auto* missing = std::get_if<Unsupported>(&found);
  if (missing == nullptr) return std::get<std::vector<Gpu>>(std::move(found));
  if (options.device == "gpu") throw Error("--device gpu: " + missing->reason);
  return {};
}

std::vector<Gpu> gpus_of(const PlanOptions& options, const Topology& topology) {
  std::vector<Gpu> gpus;
  if (options.device == "host") return gpus;
  std::string host;
  for (const Device& device : topology.devices) {
    if (device.kind != DeviceKind::gpu) continue;
    if (gpus.empty()) host = device.host;
    if (device.host != host) continue;
    gpus.push_back({.ordinal = static_cast<int>(gpus.size()), .model = device.model, .address = device.address});
  }
  if (gpus.empty() && options.device == "gpu") throw Error("--device gpu: the cluster that was given has no GPU");
  return gpus;
}

PlannedRun plan_from(const PlanOptions& options, const Topology& topology, std::vector<Gpu> gpus) {
  const LauncherChoice launcher = launcher_of(options);
  if (!options.hostfile.empty() && launcher.kind != LauncherKind::mpirun) {
    throw Error("--hostfile is for mpirun, but the launcher is " + std::string(name_of(launcher.kind)) +
                ": leave it out, or add --launcher mpirun");
  }
  std::vector<HostSlots> hosts = hosts_of(options, topology);
  PlanRequest request;
  request.suite = options.suite;
  request.ranks = ranks_of(options, hosts, topology, gpus);
  request.ranks_per_host = hosts.empty() ? request.ranks : std::min(most_slots(hosts), request.ranks);
  request.launcher = name_of(launcher.kind);
  request.budget = parse_duration(options.budget);
  request.seed = options.seed;
  request.check_iterations = options.check_iterations;
  request.fixed_samples = options.samples;
  request.cases = options.cases;
  request.traffic_files = options.traffic_files;
  request.gpus = std::move(gpus);
  for (const std::string& shape : options.shapes) request.shapes.push_back(parse_gpu_shape(shape));
  request.data = parse_pattern(options.data);
  request.cache = parse_cache(options.cache);
  if (!options.sustain.empty()) {
    if (request.gpus.empty()) throw Error("--sustain holds a load on GPUs, but none is planned for: leave it out");
    request.sustain = parse_duration(options.sustain);
  }
  request.workload = workload_of(options.training, request);
  return {make_plan(request, topology), launcher, std::move(hosts)};
}

}  // namespace muster
