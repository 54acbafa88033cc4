// SPDX-License-Identifier: Apache-2.0
// What a training step asks of a machine, each thing once: the shapes of its matrix products and its collectives; and
// which of them a launch of given size can measure. For suites (muster plan --training) and targets (require.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/element_type.hpp"
#include "core/units.hpp"
#include "training/counting/traffic.hpp"
#include "training/machine.hpp"

namespace muster {

/// Which product of a linear layer: y = x W^T, dx = dy W, or dW^T = x^T dy.
enum class ProductPass { forward, input_gradient, weight_gradient };

struct NeededProduct {
  std::size_t place = 0;  ///< in its list
  Precision precision = Precision::bf16;
  std::int64_t m = 0, n = 0, k = 0;
  ProductPass pass = ProductPass::forward;
  bool is_of_layer = true;  ///< false: of the output, which runs once in a micro-batch
  std::string use = {};     ///< "feed-forward input, forward": the first of its uses
};

struct NeededExchange {
  std::size_t place = 0;  ///< in its list
  GroupExchange exchange = {};
  Group group = {};
  bool is_overlapped = false;  ///< the layout hides it behind products
};

struct TrainingNeeds {
  std::vector<NeededProduct> products = {};  ///< of several beside each other (heads, local experts) one
  std::vector<NeededExchange> exchanges = {};
};

/// What a plan calls the format; nullopt for those with a scale per block, which no case has.
std::optional<ElementType> element_type_of(Precision precision);

/// In the order of the step. The layout must suit the model (refusal() is empty); `sixteen` is the 16-bit format.
TrainingNeeds needs_of(const Model& model, const Layout& layout, int gpus_per_node, Precision sixteen);

/// Ranks of a launch, and how many of them share the fast links of a node.
struct RankSpread {
  int ranks = 1;
  int per_node = 1;
};

/// A collective as a launch can measure it: on groups that all of its ranks form at once, and not beyond a size.
struct MeasurableExchange {
  NeededExchange needed = {};
  Group group = {};
  Bytes size = {};  ///< at most what is needed
};

struct Measurable {
  std::vector<NeededProduct> products = {};
  std::vector<MeasurableExchange> exchanges = {};
  std::optional<NeededProduct> beside = {};  ///< the largest product of a layer: what overlapped exchanges run beside
  std::vector<std::string> left_out = {};    ///< one line each: what is not measured, and why
  std::vector<std::string> borrowed = {};    ///< one line each: what is measured on another group or size
};

/// Groups as they are needed where the launch divides into such, else the largest that it divides into: within a node
/// for groups within a node, between nodes for others, as the time model borrows them (timing/corrections.hpp).
/// `largest` bounds the sizes.
Measurable measurable_on(const TrainingNeeds& needs, const RankSpread& launch, Bytes largest);

/// "all_reduce of 16 ranks, 8 per node, 64 MiB".
std::string text_of(const NeededExchange& needed);
/// "4096 x 6144 x 4096 in bf16".
std::string text_of(const NeededProduct& needed);

}  // namespace muster
