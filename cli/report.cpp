// SPDX-License-Identifier: Apache-2.0
// muster report: a report that was judged or imported before, in another form. It judges nothing: exit code 0 says that
// the form was written.
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/history/commands.hpp"
#include "cli/report_files.hpp"
#include "core/file.hpp"
#include "reports/history/page_series.hpp"
#include "topology/picture/picture.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string report = "muster-out/latest";
  std::string format;
  std::vector<std::string> out;
  HistoryOptions history{.file = {}, .machine = {}};
};

/// Some weeks of nights: enough to see since when.
constexpr int kNightsOnPage = 60;

std::vector<HistorySeries> history_before(const Report& report, const HistoryOptions& options) {
  if (options.file.empty()) return {};
  const History history(options.file, DatabaseAccess::existing);
  history.begin_reading();
  const TrackRequest request{.machine = machine_in(history, options), .pattern = "*", .newest = kNightsOnPage};
  return history_of(report, tracks_of(history, request));
}

/// The machine's description lies beside its report; imported reports have none.
std::string picture_beside(const fs::path& report) {
  const fs::path folder = fs::is_directory(report) ? report : report.parent_path();
  const std::string file = (folder / "cluster.json").string();
  if (!fs::exists(file)) return {};
  return draw_svg(topology_from_json(parse_json(read_file(file), file), file), {.title = "Topology"});
}

void write(const ReportOptions& chosen) {
  // The names of the formats are checked before a large report is read.
  const Writer& printed = writer_named(chosen.format.empty() ? "table" : chosen.format);
  std::vector<const Writer*> writers;
  for (const std::string& path : chosen.out) {
    writers.push_back(chosen.format.empty() ? &writer_for_file(path) : &printed);
  }
  const Report report = read_report(chosen.report);
  WriteOptions options{.picture = picture_beside(chosen.report), .history = history_before(report, chosen.history)};
  for (std::size_t i = 0; i < writers.size(); ++i) write_file(chosen.out[i], writers[i]->write(report, options));
  if (!chosen.out.empty()) return;
  options.style = style_of_output();
  std::cout << printed.write(report, options);
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("report", "A report as table, Markdown, JUnit, Prometheus, CSV, HTML or JSON");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("report", options->report, "report.json, or a folder that has one")->capture_default_str();
  std::string formats;
  for (const Writer& writer : report_writers()) formats.append(formats.empty() ? "" : ", ").append(writer.name);
  command->add_option("--format", options->format, formats + " (default: by the ending of --out, else table)");
  command
      ->add_option("--out", options->out,
                   "File to write instead of standard output (" + endings_of_formats() + "); may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  CLI::Option* history = command->add_option("--history", options->history.file,
                                             "For HTML: a history (muster history), whose nights become charts");
  command->add_option("--machine", options->history.machine, "With --history: name of the machine")->needs(history);
  command->callback([options, &exit_code] {
    write(*options);
    exit_code = 0;
  });
}

}  // namespace muster
