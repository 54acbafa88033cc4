// SPDX-License-Identifier: Apache-2.0
// The rings that the planner would run on a machine, for its picture.
#pragma once

#include <vector>

#include "topology/picture/picture.hpp"

namespace muster {

/// At most two, more hide each other; none where there are fewer than three ranks.
std::vector<PicturePath> rings_on(const Topology& topology);

}  // namespace muster
