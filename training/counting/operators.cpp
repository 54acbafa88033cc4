// SPDX-License-Identifier: Apache-2.0
#include "training/counting/operators.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr double kElement = 2;  ///< bytes of an activation: bf16 or fp16 whatever the products' format
constexpr double kFloat32 = 4;

/// The sizes that every operator of a layer needs, on one GPU.
struct Share {
  double tokens;        ///< of the micro-batch on this context rank
  double split_tokens;  ///< of them between two tensor-parallel blocks: split where sequence parallel
  double sequence;      ///< whole
  double batch;
  double hidden;
  double heads, kv_heads;  ///< on this tensor rank
  double head_size;
  double tensor;
};

Share share_of(const Model& model, const Layout& layout) {
  const double sequence = sequence_of(layout, model);
  const double tokens = sequence * layout.micro_batch / layout.context;
  const double tensor = layout.tensor;
  return {.tokens = tokens,
          .split_tokens = layout.sequence_parallel ? tokens / tensor : tokens,
          .sequence = sequence,
          .batch = static_cast<double>(layout.micro_batch),
          .hidden = static_cast<double>(model.hidden),
          .heads = model.heads / tensor,
          .kv_heads = std::max(1.0, model.kv_heads / tensor),
          .head_size = static_cast<double>(model.head_size),
          .tensor = tensor};
}

Operator product(Part part, double m, double n, double k, double batch = 1) {
  return {.part = part, .work = Work::product, .m = m, .n = n, .k = k, .batch = batch, .flops = 2 * m * n * k * batch};
}

/// `reads` and `writes` count passes over `elements` in the forward pass; the backward pass reads the incoming
/// gradient too.
Operator passes(Part part, double elements, double forward, double backward, int kernels, double size = kElement) {
  return {.part = part,
          .work = Work::memory,
          .bytes = forward * elements * size,
          .backward_bytes = backward * elements * size,
          .kernels = kernels,
          .reads_weights = false};
}

/// A norm reads and writes its rows, and so does the residual sum in front of it (fused: two reads, two writes).
Operator norm(const Share& share) { return passes(Part::norm, share.split_tokens * share.hidden, 4, 6, 2); }

void add_latent_input(Operators& all, const Model& model, const Share& share) {
  const LatentAttention& latent = *model.latent;
  const double per_query = latent.plain_size + latent.rotary_size;
  if (latent.query_rank > 0) {
    all.add(product(Part::attention_input, share.tokens, latent.query_rank, share.hidden));
    all.add(product(Part::attention_input, share.tokens, share.heads * per_query, latent.query_rank));
  } else {
    all.add(product(Part::attention_input, share.tokens, share.heads * per_query, share.hidden));
  }
  all.add(product(Part::attention_input, share.tokens, latent.key_value_rank + latent.rotary_size, share.hidden));
  all.add(product(Part::attention_input, share.tokens, share.heads * (latent.plain_size + latent.value_size),
                  latent.key_value_rank));
}

struct HeadSizes {
  double query, value;
};

HeadSizes head_sizes(const Model& model) {
  if (model.latent) {
    return {static_cast<double>(model.latent->plain_size + model.latent->rotary_size),
            static_cast<double>(model.latent->value_size)};
  }
  return {static_cast<double>(model.head_size), static_cast<double>(model.head_size)};
}

/// Tokens that one query meets on average, when a kernel skips what is masked.
double seen_tokens(double sequence, double window) {
  if (window > 0 && window < sequence) return window * (1 - window / (2 * sequence));
  return sequence / 2;
}

void add_fused_attention(Operators& all, const Model& model, const Share& share, Reach reach) {
  const HeadSizes sizes = head_sizes(model);
  const double seen = seen_tokens(share.sequence, reach == Reach::window ? model.window : 0);
  all.add({.part = Part::attention_core,
           .work = Work::attention,
           .m = share.sequence,
           .n = share.heads,
           .k = sizes.query,
           .batch = share.batch,
           .flops = 2 * share.tokens * seen * share.heads * (sizes.query + sizes.value),
           .reads_weights = false});
}

/// Scores and values as batched products over all pairs; between them the mask, the softmax and the dropout pass over
/// the scores. Megatron's fused softmax reads and writes once; dropout reads, writes and keeps a mask of one byte.
void add_unfused_attention(Operators& all, const Model& model, const Share& share) {
  const HeadSizes sizes = head_sizes(model);
  const double rows = share.tokens / share.batch;
  const double pairs = share.batch * share.heads;
  Operator scores = product(Part::attention_core, rows, share.sequence, sizes.query, pairs);
  Operator values = product(Part::attention_core, rows, sizes.value, share.sequence, pairs);
  scores.reads_weights = values.reads_weights = true;  // both inputs are activations and both need a gradient
  all.add(scores);
  all.add(passes(Part::softmax, pairs * rows * share.sequence, 4.5, 5.5, 2));
  all.add(values);
}

void add_attention(Operators& all, const Model& model, const Layout& layout, const Share& share, Reach reach) {
  const HeadSizes sizes = head_sizes(model);
  all.add(norm(share));
  if (model.latent) {
    add_latent_input(all, model, share);
  } else {
    const double columns = (share.heads + 2 * share.kv_heads) * share.head_size;
    all.add(product(Part::attention_input, share.tokens, columns, share.hidden));
  }
  const double rotated = share.tokens * (share.heads + share.kv_heads) * sizes.query;
  all.add(passes(Part::rotary, rotated, model.positions > 0 ? 1 : 2, model.positions > 0 ? 1 : 2, 2));
  if (layout.attention == AttentionKernel::fused) {
    add_fused_attention(all, model, share, reach);
  } else {
    add_unfused_attention(all, model, share);
  }
  all.add(product(Part::attention_output, share.tokens, share.hidden, share.heads * sizes.value));
}

/// A plain activation reads and writes `inner`; a gated one reads two halves.
Operator activation(const Model& model, double tokens, double inner) {
  const bool gated = model.feed_forward == FeedForward::gated;
  return passes(Part::activation, tokens * inner, gated ? 3 : 2, gated ? 5 : 3, 1);
}

double input_columns(const Model& model, double inner) {
  return model.feed_forward == FeedForward::gated ? 2 * inner : inner;
}

void add_dense(Operators& all, const Model& model, const Share& share, double inner) {
  const double local = inner / share.tensor;
  all.add(product(Part::feed_forward_input, share.tokens, input_columns(model, local), share.hidden));
  all.add(activation(model, share.tokens, local));
  all.add(product(Part::feed_forward_output, share.tokens, share.hidden, local));
}

void add_experts(Operators& all, const Model& model, const Layout& layout, const Share& share) {
  const Experts& experts = *model.experts;
  const double own = share.split_tokens;  // routed from this GPU
  const double copies = own * experts.top_k;
  const double local = std::max(1.0, static_cast<double>(experts.count) / layout.expert);
  const double inner = static_cast<double>(experts.inner) / layout.expert_tensor;
  // Balanced routing: each GPU of the expert group gets as many copies as it sends, for each tensor share of an expert.
  const double arriving = copies * layout.expert_tensor * (layout.sequence_parallel ? 1 : 1 / share.tensor);
  all.add(product(Part::router, own, experts.count, share.hidden));
  all.add(passes(Part::permutation, copies * share.hidden, 6, 6, 6));
  all.add(product(Part::expert_input, arriving / local, input_columns(model, inner), share.hidden, local));
  all.add(activation(model, arriving, inner));
  all.add(product(Part::expert_output, arriving / local, share.hidden, inner, local));
  if (experts.shared_inner > 0) add_dense(all, model, share, experts.shared_inner);
}

}  // namespace

std::string_view part_name(Part part) {
  constexpr std::array<std::string_view, 16> kNames = {"norm",
                                                       "attention input",
                                                       "rotary",
                                                       "attention core",
                                                       "softmax",
                                                       "attention output",
                                                       "feed-forward input",
                                                       "activation",
                                                       "feed-forward output",
                                                       "router",
                                                       "permutation",
                                                       "expert input",
                                                       "expert output",
                                                       "embedding",
                                                       "logits",
                                                       "loss"};
  return kNames.at(static_cast<std::size_t>(part));
}

void Operators::add(const Operator& one) {
  MUSTER_ASSERT(size_ < all_.size());
  all_[size_++] = one;
}

Operators layer_operators(const Model& model, const Layout& layout, LayerKind kind, Reach reach) {
  const Share share = share_of(model, layout);
  Operators all;
  add_attention(all, model, layout, share, reach);
  all.add(norm(share));
  if (kind == LayerKind::experts) {
    add_experts(all, model, layout, share);
  } else {
    add_dense(all, model, share, model.inner);
  }
  return all;
}

Operators embedding_operators(const Model& model, const Layout& layout) {
  const Share share = share_of(model, layout);
  Operators all;
  all.add(passes(Part::embedding, share.split_tokens * share.hidden, model.positions > 0 ? 4 : 2, 4, 3));
  return all;
}

Operators output_operators(const Model& model, const Layout& layout) {
  const Share share = share_of(model, layout);
  const double columns = model.vocabulary / share.tensor;
  Operators all;
  all.add(norm(share));
  all.add(product(Part::logits, share.tokens, columns, share.hidden));
  // Logits become fp32, their maximum is subtracted, exponentials are summed, and the gradient is written back.
  all.add(passes(Part::loss, share.tokens * columns, 5, 2, 6, kFloat32));
  return all;
}

double layer_product_flops_per_token(const Model& model) {
  Layout whole;
  whole.sequence = model.sequence;
  const auto of_layer = [&](LayerKind kind) {
    double flops = 0;
    for (const Operator& one : layer_operators(model, whole, kind)) flops += one.work == Work::product ? one.flops : 0;
    return flops / model.sequence;
  };
  const int routed = expert_layers(model);
  const double experts = routed > 0 ? routed * of_layer(LayerKind::experts) : 0;
  const double dense = routed < model.layers ? (model.layers - routed) * of_layer(LayerKind::dense) : 0;
  return dense + experts;
}

double forward_flops_per_token(const Model& model, int sequence, Masked masked) {
  Layout whole;
  whole.sequence = sequence;
  whole.attention = AttentionKernel::fused;
  const double factor = masked == Masked::counted ? 2 : 1;
  double flops = 0;
  for (int layer = 0; layer < model.layers; ++layer) {
    const LayerKind kind = has_experts(model, layer) ? LayerKind::experts : LayerKind::dense;
    for (const Operator& one :
         layer_operators(model, whole, kind, has_window(model, layer) ? Reach::window : Reach::all)) {
      flops += one.flops * (one.work == Work::attention ? factor : 1);
    }
  }
  for (const Operator& one : output_operators(model, whole)) flops += one.flops;
  return flops / sequence;
}

}  // namespace muster
