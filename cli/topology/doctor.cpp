// SPDX-License-Identifier: Apache-2.0
// muster topology doctor: everything that is doubtful or broken, worst first. Exit code 1 when something is broken.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/topology/commands.hpp"
#include "cli/topology/findings_json.hpp"
#include "cli/topology/system.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"

namespace muster {
namespace {

struct DoctorOptions {
  SystemOptions system;
  bool json = false;
};

int examine_system(const DoctorOptions& options) {
  const System system = load_system(options.system);
  if (options.json) {
    std::cout << to_document(
        Json{{"schema", "muster/findings/1"}, {"system", system.name}, {"findings", to_json(system.findings)}});
  } else {
    for (const Finding& finding : system.findings) {
      std::cout << name_of(finding.severity) << "  " << finding.code << "  " << printable(finding.place) << "\n    "
                << printable(finding.meaning) << "\n";
    }
    const auto count = [&](Severity severity) {
      return std::ranges::count(system.findings, severity, &Finding::severity);
    };
    std::cout << printable(system.name) << ": " << count(Severity::error) << " errors, " << count(Severity::warning)
              << " warnings, " << count(Severity::note) << " notes\n";
  }
  const bool is_broken =
      std::ranges::any_of(system.findings, [](const Finding& finding) { return finding.severity == Severity::error; });
  return is_broken ? 1 : 0;
}

}  // namespace

void add_topology_doctor(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "What is wrong with the machine or its description");
  const auto options = std::make_shared<DoctorOptions>();
  add_system_options(*command, options->system);
  command->add_flag("--json", options->json, "Print findings as JSON");
  command->callback([options, &exit_code] { exit_code = examine_system(*options); });
}

}  // namespace muster
