// SPDX-License-Identifier: Apache-2.0
// Rates of InfiniBand, and cables out of ports: each is told by both of its ends.
#include "topology/readers/fabric.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kMostLanes = 12;
constexpr std::size_t kMostNodes = 1 << 20;  // far above the 49,151 addresses of a subnet

struct LaneSpeed {
  std::string_view name;
  double gigabits;  // of data, of one lane
};

// Signalling rate less the line code: 8b/10b up to QDR, 64b/66b from FDR10 to EDR; HDR and later name their rate after
// coding and error correction. Source: InfiniBand Architecture Specification, volume 2, and the IBTA roadmap.
constexpr auto kSpeeds = std::to_array<LaneSpeed>({{"SDR", 2.5 * 8 / 10},
                                                   {"DDR", 5.0 * 8 / 10},
                                                   {"QDR", 10.0 * 8 / 10},
                                                   {"FDR10", 10.3125 * 64 / 66},
                                                   {"FDR", 14.0625 * 64 / 66},
                                                   {"EDR", 25.78125 * 64 / 66},
                                                   {"HDR", 50},
                                                   {"NDR", 100},
                                                   {"XDR", 200}});

}  // namespace

std::string text_of(const FabricRate& rate) {
  return rate.lanes == 0 ? "an unknown rate" : std::to_string(rate.lanes) + "x" + rate.speed;
}

std::optional<BytesPerSecond> infiniband_rate(const FabricRate& rate) {
  const auto* const speed = std::ranges::find(kSpeeds, rate.speed, &LaneSpeed::name);
  if (speed == kSpeeds.end() || rate.lanes == 0) return std::nullopt;
  return BytesPerSecond{std::floor(speed->gigabits * 1e9 / 8 * rate.lanes)};
}

std::optional<FabricRate> parse_fabric_rate(std::string_view text) {
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos || cross + 1 == text.size() || !is_number(text.substr(0, cross))) return {};
  const auto lanes = whole_number(text.substr(0, cross));
  if (!lanes || *lanes < 1 || *lanes > kMostLanes) return std::nullopt;
  return FabricRate{static_cast<int>(*lanes), std::string(text.substr(cross + 1))};
}

int Fabric::node(const FabricNode& told) {
  const auto [found, is_new] = by_guid_.try_emplace(told.guid, static_cast<int>(nodes_.size()));
  if (is_new) nodes_.push_back(told);
  FabricNode& known = nodes_[static_cast<std::size_t>(found->second)];
  if (nodes_.size() > kMostNodes) throw Error("more nodes than any subnet has; give the file of one fabric");
  if (known.kind == FabricNodeKind::unknown) known.kind = told.kind;
  if (told.kind != FabricNodeKind::unknown && told.kind != known.kind) {
    throw Error(in_quotes(told.guid) + " is a switch here and an adapter elsewhere; give the file as it was made");
  }
  if (known.description.empty()) known.description = told.description;
  if (told.is_listed && !known.is_listed) {
    known.is_listed = true;
    known.line = told.line;
  }
  return found->second;
}

std::vector<Cable> cables_of(const Fabric& fabric) {
  std::vector<Cable> cables;
  std::map<std::array<int, 4>, std::size_t> known;
  for (const FabricPort& port : fabric.ports()) {
    const auto [one, other] = std::minmax({std::pair(port.node, port.port), std::pair(port.peer, port.peer_port)});
    const auto [found, is_new] = known.try_emplace({one.first, one.second, other.first, other.second}, cables.size());
    if (is_new) {
      cables.push_back({port});
      continue;
    }
    Cable& cable = cables[found->second];
    if (!cable.back && std::pair(port.node, port.port) != std::pair(cable.told.node, cable.told.port)) {
      cable.back = port;
    } else {
      ++cable.repeats;
    }
  }
  return cables;
}

const FabricRate& rate_of(const Cable& cable) {
  if (!cable.back) return cable.told.rate;
  const auto told = infiniband_rate(cable.told.rate);
  const auto back = infiniband_rate(cable.back->rate);
  return back && (!told || back->value < told->value) ? cable.back->rate : cable.told.rate;
}

}  // namespace muster
