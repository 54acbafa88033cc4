// SPDX-License-Identifier: Apache-2.0
// muster topology: what a description of a machine says, what is wrong with it, how fast it could be at best, and which
// schedules come close. A table of its own subcommands, one file each.
#include <array>

#include "cli/command.hpp"
#include "cli/topology/commands.hpp"

namespace muster {
namespace {

constexpr std::array<AddCommand, 8> kTopologyCommands = {
    add_topology_show,    add_topology_doctor,   add_topology_limits, add_topology_plan,
    add_topology_predict, add_topology_validate, add_topology_export, add_topology_templates};

}  // namespace

void add_topology(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("topology", "Read a machine's topology; its faults, limits and schedules");
  command->require_subcommand(1);
  for (const AddCommand add : kTopologyCommands) add(*command, exit_code);
}

}  // namespace muster
