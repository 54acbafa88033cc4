// SPDX-License-Identifier: Apache-2.0
// The network interfaces of this host as the kernel lists them, with the line rates it knows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/units.hpp"
#include "topology/graph.hpp"

namespace muster {

struct NetworkInterface {
  std::string name;  ///< "eth0", "ib0"
  LinkKind kind = LinkKind::ethernet;
  bool is_virtual = false;                    ///< made by software: its rate is a nominal number, no bound
  std::optional<BytesPerSecond> line_rate{};  ///< per direction; empty when the kernel does not say
};

/// Sorted by name. Without loopback, and without virtual interfaces of unknown rate: nothing can be said about them.
/// `class_net` is /sys/class/net; a folder that is missing gives an empty list.
std::vector<NetworkInterface> read_network_interfaces(const std::string& class_net);

}  // namespace muster
