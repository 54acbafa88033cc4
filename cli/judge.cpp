// SPDX-License-Identifier: Apache-2.0
// muster judge: from the files of a run to verdicts (report.json) and the exit code.
#include <iostream>
#include <memory>

#include "benchmarks/expectation.hpp"
#include "cli/command.hpp"
#include "cli/judgement.hpp"
#include "cli/report_files.hpp"
#include "core/file.hpp"
#include "reports/table.hpp"
#include "training/goals.hpp"

namespace muster {
namespace {

Json read_json(const std::string& path) { return parse_json(read_file(path), path); }

}  // namespace

Verdict judge_run(const Plan& plan, const Topology& topology, const Run& run, const JudgedFiles& files) {
  const Targets targets = files.targets.empty() ? default_targets(plan) : read_targets(files.targets);
  Report report = judge(plan, topology, run, expectations_of(plan, run, topology), targets);
  if (!targets.training.empty()) judge_goals(report, targets, answer_goals(targets, report, files.run));
  print_table(std::cout, report, style_of_output());  // first: a full disk must not take the verdict with it
  write_file(files.report, to_document(to_json(report)));
  write_report_files(report, topology, files.more);
  return report.verdict;
}

Verdict judge_files(const JudgedFiles& files) {
  check_formats(files.more);
  const Plan plan = plan_from_json(read_json(files.plan), files.plan);
  const Topology topology = topology_from_json(read_json(files.cluster), files.cluster);
  return judge_run(plan, topology, read_run(files.run), files);
}

void add_judge(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("judge", "Limits, predictions and verdicts of a run (report.json); the exit code follows");
  struct Options {
    std::string folder = "muster-out/latest";
    JudgedFiles files;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("folder", options->folder, "Folder with plan.json, cluster.json and run.jsonl")
      ->capture_default_str();
  command->add_option("--plan", options->files.plan, "plan.json from elsewhere");
  command->add_option("--cluster", options->files.cluster, "cluster.json from elsewhere");
  command->add_option("--run", options->files.run, "run.jsonl from elsewhere");
  command->add_option("--targets", options->files.targets,
                      "Targets: a file, or a name that `muster targets` lists (default: \"default\")");
  command->add_option("--out", options->files.report, "report.json to write (default: in the folder)");
  add_write_option(*command, options->files.more);
  command->callback([options, &exit_code] {
    JudgedFiles files = options->files;
    const auto in_folder = [&](std::string& path, const char* name) {
      if (path.empty()) path = options->folder + "/" + name;
    };
    in_folder(files.plan, "plan.json");
    in_folder(files.cluster, "cluster.json");
    in_folder(files.run, "run.jsonl");
    in_folder(files.report, "report.json");
    exit_code = muster::exit_code(judge_files(files));
  });
}

}  // namespace muster
