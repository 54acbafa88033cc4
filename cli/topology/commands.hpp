// SPDX-License-Identifier: Apache-2.0
// The subcommands of `muster topology`.
#pragma once

#include "cli/command.hpp"

namespace muster {

void add_topology_show(CLI::App& app, int& exit_code);
void add_topology_doctor(CLI::App& app, int& exit_code);
void add_topology_limits(CLI::App& app, int& exit_code);
void add_topology_plan(CLI::App& app, int& exit_code);
void add_topology_predict(CLI::App& app, int& exit_code);
void add_topology_validate(CLI::App& app, int& exit_code);
void add_topology_export(CLI::App& app, int& exit_code);
void add_topology_templates(CLI::App& app, int& exit_code);

}  // namespace muster
