// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/nccl_tests/perf_ranks.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include "collectives/gpu_binding.hpp"
#include "collectives/transports/transports.hpp"
#include "core/error.hpp"
#include "core/host.hpp"

namespace muster {
namespace {

constexpr int kFewestRanks = 2, kMostRanks = 8;

bool has_gpus() { return std::holds_alternative<std::vector<Gpu>>(gpus_here()); }

int default_ranks() {
  const auto gpus = gpus_here();
  if (const auto* found = std::get_if<std::vector<Gpu>>(&gpus)) return static_cast<int>(found->size());
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), kFewestRanks, kMostRanks);
}

/// A flag that asks for something that does not exist there.
struct Refused {
  const char* flag;
  bool (*is_asked_for)(const PerfOptions& options);
  enum class Where { hosts, gpus, anywhere } where;
  const char* advice;
};

constexpr std::array<Refused, 10> kRefused = {{
    {"-G (CUDA graphs)", [](const PerfOptions& options) { return options.graph_launches > 0; }, Refused::Where::hosts,
     "host memory has no graphs; leave it out"},
    {"-R (registered buffers)", [](const PerfOptions& options) { return options.local_register > 0; },
     Refused::Where::hosts, "host memory is not registered; leave it out"},
    {"-R 2 (symmetric memory)", [](const PerfOptions& options) { return options.local_register > 1; },
     Refused::Where::gpus, "use -R 1, or nccl-tests"},
    {"-D (device implementation)", [](const PerfOptions& options) { return options.device_implementation > 0; },
     Refused::Where::anywhere, "Muster has no device kernels of its own for NCCL; use nccl-tests"},
    {"-x (CTA policy)", [](const PerfOptions& options) { return options.cta_policy > 0; }, Refused::Where::anywhere,
     "set NCCL_CTA_POLICY, or leave it out"},
    {"-V (CTAs of -D)", [](const PerfOptions& options) { return options.device_ctas != PerfOptions().device_ctas; },
     Refused::Where::anywhere, "it belongs to -D; leave it out"},
    {"-y (null stream)", [](const PerfOptions& options) { return options.stream_null > 0; }, Refused::Where::anywhere,
     "Muster queues on streams of its own; leave it out"},
    {"-M (memory report)", [](const PerfOptions& options) { return options.memory_report > 0; },
     Refused::Where::anywhere, "leave it out"},
    {"-u (unaligned buffers)", [](const PerfOptions& options) { return options.unalign > 0; }, Refused::Where::anywhere,
     "Muster's buffers are aligned; leave it out"},
    {"-C (time of the calls alone)", [](const PerfOptions& options) { return options.cpu_time > 0; },
     Refused::Where::gpus, "Muster's calls wait for the GPU; leave it out, or use nccl-tests"},
}};

/// MemAvailable of /proc/meminfo, and what RLIMIT_AS leaves.
Bytes host_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  std::uint64_t kibibytes = 0, available = 0;
  while (file >> name >> kibibytes) {
    std::getline(file, unit);
    if (name == "MemAvailable:") available = kibibytes * 1024;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    available = std::min<std::uint64_t>(available, limit.rlim_cur);
  }
  return {available};
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "host memory";
}

}  // namespace

PerfProcesses perf_processes(const Environment& environment) {
  const auto launched = launcher_rank_count(environment);
  return launched && launched->ranks > 1 ? PerfProcesses::launched : PerfProcesses::threads;
}

void choose_thread_count(PerfOptions& options, const Environment& environment) {
  const bool is_chosen = options.threads || options.gpus || launcher_rank_count(environment);
  if (!is_chosen) options.gpus = default_ranks();
}

TransportKind perf_transport_kind(Team& team) {
  const std::vector<char> has = all_gather(team, static_cast<char>(has_gpus() ? 1 : 0));
  const auto with_gpus = std::ranges::count(has, 1);
  if (with_gpus == team.ranks()) return TransportKind::nccl;
  if (with_gpus == 0) return team.one_process() ? TransportKind::threads : TransportKind::mpi;
  const auto without = std::ranges::find(has, 0) - has.begin();
  throw Error("rank " + std::to_string(without) + " sees no GPU and others do: start all ranks on GPUs, or hide the " +
              "GPUs from all of them with CUDA_VISIBLE_DEVICES=");
}

std::optional<std::string> perf_refusal(const PerfOptions& options, const PerfEnvironment& environment,
                                        TransportKind kind, const Team& team) {
  const auto where = is_on_gpu(kind) ? Refused::Where::gpus : Refused::Where::hosts;
  for (const Refused& each : kRefused) {
    if (each.where != Refused::Where::anywhere && each.where != where) continue;
    if (each.is_asked_for(options)) return std::string(each.flag) + " is not possible here: " + each.advice;
  }
  if (!team.one_process() && options.ranks_per_process() > 1) {
    return "-t and -g above 1 are not possible under a launcher: start a process for each rank, with -g 1";
  }
  if (environment.device) return "NCCL_TESTS_DEVICE is not possible here: use CUDA_VISIBLE_DEVICES";
  const bool has_matrix = !environment.traffic.matrix_file.empty();
  if (has_matrix && options.min_bytes != options.max_bytes) {
    return "NCCL_TESTS_ALLTOALLV_MATRIX_FILE gives one size: use the same for -b and -e";
  }
  return std::nullopt;
}

GpuOptions perf_gpu_options(const PerfOptions& options) {
  return {.launch = options.graph_launches > 0 ? Launch::graph : Launch::plain,
          .buffers = options.local_register > 0 ? Buffers::registered : Buffers::plain};
}

std::vector<PerfDevice> perf_devices(Team& team, int group, TransportKind kind) {
  PerfDevice mine{.device = local_rank(team), .name = processor_name()};
  if (is_on_gpu(kind)) {
    const auto bound = bind_gpu(team);
    if (const auto* binding = std::get_if<GpuBinding>(&bound)) {
      mine.device = binding->gpu.ordinal;
      mine.address = binding->gpu.address.substr(0, binding->gpu.address.find('.'));
      mine.name = binding->gpu.model;
    }
  }
  const std::vector<int> groups = all_gather(team, group);
  const std::vector<int> pids = all_gather(team, static_cast<int>(getpid()));
  const std::vector<int> numbers = all_gather(team, mine.device);
  const std::vector<std::string> hosts = all_gather(team, host_name());
  const std::vector<std::string> addresses = all_gather(team, mine.address);
  const std::vector<std::string> names = all_gather(team, mine.name);
  std::vector<PerfDevice> devices;
  for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
    devices.push_back({.rank = static_cast<int>(rank),
                       .group = groups[rank],
                       .pid = pids[rank],
                       .host = hosts[rank],
                       .device = numbers[rank],
                       .address = addresses[rank],
                       .name = names[rank]});
  }
  return devices;
}

std::vector<std::string> perf_notes(const Team& team, TransportKind kind, Collective collective) {
  std::vector<std::string> notes;
  const std::string ranks = std::to_string(team.ranks());
  if (kind == TransportKind::threads) {
    notes.push_back("Muster on host memory: " + ranks + " ranks are threads of one process, schedules of our own");
  } else if (kind == TransportKind::mpi) {
    notes.push_back("Muster on host memory: " + ranks + " ranks over " + mpi_version() +
                    "; types and operations that it lacks by schedules of our own");
  } else {
    notes.push_back("Muster on GPUs: " + ranks + " ranks over NCCL " + nccl_version_text());
  }
  if (team.ranks() == 1) notes.push_back("One rank has nobody to talk to: its bus bandwidth says nothing");
  Problem problem{.collective = collective, .ranks = 1};
  if (collective == Collective::all_to_allv) problem.traffic = {0};
  if (!in_place_offsets(problem, 0)) {
    notes.push_back("There is no operation in place: its columns repeat the one out of place, unchecked");
  }
  return notes;
}

Bytes largest_perf_size(Team& team, TransportKind kind) {
  // Input, output, and what a schedule or a scaled input needs beside them; a tenth is left to everybody else.
  constexpr std::uint64_t kBuffers = 3, kTenths = 9;
  std::uint64_t available = 0;
  std::uint64_t sharers = 1;
  if (is_on_gpu(kind)) {
    const auto gpus = std::get<std::vector<Gpu>>(gpus_here());
    available = std::ranges::min(gpus, {}, [](const Gpu& gpu) { return gpu.memory.value; }).memory.value;
  } else {
    const std::vector<std::string> hosts = all_gather(team, host_name());
    sharers = static_cast<std::uint64_t>(std::ranges::count(hosts, host_name()));
    available = host_memory().value;
  }
  const std::vector<std::uint64_t> all = all_gather(team, available / 10 * kTenths / kBuffers / sharers);
  return {*std::ranges::min_element(all)};
}

}  // namespace muster
