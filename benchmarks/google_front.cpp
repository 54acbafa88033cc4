// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/google_front.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "benchmarks/launch_environment.hpp"
#include "benchmarks/subject.hpp"
#include "benchmarks/suites.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "topology/graph.hpp"

namespace muster {
namespace {

/// Rank 0 to all others: run this case so many times. A negative index ends the run.
struct Order {
  std::int64_t case_index = -1;
  std::int64_t iterations = 0;
};

struct FrontOptions {
  std::string suite = "quick";
  int ranks = 0;  ///< 0 = one per physical core
};

/// Takes our flags out of argv; Google Benchmark would refuse them.
FrontOptions take_options(int& argc, char** argv) {
  FrontOptions options;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view kSuite = "--muster_suite=", kRanks = "--muster_ranks=";
    if (argument.starts_with(kSuite)) {
      options.suite = argument.substr(kSuite.size());
    } else if (argument.starts_with(kRanks)) {
      const std::string_view number = argument.substr(kRanks.size());
      const auto [end, status] = std::from_chars(number.begin(), number.end(), options.ranks);
      if (status != std::errc() || end != number.end() || options.ranks < 1) {
        throw Error("--muster_ranks needs a whole number of at least 1");
      }
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return options;
}

/// What one rank does with orders: keeps the subject of the case in hand and runs it.
class Worker {
 public:
  Worker(Team& team, const Plan& plan) : team_(team), plan_(plan), maker_(team, plan.seed, nullptr) {}

  /// Collective. Makes the subject and checks one operation; the answer is the same on all ranks: empty or the reason.
  std::string prepare(std::size_t index) {
    if (index_ == index) return reason_;
    subject_.reset();
    index_ = index;
    reason_.clear();
    MadeSubject made = maker_.make(plan_.cases[index]);
    if (const auto* missing = std::get_if<Unsupported>(&made)) {
      reason_ = missing->reason;
      return reason_;
    }
    subject_ = std::move(std::get<std::unique_ptr<Subject>>(made));
    subject_->reset();
    team_.barrier();
    subject_->run();
    const Family family = plan_.cases[index].family;
    const bool is_ceiling = family == Family::memory || family == Family::peak;  // these have no result
    for (const DataCheck& check : all_gather(team_, subject_->check())) {
      if (check.wrong > 0) reason_ = std::to_string(check.wrong) + " wrong elements";
      if (check.wrong > 0 || (check.elements == 0 && !is_ceiling && subject_->bytes().value > 0)) found_wrong_ = true;
    }
    return reason_;
  }

  /// Collective. One operation after a barrier; the slowest rank's duration in seconds.
  double time_once() {
    team_.barrier();
    const Seconds begin = clock_.now();
    subject_->run();
    const double mine = (clock_.now() - begin).value;
    const std::vector<double> all = all_gather(team_, mine);
    return *std::ranges::max_element(all);
  }

  void follow() {
    for (;;) {
      const Order order = agree(team_, Order{});
      if (order.case_index < 0) return;
      if (!prepare(static_cast<std::size_t>(order.case_index)).empty()) continue;
      for (std::int64_t i = 0; i < order.iterations; ++i) time_once();
    }
  }

  Team& team() { return team_; }
  const Subject& subject() const { return *subject_; }
  /// Was any result of any case wrong?
  bool found_wrong() const { return found_wrong_; }

 private:
  Team& team_;
  const Plan& plan_;
  SubjectMaker maker_;
  MonotonicClock clock_;
  std::optional<std::size_t> index_;
  std::unique_ptr<Subject> subject_;
  std::string reason_;
  bool found_wrong_ = false;
};

void run_case(benchmark::State& state, Worker& worker, const Case& item, std::size_t index) {
  const auto iterations = static_cast<std::int64_t>(state.max_iterations);
  agree(worker.team(), Order{static_cast<std::int64_t>(index), iterations});
  if (const std::string reason = worker.prepare(index); !reason.empty()) {
    state.SkipWithError(reason.c_str());
    return;
  }
  for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(worker.time_once());
  using benchmark::Counter;
  const double runs = static_cast<double>(state.iterations());
  const double bytes = static_cast<double>(worker.subject().bytes().value) * runs;
  if (item.family == Family::collective) {
    state.counters["algbw_bytes_per_second"] = Counter(bytes, Counter::kIsRate);
    state.counters["busbw_bytes_per_second"] =
        Counter(bytes * busbw_factor(item.collective, worker.team().ranks()), Counter::kIsRate);
  } else if (bytes > 0) {
    state.counters["bytes_per_second"] = Counter(bytes, Counter::kIsRate);
  }
  if (const double flops = worker.subject().flops().value; flops > 0) {
    state.counters["flops_per_second"] = Counter(flops * runs, Counter::kIsRate);
  }
}

int lead(Worker& worker, const Plan& plan, const std::set<Family>& families, int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  int status = benchmark::ReportUnrecognizedArguments(argc, argv) ? 1 : 0;
  if (status == 0) {
    for (std::size_t index = 0; index < plan.cases.size(); ++index) {
      const Case& item = plan.cases[index];
      if (!families.contains(item.family)) continue;
      benchmark::RegisterBenchmark(
          item.id.c_str(), [&worker, &item, index](benchmark::State& state) { run_case(state, worker, item, index); })
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond);
    }
    benchmark::AddCustomContext("muster_version", MUSTER_VERSION);
    benchmark::AddCustomContext("ranks", std::to_string(plan.ranks));
    benchmark::AddCustomContext("launcher", plan.launcher);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    if (worker.found_wrong()) status = 1;
  }
  agree(worker.team(), Order{});
  return status;
}

}  // namespace

int run_google_front(int argc, char** argv, const std::set<Family>& families) {
  const FrontOptions options = take_options(argc, argv);
  const Topology topology = discover_host();
  const bool launched = launcher_rank_count(current_environment()).has_value();
  PlanRequest request;
  request.suite = options.suite;
  request.launcher = launched ? "mpirun" : "threads";
  int status = 0;
  const auto body = [&](Team& team) {
    PlanRequest mine = request;
    mine.ranks = team.ranks();
    const Plan plan = make_plan(mine, topology);
    Worker worker(team, plan);
    if (team.rank() == 0) {
      status = lead(worker, plan, families, argc, argv);
    } else {
      worker.follow();
    }
  };
  if (launched) {
    const std::unique_ptr<Team> team = make_mpi_team();
    try {
      body(*team);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "rank %d: %s\n", team->rank(), error.what());
      team->abort(2);
    }
  } else {
    run_on_threads(options.ranks > 0 ? options.ranks : std::max(topology.hosts.front().physical_cores, 1), body);
  }
  return status;
}

}  // namespace muster
