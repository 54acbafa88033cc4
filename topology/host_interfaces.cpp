// SPDX-License-Identifier: Apache-2.0
// Reads /sys/class/net (Linux: Documentation/ABI/testing/sysfs-class-net): `type`, `speed`, and `device` where there is
// hardware behind the name.
#include "topology/host_interfaces.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace muster {

namespace {

namespace fs = std::filesystem;

// Values of `type`, from the kernel's if_arp.h.
constexpr int kEthernetType = 1;
constexpr int kInfinibandType = 32;

// Empty when the file is missing, refuses to be read (a virtual interface, a port that is down) or holds no number.
std::optional<long> read_number(const fs::path& file) {
  std::ifstream stream(file);
  long number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

// `speed` is in Mbit/s; -1 means that the driver does not know it, and a port without link says 0 or -1.
std::optional<BytesPerSecond> line_rate_of(const fs::path& interface) {
  const std::optional<long> megabits = read_number(interface / "speed");
  if (!megabits || *megabits <= 0) return std::nullopt;
  return BytesPerSecond{static_cast<double>(*megabits) * 1e6 / 8};
}

}  // namespace

std::vector<NetworkInterface> read_network_interfaces(const std::string& class_net) {
  std::vector<NetworkInterface> interfaces;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(class_net, missing)) {
    const fs::path& path = entry.path();
    const std::optional<long> type = read_number(path / "type");
    if (type != kEthernetType && type != kInfinibandType) continue;  // loopback, tunnels
    std::error_code no_hardware;
    NetworkInterface interface {
      .name = path.filename(), .kind = type == kInfinibandType ? LinkKind::infiniband : LinkKind::ethernet,
      .is_virtual = !fs::exists(path / "device", no_hardware), .line_rate = line_rate_of(path)
    };
    if (interface.is_virtual && !interface.line_rate) continue;
    interfaces.push_back(std::move(interface));
  }
  std::ranges::sort(interfaces, {}, &NetworkInterface::name);
  return interfaces;
}

}  // namespace muster
