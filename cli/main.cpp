// SPDX-License-Identifier: Apache-2.0
// The program `muster`: a table of subcommands. Exit codes: 0 pass, 1 fail, 2 usage or environment error, 3 ambiguous
// or no data.
#include <array>
#include <cstdio>
#include <exception>

#include "cli/command.hpp"

namespace muster {
namespace {

constexpr std::array<AddCommand, 5> kCommands = {add_discover, add_plan, add_run, add_judge, add_bench};
constexpr int kUsageError = 2;

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
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return exit_code;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  try {
    return muster::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "muster: %s\n", error.what());
    return muster::kUsageError;
  }
}
