// SPDX-License-Identifier: Apache-2.0
// What a layer keeps, tensor by tensor, after Korthikanti et al. 2022 (section 4), widened to grouped and latent
// attention, gated blocks, experts and 8-bit operands. docs/training.md, "Memory", has the table.
#include "training/counting/layer_memory.hpp"

#include <algorithm>

#include "training/counting/memory.hpp"

namespace muster {
namespace {

constexpr double kFloat32 = 4;
constexpr double kMask = 1;

/// What all tensors of a layer are made of.
struct Rows {
  double all;      ///< tokens of the micro-batch on this context rank
  double split;    ///< of them where sequence parallelism splits
  double element;  ///< bytes of an activation
  double operand;  ///< bytes of an input of a product, as it is kept for the weight's gradient
};

/// 8- and 4-bit operands are kept as they were multiplied, with a scale for each 32 or 16 elements.
double operand_bytes(Precision precision) {
  constexpr std::array<double, kPrecisions> kBytes = {2, 2, 1, 1 + 1.0 / 32, 0.5 + 1.0 / 16, 4};
  return kBytes[static_cast<std::size_t>(precision)];
}

Rows rows_of(const Model& model, const Layout& layout) {
  const double all = static_cast<double>(sequence_of(layout, model)) * layout.micro_batch / layout.context;
  return {.all = all,
          .split = layout.sequence_parallel ? all / layout.tensor : all,
          .element = layout.precision == Precision::fp32 ? 4.0 : 2.0,
          .operand = operand_bytes(layout.precision)};
}

/// GPT-2's and GPT-3's layers drop out; what came after them, without biases, does not.
double mask_bytes(const Model& model) { return model.biases ? kMask : 0; }

/// Per token on one tensor rank: columns of queries, keys and values as attention reads them, and of its output.
struct HeadColumns {
  double input = 0;
  double output = 0;
};

HeadColumns head_columns(const Model& model, double tensor) {
  const double heads = model.heads / tensor;
  if (model.latent) {
    const LatentAttention& latent = *model.latent;
    const double query = latent.plain_size + latent.rotary_size;
    // The narrow projections are whole on every tensor rank.
    const double narrow = latent.query_rank + latent.key_value_rank + latent.rotary_size;
    return {narrow + heads * (2 * query + latent.value_size), heads * latent.value_size};
  }
  const double size = model.head_size;
  return {(heads + 2 * std::max(1.0, model.kv_heads / tensor)) * size, heads * size};
}

/// Between queries and output. Fused: one sum of exponentials per row and head. Unfused: the softmax of all pairs, and
/// where it is dropped out, the mask and the result.
double core_bytes(const Model& model, const Layout& layout, const Rows& rows) {
  const double heads = static_cast<double>(model.heads) / layout.tensor;
  if (layout.attention == AttentionKernel::fused) return kFloat32 * heads * rows.all;
  if (layout.recompute == Recompute::selective) return 0;
  const double pairs = heads * rows.all * sequence_of(layout, model);
  return pairs * (rows.element + (mask_bytes(model) > 0 ? kMask + rows.element : 0));
}

double attention_bytes(const Model& model, const Layout& layout, const Rows& rows) {
  const HeadColumns columns = head_columns(model, layout.tensor);
  const double hidden = model.hidden;
  return rows.split * hidden * (rows.element + rows.operand + mask_bytes(model)) +  // norm, projection, dropout
         rows.all * (rows.element * columns.input + rows.operand * columns.output) + core_bytes(model, layout, rows);
}

/// Columns of a feed-forward block in bytes per token: in front of the activation, and behind it.
double inner_bytes(const Model& model, const Rows& rows, double inner) {
  const double front = model.feed_forward == FeedForward::gated ? 2 : 1;
  return inner * (front * rows.element + rows.operand);
}

double dense_bytes(const Model& model, const Layout& layout, const Rows& rows) {
  const double norm_and_mask = rows.split * model.hidden * (rows.element + rows.operand + mask_bytes(model));
  return norm_and_mask + rows.all * inner_bytes(model, rows, static_cast<double>(model.inner) / layout.tensor);
}

double expert_bytes(const Model& model, const Layout& layout, const Rows& rows) {
  const Experts& experts = *model.experts;
  const double hidden = model.hidden;
  // Balanced routing: as many copies arrive as are sent; each tensor share of an expert sees all of them.
  const double own = layout.sequence_parallel ? rows.split : rows.all / layout.tensor;
  const double arriving = own * experts.top_k * layout.expert_tensor;
  const double routed = rows.operand * hidden + rows.element * hidden +
                        inner_bytes(model, rows, static_cast<double>(experts.inner) / layout.expert_tensor);
  const double shared = rows.all * inner_bytes(model, rows, static_cast<double>(experts.shared_inner) / layout.tensor);
  const double router = rows.split * 2 * kFloat32 * experts.count;  // scores and probabilities
  return rows.split * hidden * (rows.element + rows.operand + mask_bytes(model)) + arriving * routed + shared + router;
}

/// Elements of the widest matrix of a layer on this GPU.
double largest_matrix(const Model& model, const Layout& layout, LayerKind kind) {
  const double into = model.feed_forward == FeedForward::gated ? 2 : 1;
  if (kind == LayerKind::dense) return into * model.inner * model.hidden / layout.tensor;
  const Experts& experts = *model.experts;
  const double local = static_cast<double>(experts.count) / layout.expert / layout.expert_tensor;
  return local * into * experts.inner * model.hidden;
}

double logits(const Model& model, const Layout& layout) {
  return rows_of(model, layout).all * model.vocabulary / layout.tensor;
}

}  // namespace

double kept_bytes(const Model& model, const Layout& layout, LayerKind kind) {
  const Rows rows = rows_of(model, layout);
  if (layout.recompute == Recompute::full) return rows.split * model.hidden * rows.element;
  return attention_bytes(model, layout, rows) +
         (kind == LayerKind::experts ? expert_bytes(model, layout, rows) : dense_bytes(model, layout, rows));
}

double embedding_bytes(const Model& model, const Layout& layout) {
  return rows_of(model, layout).split * model.hidden * mask_bytes(model);
}

double logits_bytes(const Model& model, const Layout& layout) {
  const Rows rows = rows_of(model, layout);
  return rows.split * model.hidden * 2 * rows.element + logits(model, layout) * 2 * rows.element;
}

double loss_bytes(const Model& model, const Layout& layout) {
  // Logits in fp32, their log-softmax and the gradient of that.
  return layout.fused_loss ? 0 : logits(model, layout) * 3 * kFloat32;
}

double backward_bytes(const Model& model, const Layout& layout, LayerKind kind) {
  const Rows rows = rows_of(model, layout);
  constexpr double kRowBuffers = 4;  // input and output of a block, and their gradients
  const double summand = layout.precision == Precision::fp32 ? 0 : kFloat32;
  return kRowBuffers * rows.all * model.hidden * rows.element +
         largest_matrix(model, layout, kind) * (rows.element + summand);
}

}  // namespace muster
