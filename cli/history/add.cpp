// SPDX-License-Identifier: Apache-2.0
// muster history add: reports into the history, each wholly or not at all. One that is there already is named and left.
#include <iostream>
#include <memory>

#include "cli/history/commands.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct AddOptions {
  HistoryOptions history;
  EntryLabels labels;
  std::vector<std::string> reports;
};

void add_reports(const AddOptions& options) {
  EntryLabels labels = options.labels;
  labels.machine = options.history.machine;
  std::optional<History> history;  // made when the first report is known to be one
  for (const std::string& path : options.reports) {
    const HistoryEntry entry = entry_of(read_report(path), path, labels);
    if (!history) history.emplace(options.history.file, DatabaseAccess::create);
    const std::optional<HistoryReport> known = history->add(entry);
    if (known) {
      std::cout << printable(path + ": is there already, as " + known->digest + " of " + known->machine + ", " +
                             known->time + ", from " + known->origin)
                << '\n';
    } else {
      std::cout << printable(path + ": added as " + entry.report.digest + " of " + entry.report.machine + ", " +
                             entry.report.time + ", " + std::to_string(entry.cases.size()) + " cases")
                << '\n';
    }
  }
}

}  // namespace

void add_history_add(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("add", "Add reports; the same report twice counts once");
  const auto options = std::make_shared<AddOptions>();
  command->add_option("reports", options->reports, "report.json files or folders of runs")->required();
  add_history_options(*command, options->history);
  command->add_option("--tag", options->labels.tag, "Name of what was measured: a release, a driver");
  command->add_option("--commit", options->labels.commit, "Revision of what was measured");
  command->add_option("--time", options->labels.time, "When it was measured, UTC (default: as the report says)");
  command->callback([options, &exit_code] {
    add_reports(*options);
    exit_code = 0;
  });
}

}  // namespace muster
