// SPDX-License-Identifier: Apache-2.0
// All collectives of one step as a list for people and for suites: each kind once, with its group and how often it
// runs.
#pragma once

#include <string>
#include <vector>

#include "training/counting/traffic.hpp"

namespace muster {

/// What the collective runs beside where the layout overlaps it: "attention", "the backward pass", ...; empty where it
/// is waited for.
std::string hides_behind(const GroupExchange& exchange, const Layout& layout);

struct CountedExchange {
  GroupExchange exchange = {};
  Group group = {};
  double times = 0;               ///< per step, on one GPU of the first pipeline rank; recomputing included
  std::string hides_behind = {};  ///< as the function of this name
};

/// In the order of the axes; groups of one are left out.
std::vector<CountedExchange> exchanges_of_step(const Model& model, const Layout& layout, int gpus_per_node);

}  // namespace muster
