// SPDX-License-Identifier: Apache-2.0
// The rates that NCCL and RCCL reckon with: what they achieve, not what the wire carries. They become `usable`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.hpp"

namespace muster {

/// One NVLink, per direction, by compute capability times ten.
BytesPerSecond nccl_nvlink_rate(int compute_capability);

/// One xGMI link, per direction, by RCCL's name of the architecture ("908", "gfx942"); empty for unknown ones.
std::optional<BytesPerSecond> rccl_xgmi_rate(std::string_view architecture);

BytesPerSecond nccl_pcie_rate(double gigatransfers, int lanes);

/// Whether NCCL knows the text of a link speed. It takes every other for 8 GT/s, whatever number stands in it.
bool nccl_knows_pcie_speed(std::string_view text);

struct CpuModel {
  std::string_view architecture;  ///< "x86_64", "arm64", "ppc64"
  std::string_view vendor;        ///< "GenuineIntel", "AuthenticAMD"
  std::int64_t model = 0;
};

/// Between two NUMA nodes of a host, per direction.
BytesPerSecond nccl_socket_rate(const CpuModel& cpu);

}  // namespace muster
