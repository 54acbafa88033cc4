// SPDX-License-Identifier: Apache-2.0
// Every whole number of a model description by key, with its range: check() and both directions of JSON go through
// these tables. The ranges together keep every count of parameters below 2^63.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/fields.hpp"
#include "training/model.hpp"

namespace muster {

template <typename Owner>
struct SizeKey {
  std::string_view key;
  int Owner::*member;
  Range<int> range;
  std::optional<int> unsaid;  ///< value where the key is missing; empty: it must be there
};

std::span<const SizeKey<Model>> model_sizes();
std::span<const SizeKey<LatentAttention>> latent_sizes();
std::span<const SizeKey<Experts>> expert_sizes();

}  // namespace muster
