// SPDX-License-Identifier: Apache-2.0
// Counting weights: each matrix once, with its bias and norm. The terms and their sources: docs/training.md,
// "Parameters".
#include "training/model.hpp"

#include "core/error.hpp"
#include "training/model_sizes.hpp"

namespace muster {
namespace {

using Count = std::uint64_t;

Count count(int size) { return static_cast<Count>(size); }

/// A linear layer; its bias has one element per column.
Count matrix(const Model& model, Count rows, Count columns) { return rows * columns + (model.biases ? columns : 0); }

/// A scale per element, and a shift where the model has biases (LayerNorm instead of RMSNorm).
Count norm(const Model& model, Count size) { return model.biases ? 2 * size : size; }

Count latent_attention(const Model& model) {
  const LatentAttention& latent = *model.latent;
  const Count hidden = count(model.hidden);
  const Count heads = count(model.heads);
  const Count queries = heads * count(latent.plain_size + latent.rotary_size);
  const Count query_rank = count(latent.query_rank);
  const Count rank = count(latent.key_value_rank);
  const Count values = heads * count(latent.value_size);
  Count all = query_rank == 0 ? matrix(model, hidden, queries)
                              : matrix(model, hidden, query_rank) + matrix(model, query_rank, queries);
  all += matrix(model, hidden, rank + count(latent.rotary_size));
  all += matrix(model, rank, heads * count(latent.plain_size) + values);
  return all + matrix(model, values, hidden);
}

Count attention(const Model& model) {
  if (model.latent) return latent_attention(model);
  const Count hidden = count(model.hidden);
  const Count queries = count(model.heads) * count(model.head_size);
  const Count keys = count(model.kv_heads) * count(model.head_size);
  return matrix(model, hidden, queries) + 2 * matrix(model, hidden, keys) + matrix(model, queries, hidden);
}

Count feed_forward(const Model& model, int inner) {
  const Count into = model.feed_forward == FeedForward::gated ? 2 : 1;
  return into * matrix(model, count(model.hidden), count(inner)) + matrix(model, count(inner), count(model.hidden));
}

/// In front of attention and of the feed-forward block; latent attention has one behind each narrow projection.
Count layer_norms(const Model& model) {
  const Count narrow = model.latent ? count(model.latent->query_rank) + count(model.latent->key_value_rank) : 0;
  return norm(model, 2 * count(model.hidden) + narrow);
}

/// DeepSeek-V3, section 2.2: each is one more layer behind a projection of two normed vectors; words are shared.
Count prediction(const Model& model, Count layer) {
  const Count hidden = count(model.hidden);
  return count(model.prediction_layers) * (layer + matrix(model, 2 * hidden, hidden) + 3 * norm(model, hidden));
}

template <typename Owner>
void check_ranges(const Owner& owner, std::span<const SizeKey<Owner>> sizes, const std::string& where) {
  for (const SizeKey<Owner>& size : sizes) {
    const int value = owner.*size.member;
    if (value >= size.range.at_least && value <= size.range.at_most) continue;
    throw Error(where + in_quotes(size.key) + " is " + std::to_string(value) + "; it must be between " +
                std::to_string(size.range.at_least) + " and " + std::to_string(size.range.at_most));
  }
}

void check_experts(const Model& model, const std::string& where) {
  const Experts& experts = *model.experts;
  if (experts.top_k > experts.count) {
    throw Error(where + "a token cannot meet " + std::to_string(experts.top_k) + " of " +
                std::to_string(experts.count) + " experts; lower \"top_k\"");
  }
  if (expert_layers(model) == 0) {
    throw Error(where + "none of the " + std::to_string(model.layers) +
                " layers has experts; lower \"leading_dense\" or \"every\", or leave \"experts\" out");
  }
}

}  // namespace

void check(const Model& model) {
  const std::string where = "model " + in_quotes(model.name) + ": ";
  check_ranges(model, model_sizes(), where);
  if (model.heads % model.kv_heads != 0) {
    throw Error(where + std::to_string(model.heads) + " heads cannot share " + std::to_string(model.kv_heads) +
                " key-value heads evenly; \"kv_heads\" must divide \"heads\"");
  }
  if (model.latent) {
    check_ranges(*model.latent, latent_sizes(), where + "latent: ");
    if (model.latent->plain_size + model.latent->rotary_size == 0) {
      throw Error(where + "latent attention has queries of no size; give \"plain_size\" or \"rotary_size\"");
    }
  }
  if (model.experts) {
    check_ranges(*model.experts, expert_sizes(), where + "experts: ");
    check_experts(model, where);
  }
  if (model.inner == 0 && expert_layers(model) < model.layers) {
    throw Error(where + "layers without experts need the size of their feed-forward block; give \"inner\"");
  }
}

bool has_experts(const Model& model, int index) {
  if (!model.experts || index < model.experts->leading_dense) return false;
  return (index - model.experts->leading_dense + 1) % model.experts->every == 0;
}

int expert_layers(const Model& model) {
  if (!model.experts || model.experts->leading_dense > model.layers) return 0;
  return (model.layers - model.experts->leading_dense) / model.experts->every;
}

bool has_window(const Model& model, int index) {
  if (model.window == 0) return false;
  return model.window_every == 1 || (index + 1) % model.window_every != 0;
}

Parameters parameters_of(const Model& model) {
  const Count hidden = count(model.hidden);
  const Count words = count(model.vocabulary) * hidden;
  Parameters all;
  all.attention = attention(model);
  all.norms = layer_norms(model);
  all.dense = feed_forward(model, model.inner);
  all.embedding = words + count(model.positions) * hidden;
  all.output = (model.tied ? 0 : words) + norm(model, hidden);
  Count routed = 0;   // feed-forward of one expert layer
  Count dormant = 0;  // of it, the experts that a token does not meet
  if (model.experts) {
    const Experts& experts = *model.experts;
    all.expert = feed_forward(model, experts.inner);
    all.shared = matrix(model, hidden, count(experts.count));
    if (experts.shared_inner > 0) all.shared += feed_forward(model, experts.shared_inner);
    routed = count(experts.count) * all.expert + all.shared;
    dormant = count(experts.count - experts.top_k) * all.expert;
  }
  all.prediction = prediction(model, all.attention + all.norms + (model.experts ? routed : all.dense));
  const Count with_experts = count(expert_layers(model));
  const Count layers = count(model.layers);
  all.total = layers * (all.attention + all.norms) + (layers - with_experts) * all.dense + with_experts * routed +
              all.embedding + all.output + all.prediction;
  all.active = all.total - (with_experts + count(model.prediction_layers)) * dormant;
  return all;
}

}  // namespace muster
