// SPDX-License-Identifier: Apache-2.0
// muster bench: discover, plan, run and judge in one call. An ordinary process: it starts the ranks, watches them,
// starts what remains again after a failure, and always ends with a report.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "benchmarks/exit_code.hpp"
#include "benchmarks/injection.hpp"
#include "benchmarks/launcher.hpp"
#include "cli/command.hpp"
#include "cli/judgement.hpp"
#include "cli/plan_options.hpp"
#include "cli/progress.hpp"
#include "cli/report_files.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/record.hpp"
#include "reports/targets.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
  PlanOptions plan;
  std::string targets;
  std::string out = "muster-out";
  std::string timeout = "60s";
  std::vector<std::string> inject;
  std::vector<std::string> write;
};

/// A launch that breaks loses its case; more than this many and the machine is what is broken, not a case.
constexpr int kMostLaunches = 6;
/// Part of the budget that the ranks get; the rest is for starting them and for judging.
constexpr double kShareOfRanks = 0.9;

/// DIR/<time>/ and DIR/latest -> <time>. A second run within a second waits for the next name.
fs::path make_run_folder(const fs::path& base) {
  fs::create_directories(base);
  for (int attempt = 0;; ++attempt) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    localtime_r(&now, &parts);
    char name[32] = {};
    std::strftime(name, sizeof name, "%Y-%m-%dT%H-%M-%S", &parts);
    const fs::path folder = base / name;
    if (!fs::create_directory(folder)) {
      if (attempt > 5) throw Error("cannot make a new folder in " + base.string());
      sleep(1);
      continue;
    }
    const fs::path link = base / ".latest";
    fs::remove(link);
    fs::create_directory_symlink(name, link);
    fs::rename(link, base / "latest");
    return folder;
  }
}

class Bench {
 public:
  explicit Bench(const BenchOptions& options) : options_(options) {
    if (const std::string reason = reason_not_to_launch(current_environment()); !reason.empty()) throw Error(reason);
    // Whatever the options alone can get wrong is said before anything is started or written.
    parse_duration(options.timeout);
    for (const std::string& fault : options.inject) parse_fault(fault);
    check_formats(options.write);
    if (!options.targets.empty()) read_targets(options.targets);
    const Topology topology = topology_of(options.plan);
    planned_ = plan_from(options.plan, topology, gpus_of(options.plan));
    physical_cores_ = topology.hosts.empty() ? 1 : topology.hosts.front().physical_cores;
    folder_ = make_run_folder(options.out);
    write_file(path("cluster.json"), to_document(to_json(topology)));
    write_file(path("plan.json"), to_document(to_json(planned_.plan)));
    if (!planned_.hosts.empty()) write_file(path("hostfile"), to_text(planned_.hosts));
  }

  int run() {
    const Plan& plan = planned_.plan;
    std::cerr << "muster: " << plan.cases.size() << " cases on " << plan.ranks << " ranks by " << plan.launcher << " ("
              << planned_.launcher.reason << "), budget " << options_.plan.budget << ", results in " << folder_.string()
              << "\n";
    launch_until_done();
    const Verdict verdict = judge_files({path("plan.json"), path("cluster.json"), path("run.jsonl"), options_.targets,
                                         path("report.json"), options_.write});
    std::cout << "report: " << path("report.json") << "\n";
    return exit_code(verdict);
  }

 private:
  std::string path(const char* name) const { return (folder_ / name).string(); }

  void launch_until_done() {
    for (int launch = 0; launch < kMostLaunches; ++launch) {
      const LaunchOutcome outcome = launch_once(launch);
      if (outcome.status == kExitOk && outcome.incidents.empty()) return;
      try {
        for (const Incident& incident : outcome.incidents) append(to_json(incident));
        // The same plans or ranks would meet the next launch, too.
        const bool is_final = outcome.status == kExitPlansDiffer || outcome.status == kExitRanksDiffer;
        if (outcome.interrupted || is_final || !can_go_on(launch, outcome)) return;
      } catch (const Error& error) {
        // A full disk, most likely: what is there can still be judged, and without its end it cannot pass.
        std::cerr << "muster: " << error.what() << "\n";
        return;
      }
      std::cerr << "muster: starting the ranks again for the cases that remain\n";
    }
  }

  LaunchOutcome launch_once(int launch) {
    LaunchPlan plan;
    plan.request.launcher = planned_.launcher.kind;
    plan.request.ranks = planned_.plan.ranks;
    plan.request.hostfile = planned_.hosts.empty() ? "" : path("hostfile");
    plan.request.program = fs::read_symlink("/proc/self/exe").string();
    plan.request.arguments = arguments(launch);
    plan.host = {physical_cores_, geteuid()};
    plan.status_folder = path("ranks");
    plan.progress_file = path("run.jsonl");
    plan.launch = launch;
    plan.limits.no_progress = parse_duration(options_.timeout);
    Progress progress(std::cerr, screen_of(STDERR_FILENO), planned_.plan.cases.size(), planned_.plan.budget);
    plan.on_look = [&](const Sight& sight) {
      const std::optional<Beat>& beat = sight.ranks.front().beat;
      if (beat && beat->case_index >= 0) {
        progress.at(static_cast<std::size_t>(beat->case_index), beat->case_id, clock_.now() - begin_);
      }
    };
    LaunchOutcome outcome = run_launch(plan, clock_, std::cerr);
    progress.clear();
    for (const Incident& incident : outcome.incidents) tell(incident);
    return outcome;
  }

  std::vector<std::string> arguments(int launch) const {
    const double left = planned_.plan.budget.value * kShareOfRanks - (clock_.now() - begin_).value;
    std::vector<std::string> words = {"run",
                                      "--plan",
                                      path("plan.json"),
                                      "--out",
                                      path("run.jsonl"),
                                      "--status",
                                      path("ranks"),
                                      "--launch",
                                      std::to_string(launch),
                                      "--budget",
                                      std::to_string(std::max(left, 1.0)) + "s",
                                      "--resume",
                                      "--quiet"};
    for (const std::string& fault : options_.inject) {
      words.push_back("--inject");
      words.push_back(fault);
    }
    return words;
  }

  static void tell(const Incident& incident) {
    std::cerr << "muster: " << (incident.rank >= 0 ? "rank " + std::to_string(incident.rank) + " " : "")
              << incident.what << (incident.case_id.empty() ? "" : " (in " + incident.case_id + ")") << "\n";
  }

  void append(const Json& line) const { LineWriter(path("run.jsonl")).append(to_line(line)); }

  /// What a broken launch means for the next one: writes a record for the case in which it broke, so that the next one
  /// goes past it. False when nothing is left to measure, or when the launch neither got anywhere nor broke in a case.
  bool can_go_on(int launch, const LaunchOutcome& outcome) {
    std::set<std::string> done;
    if (fs::exists(path("run.jsonl"))) {
      for (const Record& record : read_run(path("run.jsonl")).records) done.insert(record.case_id);
    }
    const bool got_somewhere = done.size() > recorded_;
    recorded_ = done.size();
    const auto next =
        std::ranges::find_if(planned_.plan.cases, [&](const Case& item) { return !done.contains(item.id); });
    if (next == planned_.plan.cases.end()) return false;
    const auto blames = [&](const Incident& incident) { return incident.case_id == next->id; };
    const auto incident = std::ranges::find_if(outcome.incidents, blames);
    if (incident == outcome.incidents.end()) return got_somewhere;
    Record record;
    record.case_id = next->id;
    record.launch = launch;
    record.status = Status::failed;
    record.reason = incident->what;
    record.ranks = planned_.plan.ranks;
    append(to_json(record));
    ++recorded_;
    return done.size() + 1 < planned_.plan.cases.size();
  }

  const BenchOptions& options_;
  mutable MonotonicClock clock_;
  Seconds begin_ = clock_.now();
  PlannedRun planned_;
  int physical_cores_ = 1;
  fs::path folder_;
  std::size_t recorded_ = 0;  ///< cases with a record when the last launch had ended
};

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("bench", "Measure this machine and judge it: discover, plan, run and judge in one call");
  const auto options = std::make_shared<BenchOptions>();
  add_plan_options(*command, options->plan);
  command
      ->add_option("--targets", options->targets,
                   "What the machine must reach (default: the built-in fractions of the limit)")
      ->check(CLI::ExistingFile);
  command->add_option("--out", options->out, "Folder for results: OUT/<time>/, and OUT/latest")->capture_default_str();
  command->add_option("--timeout", options->timeout, "End a launch that makes no progress for so long")
      ->capture_default_str();
  command->add_option("--inject", options->inject,
                      "Fault on purpose, see muster run --help: shows that this machine's faults would be noticed");
  add_write_option(*command, options->write);
  command->callback([options, &exit_code] { exit_code = Bench(*options).run(); });
}

}  // namespace muster
