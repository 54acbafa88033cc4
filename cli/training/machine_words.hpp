// SPDX-License-Identifier: Apache-2.0
// --machine of `muster training`: which machine trains, by name, by description, or the one that a report measured.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "training/machine.hpp"

namespace muster {

/// --machine, which may stay empty where a report tells the machine.
void add_machine_option(CLI::App& command, std::string& machine);

/// The first that fits: a shipped machine (`muster training list`), a template of the topology library, a file of a
/// machine, a file that `muster topology` reads. Without words, the cluster.json beside `report`. Throws Error where
/// there is neither, and where a topology does not tell its GPUs or rates.
Machine machine_by_words(const std::string& words, const std::string& report);

}  // namespace muster
