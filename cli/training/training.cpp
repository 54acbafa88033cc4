// SPDX-License-Identifier: Apache-2.0
// muster training: from rates of products and collectives to the step of a model. A table of its own subcommands, one
// file each.
#include <array>

#include "cli/training/commands.hpp"

namespace muster {
namespace {

constexpr std::array kTrainingCommands = {add_training_predict, add_training_explain,  add_training_list,
                                          add_training_search,  add_training_validate, add_training_require};

}  // namespace

void add_training(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("training", "What a model's training step takes on a machine, and why");
  command->require_subcommand(1);
  for (const AddCommand add : kTrainingCommands) add(*command, exit_code);
}

}  // namespace muster
