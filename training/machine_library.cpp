// SPDX-License-Identifier: Apache-2.0
#include "training/machine_library.hpp"

#include "training/described_file.hpp"
#include "training/machine_json.hpp"

namespace muster {

Machine read_machine(const std::string& name_or_path) {
  return machine_from_json(described_json(name_or_path, shipped_machines(), "machine"), name_or_path);
}

}  // namespace muster
