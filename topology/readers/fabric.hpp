// SPDX-License-Identifier: Apache-2.0
// An InfiniBand fabric as its tools see it: nodes with ports and cables. The readers of ibnetdiscover (both styles) and
// netloc fill it; graph_of() makes the graph and says what is wrong with the cables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "topology/readers/finding_list.hpp"
#include "topology/readers/readers.hpp"

namespace muster {

/// Unknown: named by others in a file that does not say what it is (ibsim); then it counts as an adapter.
enum class FabricNodeKind { unknown, adapter, network_switch };

struct FabricNode {
  std::string guid;  ///< as the file names the node; unique
  FabricNodeKind kind = FabricNodeKind::unknown;
  std::string description{};  ///< "node3 mlx5_2", "MF0;leaf4:MQM9701/U1"
  int line = 0;
  bool is_listed = false;  ///< has ports of its own in the file, is not only named by others
};

/// "4xNDR": lanes and the speed of one; no lanes = not told.
struct FabricRate {
  int lanes = 0;
  std::string speed{};
  bool operator==(const FabricRate&) const = default;
};

std::string text_of(const FabricRate& rate);

/// Line rate after the line code; empty for a speed that is not known ("???").
std::optional<BytesPerSecond> infiniband_rate(const FabricRate& rate);
/// Empty where the text is no such thing.
std::optional<FabricRate> parse_fabric_rate(std::string_view text);

/// One end of a cable, as one of its two ports tells it.
struct FabricPort {
  int node = 0;
  int port = 0;
  int peer = 0;
  int peer_port = 0;
  FabricRate rate{};
  int line = 0;
};

class Fabric {
 public:
  /// Number of the node of this GUID, added when it is new; what was not known of it before is filled in. Throws Error
  /// (without a place) where the file contradicts itself, or has more nodes than any subnet.
  int node(const FabricNode& told);
  void add(FabricPort port) { ports_.push_back(std::move(port)); }
  const std::vector<FabricNode>& nodes() const { return nodes_; }
  const std::vector<FabricPort>& ports() const { return ports_; }

 private:
  std::vector<FabricNode> nodes_;
  std::vector<FabricPort> ports_;
  std::unordered_map<std::string, int> by_guid_;
};

struct Cable {
  FabricPort told;                   ///< by the end that came first
  std::optional<FabricPort> back{};  ///< by the other
  int repeats = 0;                   ///< how often it was told beyond that
};

/// Each once, in the order of the file.
std::vector<Cable> cables_of(const Fabric& fabric);
/// That both ends agree on, else the slower.
const FabricRate& rate_of(const Cable& cable);

/// Throws Error "origin:line: ..." where there is no cable at all.
Imported graph_of(const Fabric& fabric, FindingList findings);

}  // namespace muster
