// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's driver says of the GPUs here: names, slots and NVLinks. The library is loaded when asked for, so that
// the program is built and runs where there is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topology/finding.hpp"
#include "topology/graph.hpp"
#include "topology/nvml_library.hpp"

namespace muster {

/// What the other end of an NVLink is.
enum class NvLinkPeer { gpu, nvswitch, cpu, unknown };

struct NvLink {
  int number = 0;
  NvLinkPeer peer = NvLinkPeer::unknown;
  std::string address{};  ///< PCI bus id of a GPU at the other end; empty for other peers
};

struct NvmlGpu {
  int index = 0;  ///< NVML's, which is nvidia-smi's
  std::string name{};
  std::string address{};        ///< "0000:18:00.0", lower case
  int compute_capability = 0;   ///< times ten: 90 for Hopper; 0 = not told
  int pcie_generation = 0;      ///< that card and slot reach at most together; an idle GPU runs slower. 0 = not told
  int pcie_lanes = 0;           ///< likewise
  bool partitioned = false;     ///< MIG is on: its parts share the links
  std::vector<NvLink> links{};  ///< active ones
  int inactive_links = 0;       ///< that the GPU has but that do not run
};

/// nullopt when there is no such library or no driver behind it: a machine without NVIDIA GPUs is no error. Throws
/// Error when the driver is there and a call fails.
std::optional<std::vector<NvmlGpu>> read_nvml(const std::string& library = kNvmlFile);

/// Adds what NVML knows to the GPUs of `host` in a discovered topology (matched by PCI address; GPUs that hwloc does
/// not show are added): index, model, slot rate, NVLinks to each other or to the host's merged NVSwitch.
std::vector<Finding> add_nvml(Topology& topology, const std::string& host, const std::vector<NvmlGpu>& gpus);

}  // namespace muster
