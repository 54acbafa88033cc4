// SPDX-License-Identifier: Apache-2.0
// muster history list: which reports of which machines are there, in the order of time.
#include <iostream>
#include <memory>

#include "cli/history/commands.hpp"
#include "cli/report_files.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct ListOptions {
  HistoryOptions history;
  std::string tag, commit;
  int last = 0;
  bool is_json = false;
};

void print_reports(const std::vector<HistoryReport>& reports) {
  TextTable table({{"time", Align::left},
                   {"machine", Align::left},
                   {"verdict", Align::left},
                   {"ranks", Align::right, Need::room},
                   {"tag", Align::left},
                   {"commit", Align::left},
                   {"report", Align::left, Need::room},
                   {"from", Align::left, Need::room}});
  for (const HistoryReport& each : reports) {
    table.add({printable(each.time), printable(each.machine), std::string(name_of(each.verdict)),
               std::to_string(each.ranks), printable(each.tag), printable(each.commit), printable(each.digest),
               printable(each.origin)});
  }
  table.print(std::cout, style_of_output());
  std::cout << reports.size() << " reports\n";
}

void list(const ListOptions& options) {
  const History history(options.history.file, DatabaseAccess::existing);
  const std::vector<HistoryReport> reports = history.reports(
      {.machine = options.history.machine, .tag = options.tag, .commit = options.commit, .newest = options.last});
  if (!options.is_json) return print_reports(reports);
  Json json = {{"schema", "muster/history-list/1"}, {"reports", Json::array()}};
  for (const HistoryReport& each : reports) json["reports"].push_back(to_json(each));
  std::cout << to_document(json);
}

}  // namespace

void add_history_list(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("list", "The reports: when, which machine, verdict, tag and commit");
  const auto options = std::make_shared<ListOptions>();
  add_history_options(*command, options->history);
  command->add_option("--tag", options->tag, "Only those with this tag");
  command->add_option("--commit", options->commit, "Only those of this commit");
  command->add_option("--last", options->last, "Only so many, the newest")->check(CLI::Range(1, 1'000'000));
  command->add_flag("--json", options->is_json, "As JSON");
  command->callback([options, &exit_code] {
    list(*options);
    exit_code = 0;
  });
}

}  // namespace muster
