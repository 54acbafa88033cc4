// SPDX-License-Identifier: Apache-2.0
// The operators of one layer and of both ends of the model, for one micro-batch on one GPU of a layout: sizes of the
// matrix products, FLOPs and bytes of the rest. Sources of the formulas: docs/training.md "Operators".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "training/layout.hpp"
#include "training/model.hpp"

namespace muster {

/// Which part of the model an operator is; names in part_name().
enum class Part {
  norm,             ///< two per layer, with the residual sums beside them
  attention_input,  ///< queries, keys and values; narrow projections of latent attention too
  rotary,
  attention_core,  ///< fused: one kernel; unfused: scores, mask and softmax, values
  softmax,         ///< of unfused attention
  attention_output,
  feed_forward_input,
  activation,
  feed_forward_output,
  router,
  permutation,  ///< tokens to experts and back, in memory
  expert_input,
  expert_output,
  embedding,
  logits,
  loss,
};
std::string_view part_name(Part part);

enum class Work { product, attention, memory };

/// What one GPU does for one micro-batch in the forward pass; the backward pass follows from `work`: a product is done
/// twice more (for its input and its weights), fused attention 2.5 times, memory by `backward_bytes`.
struct Operator {
  Part part = Part::norm;
  Work work = Work::memory;
  double m = 0, n = 0, k = 0;  ///< product: m rows (tokens), n columns, k summed
  double batch = 1;            ///< equal products beside each other (heads, local experts)
  double flops = 0;            ///< forward, what the hardware does (causal halves only where the kernel skips them)
  double bytes = 0;            ///< forward traffic of memory-bound work
  double backward_bytes = 0;
  int kernels = 1;            ///< launches of the forward pass
  bool reads_weights = true;  ///< product: has a weight gradient (scores and values have none)
};

/// A short list that never touches the heap.
class Operators {
 public:
  void add(const Operator& one);
  const Operator* begin() const { return all_.data(); }
  const Operator* end() const { return all_.data() + size_; }
  std::size_t size() const { return size_; }

 private:
  std::array<Operator, 20> all_ = {};
  std::size_t size_ = 0;
};

/// Whether the pairs of tokens that the causal mask hides count as work.
enum class Masked { counted, left_out };

Operators layer_operators(const Model& model, const Layout& layout, LayerKind kind, Reach reach = Reach::all);
Operators embedding_operators(const Model& model, const Layout& layout);
/// Output projection and loss.
Operators output_operators(const Model& model, const Layout& layout);

/// FLOPs per token and forward of the products of all layers with their weights, without attention's own and without
/// logits.
double layer_product_flops_per_token(const Model& model);

/// FLOPs of the forward pass by the model's mathematics, per token of a sequence of `sequence` tokens, layers and
/// logits. Training takes three times as many. Source: Narayanan et al. 2021, appendix; docs/training.md "FLOPs".
double forward_flops_per_token(const Model& model, int sequence, Masked masked);

}  // namespace muster
