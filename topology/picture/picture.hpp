// SPDX-License-Identifier: Apache-2.0
// A drawing of a machine with rings and trees on it, as SVG that any browser opens. Up to four hosts are drawn with all
// their parts; larger systems by host, with the links to each switch drawn together.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

/// A ring or tree to draw: hops between devices (indices), in one colour.
struct PicturePath {
  std::string name;
  std::vector<std::pair<int, int>> hops;
};

struct PictureRequest {
  std::string title;
  std::vector<PicturePath> paths{};
};

/// More hosts than this are not drawn one by one; the picture says how many it leaves out.
inline constexpr int kMostHostsDrawn = 80;

std::string draw_svg(const Topology& topology, const PictureRequest& request);

}  // namespace muster
