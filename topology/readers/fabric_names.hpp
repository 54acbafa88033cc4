// SPDX-License-Identifier: Apache-2.0
// What the descriptions of InfiniBand nodes say: people and drivers write host, adapter, switch and model into them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster {

struct AdapterName {
  std::string host;     ///< "node3"
  std::string adapter;  ///< "mlx5_2", "HCA-3"
  int index = -1;       ///< from 0: 2 of "mlx5_2" and of "HCA-3"
};

/// "node3 mlx5_2", "node3 HCA-3"; empty for anything else ("MT4129 ConnectX7   Mellanox Technologies") and for hosts
/// that have no name of their own yet ("localhost").
std::optional<AdapterName> parse_adapter_name(std::string_view description);

/// Node of a switch that adds numbers up (SHARP), not of a host.
bool is_aggregation_node(std::string_view description);

struct SwitchName {
  std::string name;   ///< "leaf4" of "MF0;leaf4:MQM9701/U1"; empty where the description is only a product
  std::string model;  ///< "MQM9701"
};

SwitchName parse_switch_name(std::string_view description);

}  // namespace muster
