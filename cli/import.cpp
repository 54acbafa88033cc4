// SPDX-License-Identifier: Apache-2.0
// muster import: results of other tools into a folder like a run's, judged by the same judge.
#include "reports/import.hpp"

#include <filesystem>
#include <memory>
#include <utility>

#include "cli/command.hpp"
#include "cli/judgement.hpp"
#include "cli/report_files.hpp"
#include "cli/topology/system.hpp"
#include "core/file.hpp"

namespace muster {
namespace {

/// The machine that the user describes takes the place of the bare hosts that the files name; a template has none.
void describe_machine(const SystemOptions& options, Topology& topology) {
  if (options.files.empty() && options.template_name.empty() && options.nodes == 0) return;
  System system = load_system(options);
  tell_findings(system.findings);
  if (system.topology.hosts.empty()) system.topology.hosts = std::move(topology.hosts);
  topology = std::move(system.topology);
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("import", "Results of other tools into our files, judged by the same rules");
  struct Options {
    std::vector<std::string> files;
    std::string out = "muster-out/import";
    std::string format;
    SystemOptions system;
    JudgedFiles judged;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("files", options->files, "Logs of other tools; together they make one plan")->required();
  command->add_option("--out", options->out, "Folder for plan, cluster, run and report")->capture_default_str();
  command->add_option("--as", options->format, "Format of all files (default: by their content)");
  command->add_option("--targets", options->judged.targets, "Targets: a file, or a name that `muster targets` lists");
  command
      ->add_option("--topology", options->system.files,
                   "Descriptions of the machine that was measured: its links bound what is imported (repeatable)")
      ->allow_extra_args(false);  // logs may follow
  add_template_options(*command, options->system);
  add_write_option(*command, options->judged.more);
  command->callback([options, &exit_code] {
    check_formats(options->judged.more);
    ImportedRun imported = import_files(options->files, options->format);
    describe_machine(options->system, imported.topology);
    std::filesystem::create_directories(options->out);
    const auto path = [&](const char* name) { return options->out + "/" + name; };
    write_file(path("plan.json"), to_document(to_json(imported.plan)));
    write_file(path("cluster.json"), to_document(to_json(imported.topology)));
    write_file(path("run.jsonl"), to_lines(imported.run));
    options->judged.report = path("report.json");
    exit_code = muster::exit_code(judge_run(imported.plan, imported.topology, imported.run, options->judged));
  });
}

}  // namespace muster
