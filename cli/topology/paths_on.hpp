// SPDX-License-Identifier: Apache-2.0
// The rings or trees that the planner would run on a machine, for its picture.
#pragma once

#include <string_view>
#include <vector>

#include "topology/picture/picture.hpp"

namespace muster {

enum class Paths { rings, trees, none };

/// "rings", "trees", "none"; throws Error listing them.
Paths parse_paths(std::string_view name);

/// At most two, more hide each other; none where there are fewer than three ranks. Trees are those packed into the
/// machine where it is small, else the two binary trees over all ranks.
std::vector<PicturePath> paths_on(const Topology& topology, Paths kind);

}  // namespace muster
