// SPDX-License-Identifier: Apache-2.0
// muster history: reports of many nights and machines in one file. A table of its own actions, one file each.
#include <array>

#include "cli/history/commands.hpp"
#include "core/error.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

constexpr std::array<AddCommand, 4> kHistoryActions = {add_history_add, add_history_list, add_history_check,
                                                       add_history_show};

}  // namespace

void add_history_options(CLI::App& command, HistoryOptions& options) {
  command.add_option("--file", options.file, "The history: an SQLite file")->capture_default_str();
  command.add_option("--machine", options.machine, "Name of the machine");
}

std::string machine_in(const History& history, const HistoryOptions& options) {
  if (!options.machine.empty()) return options.machine;
  const std::vector<std::string> machines = history.machines();
  if (machines.size() == 1) return machines.front();
  if (machines.empty()) throw Error(options.file + ": the history is empty; fill it by `muster history add REPORT`");
  std::string names;
  for (const std::string& name : machines) names += (names.empty() ? "" : ", ") + printable(name);
  throw Error(options.file + ": has several machines; give --machine with one of " + names);
}

void add_history(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("history", "Reports of many nights: what changed, and since when");
  command->require_subcommand(1);
  for (const AddCommand add : kHistoryActions) add(*command, exit_code);
}

}  // namespace muster
