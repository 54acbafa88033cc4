// SPDX-License-Identifier: Apache-2.0
// muster topology templates: the library's names, or the text of one of them to copy and edit.
#include "topology/templates.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/topology/commands.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

void print_templates(const std::string& name) {
  if (name.empty()) {
    for (const TemplateText& entry : template_library()) std::cout << entry.name << "\n";
    return;
  }
  const auto found = std::ranges::find(template_library(), name, &TemplateText::name);
  if (found == template_library().end()) {
    throw Error("no template is called " + in_quotes(name) + "; `muster topology templates` lists them");
  }
  std::cout << found->text;
}

}  // namespace

void add_topology_templates(CLI::App& app, int&) {
  CLI::App* command =
      app.add_subcommand("templates", "Machines of the library; with a NAME its JSON, to copy and edit");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "Template to print");
  command->callback([name] { print_templates(*name); });
}

}  // namespace muster
