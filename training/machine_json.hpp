// SPDX-License-Identifier: Apache-2.0
// Machines that train as files: JSON muster/machine/1 (docs/training.md, "Descriptions"), read strictly.
#pragma once

#include <string>

#include "core/file.hpp"
#include "training/machine.hpp"

namespace muster {

/// "accelerator" is a name of the table (accelerators.hpp) or an object. Throws Error naming `origin` and the key.
Machine machine_from_json(const Json& json, const std::string& origin);

/// With the accelerator written out.
Json to_json(const Machine& machine);

}  // namespace muster
