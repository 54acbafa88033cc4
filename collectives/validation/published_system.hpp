// SPDX-License-Identifier: Apache-2.0
// The machine that a published curve was measured on, made from what its index says: the GPU names a template of the
// library, the words for the network its NICs.
#pragma once

#include <optional>
#include <string>

#include "collectives/planner/collective_model.hpp"
#include "collectives/validation/published_curves.hpp"

namespace muster {

/// What kind of fabric the ranks are joined by.
enum class FabricClass {
  scale_up,  ///< NVLink or xGMI alone
  rails,     ///< a NIC or more per GPU, of stated rate
  other,     ///< fewer NICs than GPUs, or of a rate that is not stated
};
std::string_view name_of(FabricClass kind);

struct PublishedSystem {
  std::string template_name;
  FabricClass kind = FabricClass::scale_up;
  FabricGroup group{};
  Topology topology{};  ///< with the ranks of the curve and their NICs
  std::vector<std::vector<int>> symmetries{};
};

/// Empty when no template is known for the GPU. Throws Error naming `origin` when a host of the template has fewer
/// GPUs.
std::optional<PublishedSystem> system_of(const PublishedCurve& curve, const std::string& origin);

}  // namespace muster
