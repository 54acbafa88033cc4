// SPDX-License-Identifier: Apache-2.0
// What data sheets say of the parts that machines are made of: link rates by generation, links per GPU, slots. Every
// number has its source beside it (hardware.cpp). Readers and templates fill capacities from here, the doctor compares.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/units.hpp"
#include "topology/graph.hpp"

namespace muster {

/// A GPU (or one of the GPUs of a package, where software sees several).
struct GpuModel {
  std::string_view name;  ///< "H100 SXM"
  std::string_view
      aliases;  ///< lower-case words that name it in product strings, separated by '|': "h100-sxm|h100 80gb hbm3"
  LinkKind link = LinkKind::nvlink;
  int links = 0;                  ///< scale-up links that the hardware has at most
  BytesPerSecond link_rate{};     ///< of one, per direction, line
  double pcie_gigatransfers = 0;  ///< of its slot, per lane
  int pcie_lanes = 16;
  BytesPerSecond memory_rate{};  ///< of its own memory
  std::string_view source;       ///< data sheet or document
};

std::span<const GpuModel> gpu_models();

/// By name or product string ("NVIDIA H100 80GB HBM3"), in either case; nullptr when it is not in the table.
const GpuModel* find_gpu_model(std::string_view text);

/// Line rate per direction of one NVLink by compute capability times ten (60, 70, 80, 86, 90, 100, 103); empty when the
/// generation is not known or has no NVLink.
std::optional<BytesPerSecond> nvlink_rate(int compute_capability);
/// NVLinks that a GPU of this compute capability has at most; 0 where its generation has none (89, 120).
std::optional<int> nvlink_count(int compute_capability);
/// Line rate of one xGMI link by the name of the architecture as RCCL writes it ("906", "gfx90a", "910", "gfx942").
std::optional<BytesPerSecond> xgmi_rate(std::string_view architecture);

/// Line rate per direction after the line code (8b/10b up to 5 GT/s, 128b/130b up to 32, 242/256 flits from 64 on), cut
/// to whole bytes/s: 16 lanes of 32 GT/s give 63.015 GB/s. Source: PCI Express Base Specification 6.0, table 1-1.
BytesPerSecond pcie_rate(double gigatransfers, int lanes);

/// "16.0 GT/s PCIe", "32 GT/s", "8 GT/s PCIe/s": gigatransfers per second and lane; empty for text without such a
/// number.
std::optional<double> parse_pcie_speed(std::string_view text);

}  // namespace muster
