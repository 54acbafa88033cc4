// SPDX-License-Identifier: Apache-2.0
// muster history check: what a scheduler calls after each night. Exit code 0 nothing is slower, 1 something is, 3 it
// cannot be told or something is missing.
#include <iostream>
#include <memory>

#include "cli/history/commands.hpp"
#include "cli/report_files.hpp"
#include "reports/history/check_text.hpp"

namespace muster {
namespace {

struct CheckOptions {
  HistoryOptions history;
  CheckRequest request;
  bool is_json = false, all = false;
};

Verdict check(const CheckOptions& options) {
  const History history(options.history.file, DatabaseAccess::existing);
  history.begin_reading();
  CheckRequest request = options.request;
  request.machine = machine_in(history, options.history);
  const HistoryCheck found = check_history(history, request);
  const CheckedLines lines = options.all ? CheckedLines::all : CheckedLines::notable;
  std::cout << (options.is_json ? to_document(to_json(found)) : check_table(found, lines, style_of_output()));
  return judgement_of(found).verdict;
}

}  // namespace

void add_history_check(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("check", "The newest report of a machine against its baseline");
  const auto options = std::make_shared<CheckOptions>();
  add_history_options(*command, options->history);
  CheckRequest& request = options->request;
  CLI::Option* last = command->add_option("--last", request.last, "The baseline is so many reports before it")
                          ->capture_default_str()
                          ->check(CLI::Range(1, 400));
  CLI::Option* tag = command->add_option("--tag", request.tag, "The baseline is the reports with this tag");
  command->add_option("--commit", request.commit, "The baseline is the reports of this commit")
      ->excludes(tag)
      ->excludes(last);
  tag->excludes(last);
  command->add_option("--effect", request.smallest_effect, "Smallest change that matters, as a fraction")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1.0));
  command->add_flag("--all", options->all, "List the cases that did not change, too");
  command->add_flag("--json", options->is_json, "As JSON");
  command->callback([options, &exit_code] { exit_code = muster::exit_code(check(*options)); });
}

}  // namespace muster
