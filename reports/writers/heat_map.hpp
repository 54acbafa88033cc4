// SPDX-License-Identifier: Apache-2.0
// Pairs of places (GPUs of a host, nodes of a fabric) as a grid of coloured cells: inline SVG, which needs no script.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/writers/writers.hpp"

namespace muster {

struct HeatMap {
  std::string title;
  std::vector<std::string> sources, targets;                          ///< names: down and across
  std::map<std::pair<std::size_t, std::size_t>, const Row*> cells{};  ///< by place in the two lists
};

/// A case of two named groups: "node3+node4".
bool is_pair(const Case& item);

/// Links between places, one map per method, and collectives of pairs of groups, one map per group of comparable cases;
/// each at its largest size. Needs at least two places.
std::vector<HeatMap> heat_maps_of(const Report& report);

/// GB/s in each cell as far as there is room; paler is slower; framed where the verdict is fail.
std::string to_svg(const HeatMap& map);

}  // namespace muster
