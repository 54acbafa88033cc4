// SPDX-License-Identifier: Apache-2.0
// The actions of `muster history`, one file each, and the options they share.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "reports/history/store.hpp"

namespace muster {

inline constexpr const char* kHistoryFile = "muster-history.sqlite";

void add_history_add(CLI::App& app, int& exit_code);
void add_history_list(CLI::App& app, int& exit_code);
void add_history_check(CLI::App& app, int& exit_code);
void add_history_show(CLI::App& app, int& exit_code);

/// --file and --machine.
struct HistoryOptions {
  std::string file = kHistoryFile;
  std::string machine;
};

void add_history_options(CLI::App& command, HistoryOptions& options);

/// The machine that was named, or the only one there is. Throws Error with the names where there are several.
std::string machine_in(const History& history, const HistoryOptions& options);

}  // namespace muster
