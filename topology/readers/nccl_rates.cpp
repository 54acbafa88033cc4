// SPDX-License-Identifier: Apache-2.0
// Source of all numbers: NCCL 2.30.7 and RCCL, src/graph/topo.h and topo.cc.
#include "topology/readers/nccl_rates.hpp"

#include <algorithm>
#include <array>

namespace muster {

namespace {

constexpr BytesPerSecond gigabytes(double value) { return {value * 1e9}; }

}  // namespace

BytesPerSecond nccl_nvlink_rate(int compute_capability) {
  if (compute_capability >= 100) return gigabytes(40.1);
  if (compute_capability >= 90) return gigabytes(20.6);
  if (compute_capability == 86) return gigabytes(12);
  return gigabytes(compute_capability >= 70 ? 20 : 18);
}

std::optional<BytesPerSecond> rccl_xgmi_rate(std::string_view architecture) {
  if (architecture.starts_with("gfx")) architecture.remove_prefix(3);
  if (architecture.starts_with("906") || architecture.starts_with("908")) return gigabytes(24);
  if (architecture.starts_with("90a") || architecture.starts_with("910")) return gigabytes(36);
  if (architecture.starts_with("94") || architecture.starts_with("95")) return gigabytes(48);
  return std::nullopt;
}

BytesPerSecond nccl_pcie_rate(double gigatransfers, int lanes) {
  const double per_transfer = gigatransfers <= 5 ? 6 : 7.5;  // 5 GT/s counts 30, 8 GT/s 60
  return gigabytes(gigatransfers * per_transfer * lanes / 80);
}

bool nccl_knows_pcie_speed(std::string_view text) {
  constexpr auto kKnown =
      std::to_array<std::string_view>({"2.5 GT/s", "5 GT/s", "8 GT/s", "16 GT/s", "32 GT/s", "5.0 GT/s PCIe",
                                       "8.0 GT/s PCIe", "16.0 GT/s PCIe", "32.0 GT/s PCIe", "64.0 GT/s PCIe"});
  return std::ranges::any_of(kKnown, [&](std::string_view known) { return text.starts_with(known); });
}

BytesPerSecond nccl_socket_rate(const CpuModel& cpu) {
  if (cpu.architecture == "ppc64") return gigabytes(32);
  if (cpu.architecture == "arm64") return gigabytes(6);
  if (cpu.vendor == "AuthenticAMD") return gigabytes(16);
  if (cpu.vendor == "CentaurHauls" || cpu.vendor == "  Shanghai  ") return gigabytes(9);
  if (cpu.model >= 0xcf) return gigabytes(40);   // Emerald Rapids
  if (cpu.model >= 0x8f) return gigabytes(22);   // Sapphire Rapids
  return gigabytes(cpu.model >= 0x55 ? 10 : 6);  // Skylake, and older ones
}

}  // namespace muster
