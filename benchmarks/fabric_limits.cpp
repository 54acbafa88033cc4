// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/fabric_limits.hpp"

#include <algorithm>
#include <functional>

#include "benchmarks/placement.hpp"
#include "core/error.hpp"

namespace muster {

FabricLimits::FabricLimits(const Topology& topology, const std::vector<std::string>& host_of_rank) {
  bounds_ = std::ranges::adjacent_find(host_of_rank, std::ranges::not_equal_to()) != host_of_rank.end();
  if (bounds_) place([&] { return placed_ranks(topology, host_of_rank); });
}

FabricLimits::FabricLimits(const Topology& topology, const std::vector<RankPlace>& place_of_rank) : bounds_(true) {
  place([&] { return placed_on_devices(topology, place_of_rank); });
}

template <typename Place>
void FabricLimits::place(Place placed) {
  try {
    placed_ = placed();
  } catch (const Error& error) {
    unknown_ = error.what();
  }
}

std::optional<Bound> FabricLimits::of(Collective collective, Bytes size) {
  if (!placed_) return std::nullopt;
  const auto [found, is_new] = limits_.try_emplace(collective);
  if (is_new) found->second = limits_of(*placed_, {.collective = collective});
  const CollectiveLimit* binding = binding_at(found->second, size);
  if (binding == nullptr) return std::nullopt;
  return Bound{binding->time(size), binding->cut.name + (binding->rests_on_assumed ? " (assumed rates)" : "")};
}

}  // namespace muster
