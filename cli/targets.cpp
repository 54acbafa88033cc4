// SPDX-License-Identifier: Apache-2.0
// muster targets: the shipped target files by name, or the text of one of them to copy, extend and edit.
#include "reports/targets.hpp"

#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "reports/targets/library.hpp"

namespace muster {
namespace {

void list_targets() {
  for (const TargetsText& entry : targets_library()) std::cout << entry.name << "\n";
}

// A file of the user is read first, so that what is printed is known to be valid.
void print_targets(const std::string& name) {
  if (const TargetsText* shipped = find_targets(name)) {
    std::cout << shipped->text;
    return;
  }
  const Targets targets = read_targets(name);
  for (const Rule& rule : targets.rules) std::cout << rule.name << ": " << requirement_of(rule) << "\n";
  for (const Waiver& waiver : targets.waived) std::cout << waiver.rule.name << ": waived, " << waiver.reason << "\n";
}

}  // namespace

void add_targets(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand(
      "targets", "Shipped targets; with a NAME its JSON, to copy and extend; with a FILE what it demands");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "Shipped targets, or a file to check");
  command->callback([name] { name->empty() ? list_targets() : print_targets(*name); });
}

}  // namespace muster
