// SPDX-License-Identifier: Apache-2.0
// muster history show: one case, or all that a pattern matches, over all reports of a machine.
#include <iostream>
#include <memory>

#include "cli/history/commands.hpp"
#include "cli/report_files.hpp"
#include "reports/history/track.hpp"

namespace muster {
namespace {

struct ShowOptions {
  HistoryOptions history;
  TrackRequest request;
  bool is_json = false, is_csv = false;
};

void show(const ShowOptions& options) {
  const History history(options.history.file, DatabaseAccess::existing);
  history.begin_reading();
  TrackRequest request = options.request;
  request.machine = machine_in(history, options.history);
  const std::vector<HistoryTrack> tracks = tracks_of(history, request);
  if (options.is_json) {
    std::cout << to_document(tracks_json(tracks));
  } else if (options.is_csv) {
    std::cout << tracks_csv(tracks);
  } else {
    std::cout << tracks_table(tracks, style_of_output());
  }
}

}  // namespace

void add_history_show(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("show", "A case over the nights, with the changes of its level");
  const auto options = std::make_shared<ShowOptions>();
  command->add_option("case", options->request.pattern, "Id of a case, or a pattern: \"all_reduce/*\"")->required();
  add_history_options(*command, options->history);
  command->add_option("--last", options->request.newest, "Only so many reports, the newest")
      ->check(CLI::Range(1, 1'000'000));
  CLI::Option* json = command->add_flag("--json", options->is_json, "As JSON");
  command->add_flag("--csv", options->is_csv, "As CSV")->excludes(json);
  command->callback([options, &exit_code] {
    show(*options);
    exit_code = 0;
  });
}

}  // namespace muster
