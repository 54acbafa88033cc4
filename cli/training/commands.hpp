// SPDX-License-Identifier: Apache-2.0
// The subcommands of `muster training`.
#pragma once

#include "cli/command.hpp"

namespace muster {

void add_training_predict(CLI::App& app, int& exit_code);
void add_training_explain(CLI::App& app, int& exit_code);
void add_training_validate(CLI::App& app, int& exit_code);
void add_training_search(CLI::App& app, int& exit_code);
void add_training_require(CLI::App& app, int& exit_code);
void add_training_list(CLI::App& app, int& exit_code);

}  // namespace muster
