// SPDX-License-Identifier: Apache-2.0
// The table that `nvidia-smi topo -m` prints, as data: names, paths between them, affinities. nvidia_smi.cpp makes the
// graph from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/readers/finding_list.hpp"

namespace muster {

/// Near to far, as the tool's legend orders them.
enum class SmiPath { unknown, self, nvlink, pix, pxb, phb, node, sys };

struct SmiCell {
  SmiPath path = SmiPath::unknown;
  int links = 0;  ///< NVLinks side by side, of nvlink
  bool operator==(const SmiCell&) const = default;
};

/// How the tool writes it: "NV12", "PXB"; "?" for unknown.
std::string text_of(const SmiCell& cell);

struct SmiDevice {
  std::string name;  ///< as the table heads it: "GPU3", "NIC0", "mlx5_1"
  bool is_gpu = false;
  int index = -1;         ///< of "GPU3" and "NIC3"; for other names their order of appearance
  std::string adapter{};  ///< of a NIC: "mlx5_0" by the legend, else the name
  std::string cpus{};     ///< "0-31,64-95"; empty where not told
  std::string numa{};     ///< "0", "0-3"; empty where not told
  int line = 0;           ///< of its row; 0 = the table has none
};

struct SmiMatrix {
  std::vector<SmiDevice> devices{};  ///< by columns
  std::vector<SmiCell> cells{};      ///< [row * devices + column]; both directions say the same
  int line = 0;                      ///< of the head
  bool has_numa = false;             ///< whether there is a column for NUMA nodes

  const SmiCell& between(int one, int other) const {
    return cells[static_cast<std::size_t>(one) * devices.size() + static_cast<std::size_t>(other)];
  }
};

/// Whether a line is the head of such a table.
bool is_smi_head(std::string_view line);

/// Throws Error where there is no table, more than one, or a table of another kind.
SmiMatrix read_smi_matrix(std::string_view text, const std::string& origin, FindingList& findings);

}  // namespace muster
