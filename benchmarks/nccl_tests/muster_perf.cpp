// SPDX-License-Identifier: Apache-2.0
// The program behind all_reduce_perf, all_gather_perf, ...: one executable under ten names, each a drop-in for the one
// of nccl-tests (docs/nccl-tests.md). Exit codes are nccl-tests'.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include "benchmarks/nccl_tests/perf_json.hpp"
#include "benchmarks/nccl_tests/perf_problem.hpp"
#include "benchmarks/nccl_tests/perf_ranks.hpp"
#include "benchmarks/nccl_tests/perf_run.hpp"
#include "benchmarks/nccl_tests/perf_text.hpp"
#include "collectives/transports/transports.hpp"
#include "core/error.hpp"
#include "reports/record.hpp"

namespace muster {
namespace {

/// What the command line and the environment said, before there are ranks.
struct Request {
  const PerfProgram& program;
  PerfOptions options;
  PerfEnvironment environment;
  std::vector<Fault> faults;
  std::vector<std::string> arguments;
};

/// What rank 0 tells the world: lines as they come, and the JSON file, which is whole and true after each of them.
class Announcer {
 public:
  Announcer(const Team& world, PerfReport& report) : is_heard_(world.rank() == 0), report_(report) {}

  void say(const std::string& text) const {
    if (is_heard_) std::fputs(text.c_str(), stdout);
  }

  /// Until the run has ended, the file says that it has not: a reader of a run that died must not take it for one.
  void save(const std::vector<std::string>& more_errors) const {
    if (!is_heard_ || report_.options.output_file.empty()) return;
    PerfReport saved = report_;
    saved.errors.insert(saved.errors.end(), more_errors.begin(), more_errors.end());
    saved.end_time = perf_timestamp();
    write_file(report_.options.output_file, to_document(perf_json(saved)));
  }

 private:
  bool is_heard_;
  PerfReport& report_;
};

const std::vector<std::string> kUnfinished = {"the run has not ended: more rows may be missing"};

/// Cuts the sweep to what fits, and says so; the run fails for it.
void fit_into_memory(PerfReport& report, Bytes largest) {
  if (report.options.max_bytes <= largest) return;
  report.options.max_bytes = largest;
  report.notes.push_back("Reducing maxBytes to " + std::to_string(largest.value) + " due to memory limitation");
  report.errors.push_back("the sweep was shortened for lack of memory: ask for a smaller -e");
  if (report.options.min_bytes > largest) {
    throw Error("-b " + std::to_string(report.options.min_bytes.value) +
                " bytes do not fit: this machine has room for " + std::to_string(largest.value) + " bytes a rank");
  }
}

int nccl_version_code() {
  int major = 0, minor = 0, patch = 0;
  if (std::sscanf(nccl_version_text().c_str(), "%d.%d.%d", &major, &minor, &patch) < 2) return 0;
  return major * 10'000 + minor * 100 + patch;
}

PerfReport begin_report(const Request& request, Team& world, int colour, TransportKind kind) {
  PerfReport report{.program = &request.program, .options = request.options};
  report.arguments = request.arguments;
  for (const auto& [name, value] : allowed_environment(::environ)) report.environment.push_back(name + "=" + value);
  report.start_time = perf_timestamp();
  report.library_version = is_on_gpu(kind) ? nccl_version_code() : 0;
  report.notes = perf_notes(world, kind, request.program.collective);
  report.devices = perf_devices(world, colour, kind);
  if (request.environment.least_bandwidth) report.least_bandwidth = request.environment.least_bandwidth->value;
  fit_into_memory(report, largest_perf_size(world, kind));
  return report;
}

void check_root(const Request& request, const Team& team) {
  if (!has_root(request.program.collective) || request.options.root < team.ranks()) return;
  throw Error("-r " + std::to_string(request.options.root) + " is not one of " + std::to_string(team.ranks()) +
              " ranks: use 0 to " + std::to_string(team.ranks() - 1) + " or all");
}

/// What alltoallv will move: the rows of NCCL_TESTS_ALLTOALLV_PRINT_SUMMARY.
std::string traffic_summary(const Request& request, int ranks) {
  if (request.program.collective != Collective::all_to_allv || !request.environment.traffic.is_summarised) return {};
  const ElementType type = request.options.types.front();
  const Problem problem =
      perf_problem(request.program.collective, ranks, request.options.max_bytes, type, request.environment.traffic);
  std::string text;
  for (int rank = 0; rank < ranks; ++rank) {
    text += "# rank " + std::to_string(rank) + " sends " + std::to_string(input_count(problem, rank) * size_of(type)) +
            " B, receives " + std::to_string(output_count(problem, rank) * size_of(type)) + " B\n";
  }
  return text;
}

/// The whole run on one rank.
int run_rank(Team& world, const Request& request) {
  const TransportKind kind = perf_transport_kind(world);
  if (const auto refusal = perf_refusal(request.options, request.environment, kind, world)) {
    if (world.rank() == 0) std::fprintf(stderr, "%s: %s\n", request.program.name.data(), refusal->c_str());
    return kPerfUsageError;
  }
  const int colour = request.environment.split.colour_of(world.rank());
  const std::unique_ptr<Team> team = world.split(colour);
  check_root(request, *team);
  PerfReport report = begin_report(request, world, colour, kind);
  const Announcer announcer(world, report);
  announcer.say(perf_header(report) + traffic_summary(request, team->ranks()));
  announcer.save(kUnfinished);
  PerfTransport transport(*team, kind, perf_gpu_options(request.options));
  MonotonicClock clock;
  PerfWatchdog watchdog({static_cast<double>(request.options.timeout_seconds)}, [&] {
    announcer.save({"timeout: a collective took more than " + std::to_string(request.options.timeout_seconds) + " s"});
    std::fprintf(stderr, "%s: rank %d: timeout after %d s\n", request.program.name.data(), world.rank(),
                 request.options.timeout_seconds);
    if (world.rank() != 0) sleep(1);  // rank 0 writes the file before the first exit ends them all
    std::_Exit(kPerfTimeout);
  });
  Injection injection(request.faults, world.rank());
  const PerfStage stage{world, transport, clock, watchdog, injection};
  const PerfSweep sweep{request.program, report.options, request.environment.traffic};
  for (int cycle = 0; request.options.cycles == 0 || cycle < request.options.cycles; ++cycle) {
    run_perf_sweep(stage, sweep, [&](PerfRow row) {
      announcer.say(perf_line(row, report.options));
      report.rows.push_back(std::move(row));
      announcer.save(kUnfinished);
    });
  }
  announcer.say(perf_footer(report));
  announcer.save({});
  return verdict_of(report).exit_code;
}

int run_launched(const Request& request) {
  const std::unique_ptr<Team> world = make_mpi_team();
  try {
    const auto launched = launcher_rank_count(current_environment());
    if (launched && launched->ranks != world->ranks()) {
      throw Error("the launcher started " + std::to_string(launched->ranks) + " ranks, but MPI connects " +
                  std::to_string(world->ranks()) + ": use the mpirun of " + mpi_version());
    }
    return run_rank(*world, request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: rank %d: %s\n", request.program.name.data(), world->rank(), error.what());
  }
  world->abort(kPerfInternalError);
  return kPerfInternalError;
}

int run_threads(const Request& request) {
  int exit_code = kPerfInternalError;
  run_on_threads(request.options.ranks_per_process(), [&](Team& world) {
    const int mine = run_rank(world, request);
    if (world.rank() == 0) exit_code = mine;
  });
  return exit_code;
}

int run(int argc, char** argv) {
  const PerfProgram* program = find_perf_program(argv[0]);
  const Environment environment = current_environment();
  const bool is_heard = launcher_rank(environment).value_or(0) == 0;
  if (program == nullptr) {
    throw Error(in_quotes(argv[0]) + " is no program of nccl-tests: call it as all_reduce_perf or one of its siblings");
  }
  const std::vector<const char*> words(argv + 1, argv + argc);
  auto parsed = parse_perf_options(program->name, words);
  if (const auto* usage = std::get_if<PerfUsage>(&parsed)) {
    if (is_heard) std::fputs(usage->text.c_str(), usage->exit_code == 0 ? stdout : stderr);
    return usage->exit_code;
  }
  Request request{.program = *program,
                  .options = std::get<PerfOptions>(parsed),
                  .environment = read_perf_environment(environment),
                  .faults = {},
                  .arguments = {argv, argv + argc}};
  if (const auto fault = environment.find("MUSTER_INJECT"); fault != environment.end()) {
    request.faults.push_back(parse_fault(fault->second));
  }
  choose_thread_count(request.options, environment);
  return perf_processes(environment) == PerfProcesses::launched ? run_launched(request) : run_threads(request);
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // progress is seen row by row, through pipes too
  try {
    const int exit_code = muster::run(argc, argv);
    const bool is_printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return is_printed ? exit_code : muster::kPerfInternalError;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return muster::kPerfInternalError;
  }
}
