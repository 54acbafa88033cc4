// SPDX-License-Identifier: Apache-2.0
// What generations of scale-up links and of networks reach under NCCL and RCCL: the constants of collective_model.hpp.
// Each belongs to a generation, never to a machine or a published table; values and reasons: fabric_constants.cpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// GPUs and the links between those of one node; a rack of 72 that is one NVLink domain counts as a node.
enum class LinkGeneration { volta, ampere, hopper, blackwell, blackwell_rack, cdna2, cdna3, cdna4 };

/// What carries messages between nodes, with the library's plugin for it.
enum class NetworkGeneration { infiniband, roce, efa, efa2, tcpx, tcpxo };

std::string_view name_of(LinkGeneration generation);
std::string_view name_of(NetworkGeneration generation);

/// By the model of a GPU, as a template, a driver or a table of results words it; empty where it is not known.
std::optional<LinkGeneration> link_generation_of(std::string_view model);
/// By the model of a NIC or the words for a network; empty where it is not known.
std::optional<NetworkGeneration> network_generation_of(std::string_view model);

/// [NcclProtocol]: LL, LL128, Simple.
using PerProtocol = std::array<double, 3>;

struct LinkConstants {
  double wire;             ///< payload over what the links carry
  double memory;           ///< bytes/s of the pass over the buffer that no transfer hides, once per phase
  double between;          ///< share of its rate within a node that a ring or tree over several nodes reaches
  double in_switch;        ///< share of the link rate that sums in switches reach; 0: not there
  double in_switch_start;  ///< s
  double pairs_start;      ///< s: of collectives made of sends
  PerProtocol start;       ///< s: kernel launch and first step of rings and trees
  PerProtocol hop;         ///< s: one more step over a link
  PerProtocol share;       ///< of the payload that the wire carries
};

struct NetworkConstants {
  double share;     ///< of the NICs' line rate under rings and trees
  double peers;     ///< the same under all_to_all, where each rank sends to all others
  double peer;      ///< the same where each rank sends to one other
  PerProtocol hop;  ///< s: one step between nodes
};

const LinkConstants& constants_of(LinkGeneration generation);
const NetworkConstants& constants_of(NetworkGeneration generation);

/// s to post one message to another node. Source: NCCL adds as much on Intel hosts (tuning.cc).
inline constexpr double kPostMessage = 1e-6;

/// One constant of one generation, for people.
struct FabricConstant {
  std::string_view generation;
  std::string name;
  double value;  ///< SI
  std::string_view unit;
  std::string_view meaning;
  std::string_view why;  ///< of the values of the generation: what they were read from
};
std::vector<FabricConstant> fabric_constants();

}  // namespace muster
