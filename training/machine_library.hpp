// SPDX-License-Identifier: Apache-2.0
// The machines that ship, built into the program from machines/*.json of this folder, each with its source.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "training/machine.hpp"

namespace muster {

struct MachineText {
  std::string_view name;  ///< "dgx-h100"
  std::string_view text;  ///< the JSON file
};

/// Sorted by name.
std::span<const MachineText> shipped_machines();

/// A shipped machine by its name, else the file of that path. Throws Error when neither is there.
Machine read_machine(const std::string& name_or_path);

}  // namespace muster
