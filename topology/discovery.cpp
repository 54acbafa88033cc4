// SPDX-License-Identifier: Apache-2.0
#include "topology/discovery.hpp"

#include <optional>
#include <vector>

#include "core/host.hpp"
#include "topology/nvml.hpp"

namespace muster {

Imported discover() {
  Imported here{discover_host(), {}, "this machine"};
  if (const std::optional<std::vector<NvmlGpu>> gpus = read_nvml()) {
    here.findings = add_nvml(here.topology, host_name(), *gpus);
  }
  return here;
}

}  // namespace muster
