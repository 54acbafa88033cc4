// SPDX-License-Identifier: Apache-2.0
// The program `muster`: a table of subcommands. Exit codes: 0 pass, 1 fail, 2 usage or environment error, 3 ambiguous
// or no data.
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::array kCommands = {add_bench,   add_discover, add_plan,   add_run,    add_judge,   add_compare,
                                  add_history, add_import,   add_report, add_search, add_targets, add_topology,
                                  add_training};
constexpr int kUsageError = 2;

/// One line, without the library's own advice after it.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
  const std::vector<std::string> words = app.remaining(true);
  if (deepest->get_require_subcommand_min() > 0 && !words.empty()) {
    return "unknown subcommand " + in_quotes(words.front());
  }
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

/// A table that nobody got is no result.
void flush_output() {
  std::cout.flush();
  if (!std::cout) throw Error("cannot write to standard output: is the disk full?");
}

int run(int argc, char** argv) {
  CLI::App app(
      "Muster, the acceptance test of GPU clusters: measures, derives what each number should be, and judges.");
  app.set_version_flag("--version", std::string("muster ") + MUSTER_VERSION);
  app.require_subcommand(1);
  app.footer("First thing to try: muster bench");
  int exit_code = 0;
  for (const AddCommand add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    throw Error(usage_error(app, error) + "; see muster --help");
  }
  return exit_code;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  try {
    const int exit_code = muster::run(argc, argv);
    muster::flush_output();
    return exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster: %s\n", error.what());
    return muster::kUsageError;
  }
}
