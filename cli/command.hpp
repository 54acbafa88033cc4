// SPDX-License-Identifier: Apache-2.0
// A subcommand of `muster`: declares its options on the app and sets the exit code when it runs. One file each.
#pragma once

#include <CLI/CLI.hpp>

namespace muster {

/// Adds the subcommand to `app`; its callback sets `exit_code`. Errors are thrown; main() alone catches.
using AddCommand = void (*)(CLI::App& app, int& exit_code);

void add_discover(CLI::App& app, int& exit_code);
void add_plan(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_judge(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_history(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_search(CLI::App& app, int& exit_code);
void add_targets(CLI::App& app, int& exit_code);
void add_topology(CLI::App& app, int& exit_code);
void add_training(CLI::App& app, int& exit_code);

}  // namespace muster
