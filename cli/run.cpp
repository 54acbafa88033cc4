// SPDX-License-Identifier: Apache-2.0
// muster run: one rank's process (or all ranks as threads) of a plan. Started by a launcher, usually by `muster bench`.
#include <filesystem>
#include <iostream>
#include <memory>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/heartbeat.hpp"
#include "benchmarks/launch_environment.hpp"
#include "benchmarks/runner.hpp"
#include "cli/command.hpp"
#include "collectives/team.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

struct RunOptions {
  std::string plan, out, status, budget;
  std::vector<std::string> inject;
  int launch = 0;
  bool resume = false;
  bool quiet = false;
};

/// Turns the run's progress into signs of life and, on rank 0, into lines for people.
class Reporter final : public RunObserver {
 public:
  Reporter(Heartbeat* heartbeat, std::size_t cases, bool quiet) : heartbeat_(heartbeat), cases_(cases), quiet_(quiet) {}

  void at(std::size_t case_index, const std::string& case_id, std::string_view phase) override {
    if (heartbeat_ != nullptr) heartbeat_->at(case_index, case_id, parse_phase(phase));
  }

  void step() override {
    if (heartbeat_ != nullptr) heartbeat_->step();
  }

  void recorded(std::size_t case_index, const Record& record) override {
    if (quiet_) return;
    std::cerr << "[" << case_index + 1 << "/" << cases_ << "] " << record.case_id << " ";
    if (record.status == Status::measured) {
      std::cerr << record.agreed_samples << " samples, "
                << (record.check.wrong > 0 ? "WRONG DATA: " + record.check.first_wrong : "data correct") << "\n";
    } else {
      std::cerr << name_of(record.status) << ": " << record.reason << "\n";
    }
  }

 private:
  Heartbeat* heartbeat_;
  std::size_t cases_;
  bool quiet_;
};

std::set<std::string> cases_with_record(const std::string& path) {
  std::set<std::string> done;
  if (!std::filesystem::exists(path)) return done;
  for (const Record& record : read_run(path).records) done.insert(record.case_id);
  return done;
}

/// The launcher and the ranks count differently.
class RankMismatch : public AgreedError {
 public:
  using AgreedError::AgreedError;
};

int exit_code_of(const AgreedError& error) {
  if (dynamic_cast<const PlanMismatch*>(&error) != nullptr) return kExitPlansDiffer;
  if (dynamic_cast<const RankMismatch*>(&error) != nullptr) return kExitRanksDiffer;
  return kExitEnvironment;
}

/// What the launcher believes and what the ranks see must agree, or N lonely ranks would each report a perfect machine.
void compare_with_launcher(const Team& team) {
  const auto launched = launcher_rank_count(current_environment());
  if (!launched || launched->ranks == team.ranks()) return;
  throw RankMismatch("the launcher started " + std::to_string(launched->ranks) + " ranks (" + launched->variable +
                     "), but MPI connects " + std::to_string(team.ranks()) +
                     ": the launcher belongs to another MPI than this program; use the mpirun of " + mpi_version());
}

void run_rank(Team& team, const RunOptions& options, const Plan& plan, Heartbeat* heartbeat) {
  check_ranks(team, plan);  // before a file is made
  MonotonicClock clock;
  RunSettings settings;
  settings.launch = options.launch;
  settings.budget = options.budget.empty() ? plan.budget : parse_duration(options.budget);
  for (const std::string& fault : options.inject) settings.faults.push_back(parse_fault(fault));
  std::unique_ptr<LineWriter> output;
  if (team.rank() == 0) {
    if (options.resume) settings.done = cases_with_record(options.out);
    output = std::make_unique<LineWriter>(options.out);
  }
  Reporter reporter(team.rank() == 0 || !team.one_process() ? heartbeat : nullptr, plan.cases.size(), options.quiet);
  run_plan(team, clock, plan, settings, output.get(), reporter);
}

/// Under MPI an error on one rank ends all of them at once; MPI_Finalize would wait for ranks that never come.
int run_processes(const RunOptions& options, const Plan& plan) {
  std::unique_ptr<Heartbeat> heartbeat;  // before MPI starts its threads
  if (!options.status.empty()) {
    heartbeat = std::make_unique<Heartbeat>(options.status, launcher_rank(current_environment()).value_or(0));
  }
  const std::unique_ptr<Team> team = make_mpi_team();
  try {
    compare_with_launcher(*team);
    run_rank(*team, options, plan, heartbeat.get());
    if (heartbeat) heartbeat->mark_done();
    return kExitOk;
  } catch (const AgreedError& error) {
    if (team->rank() == 0) std::cerr << "muster run: " << error.what() << "\n";
    return exit_code_of(error);
  } catch (const std::exception& error) {
    std::cerr << "muster run: rank " << team->rank() << ": " << error.what() << "\n";
  }
  heartbeat.reset();  // says that this rank failed, before the others are ended
  team->abort(kExitEnvironment);
  return kExitEnvironment;
}

int run_threads(const RunOptions& options, const Plan& plan) {
  std::unique_ptr<Heartbeat> heartbeat;
  if (!options.status.empty()) heartbeat = std::make_unique<Heartbeat>(options.status, 0);
  try {
    run_on_threads(plan.ranks, [&](Team& team) { run_rank(team, options, plan, heartbeat.get()); });
  } catch (const AgreedError& error) {
    std::cerr << "muster run: " << error.what() << "\n";
    return exit_code_of(error);
  }
  if (heartbeat) heartbeat->mark_done();
  return kExitOk;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("run", "Measure a plan: start it under mpirun or srun, one process per rank (run.jsonl)");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("--plan", options->plan, "plan.json")->required();
  command->add_option("--out", options->out, "run.jsonl; records are appended as they are measured")->required();
  command->add_option("--status", options->status,
                      "Folder for the ranks' signs of life (a watching launcher reads them)");
  command->add_option("--budget", options->budget, "Time for the cases that remain (default: the plan's)");
  command->add_option("--launch", options->launch, "Number of this start of the ranks, for the records");
  command->add_flag("--resume", options->resume, "Leave out cases that have a record in --out");
  command->add_flag("--quiet", options->quiet, "No line per case");
  command->add_option(
      "--inject", options->inject,
      "Fault on purpose: corrupt|kill|stop|exit|hash@RANK[:CASES] (repeatable); shows that it is noticed");
  command->callback([options, &exit_code] {
    const Plan plan = plan_from_json(parse_json(read_file(options->plan), options->plan), options->plan);
    exit_code = plan.launcher == "threads" ? run_threads(*options, plan) : run_processes(*options, plan);
  });
}

}  // namespace muster
