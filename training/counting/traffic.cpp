// SPDX-License-Identifier: Apache-2.0
#include "training/counting/traffic.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace muster {
namespace {

constexpr double kActivation = 2;  ///< bytes of an activation or a gathered weight on the wire: bf16 or fp16

double micro_batch_tokens(const Model& model, const Layout& layout) {
  return static_cast<double>(sequence_of(layout, model)) * layout.micro_batch / layout.context;
}

/// Before attention and before the feed-forward block the tensor ranks need all of the rows, after each they sum.
void add_tensor(Exchanges& all, const Model& model, const Layout& layout, LayerKind kind) {
  if (layout.tensor == 1) return;
  const double bytes = micro_batch_tokens(model, layout) * model.hidden * kActivation;
  // Routed experts take the rows as sequence parallelism has split them: only shared experts need the tensor group.
  const bool routed = kind == LayerKind::experts && layout.sequence_parallel && model.experts->shared_inner == 0;
  const double blocks = routed ? 1 : 2;
  if (!layout.sequence_parallel) {
    all.add({ParallelAxis::tensor, Collective::all_reduce, bytes, blocks, blocks});
    return;
  }
  all.add({ParallelAxis::tensor, Collective::all_gather, bytes, blocks, 2 * blocks});
  all.add({ParallelAxis::tensor, Collective::reduce_scatter, bytes, blocks, blocks});
}

/// Ring attention: each rank's keys and values visit all others; the backward pass moves their gradients too.
void add_context(Exchanges& all, const Model& model, const Layout& layout) {
  if (layout.context == 1) return;
  const double heads = std::max(1.0, static_cast<double>(model.kv_heads) / layout.tensor);
  const double width = model.latent ? model.latent->plain_size + model.latent->rotary_size + model.latent->value_size
                                    : 2.0 * model.head_size;
  const double columns = model.latent ? width * model.heads / layout.tensor : width * heads;
  const double bytes = micro_batch_tokens(model, layout) * columns * kActivation;
  const double hops = layout.context - 1;
  all.add({ParallelAxis::context, Collective::send_recv, bytes, hops, 2 * hops});
}

void add_expert(Exchanges& all, const Model& model, const Layout& layout) {
  if (layout.expert == 1) return;
  const double split = layout.sequence_parallel ? layout.tensor : 1;
  const double copies = micro_batch_tokens(model, layout) / split * model.experts->top_k;
  const double counted = layout.dispatch == Dispatch::once_per_node ? model.experts->top_k : 1;
  all.add({ParallelAxis::expert, Collective::all_to_all, copies * model.hidden * kActivation, 2, 2, counted});
}

struct LayerWeights {
  double dense, experts;
};

LayerWeights layer_weights(const Model& model, const Layout& layout, LayerKind kind) {
  const Parameters counted = parameters_of(model);
  const double tensor = layout.tensor;
  const double attention = static_cast<double>(counted.attention) / tensor + static_cast<double>(counted.norms);
  if (kind == LayerKind::dense) return {attention + static_cast<double>(counted.dense) / tensor, 0};
  const double shared = static_cast<double>(counted.shared) / tensor;
  const double local = static_cast<double>(model.experts->count) / layout.expert / layout.expert_tensor;
  return {attention + shared, local * static_cast<double>(counted.expert)};
}

/// FSDP gathers a layer's weights for its forward and its backward pass and scatters its gradients.
void add_weights(Exchanges& all, const Model& model, const Layout& layout, LayerKind kind) {
  if (layout.sharding != Sharding::parameters) return;
  const LayerWeights weights = layer_weights(model, layout, kind);
  all.add({ParallelAxis::data, Collective::all_gather, weights.dense * kActivation, 1, 1});
  all.add({ParallelAxis::data, Collective::reduce_scatter, weights.dense * layout.gradient_bytes, 0, 1});
  if (weights.experts == 0) return;
  all.add({ParallelAxis::expert_data, Collective::all_gather, weights.experts * kActivation, 1, 1});
  all.add({ParallelAxis::expert_data, Collective::reduce_scatter, weights.experts * layout.gradient_bytes, 0, 1});
}

int shard_ranks(const Layout& layout) {
  const int all = layout.data * layout.context;
  return layout.shard_group > 0 ? std::min(layout.shard_group, all) : all;
}

}  // namespace

std::string_view name_of(ParallelAxis axis) {
  constexpr std::array<std::string_view, kAxes> kNames = {"tensor", "context",     "pipeline", "data",
                                                          "expert", "expert data", "embedding"};
  return kNames.at(static_cast<std::size_t>(axis));
}

void Exchanges::add(const GroupExchange& one) {
  MUSTER_ASSERT(size_ < all_.size());
  all_[size_++] = one;
}

Group group_of(const Layout& layout, ParallelAxis axis, int gpus_per_node) {
  const int per_stage = layout.tensor * layout.context * layout.data;
  int ranks = 1;
  int stride = 1;
  switch (axis) {
    case ParallelAxis::tensor:
      ranks = layout.tensor;
      break;
    case ParallelAxis::context:
      ranks = layout.context, stride = layout.tensor;
      break;
    case ParallelAxis::data:
      ranks = shard_ranks(layout), stride = layout.tensor;
      break;
    case ParallelAxis::expert:
      ranks = layout.expert, stride = layout.expert_tensor;
      break;
    case ParallelAxis::expert_data:
      stride = layout.expert * layout.expert_tensor, ranks = std::max(1, per_stage / stride);
      break;
    case ParallelAxis::pipeline:
      ranks = layout.pipeline, stride = per_stage;
      break;
    case ParallelAxis::embedding:
      ranks = std::min(2, layout.pipeline), stride = per_stage * (layout.pipeline - 1);
      break;
  }
  const int per_node = std::clamp(gpus_per_node / std::max(1, stride), 1, ranks);
  return {.ranks = ranks, .per_node = per_node, .stride = stride};
}

double nodes_met(double nodes, double top_k) { return nodes * (1 - std::pow(1 - 1 / nodes, top_k)); }

Exchanges layer_exchanges(const Model& model, const Layout& layout, LayerKind kind) {
  Exchanges all;
  add_tensor(all, model, layout, kind);
  add_context(all, model, layout);
  if (kind == LayerKind::experts) add_expert(all, model, layout);
  add_weights(all, model, layout, kind);
  return all;
}

double boundary_bytes(const Model& model, const Layout& layout) {
  return micro_batch_tokens(model, layout) / layout.tensor * model.hidden * kActivation;
}

StageLayers stage_layers(const Model& model, const Layout& layout, int stage) {
  const int stages = layout.pipeline * layout.virtual_stages;
  const int ends = layout.lean_ends && stages > 1 ? 1 : 0;
  const auto first_of = [&](int index) {
    return static_cast<int>(std::int64_t{model.layers + 2 * ends} * index / stages);
  };
  const int begin = std::max(0, first_of(stage) - ends);
  const int end = std::min(model.layers, first_of(stage + 1) - ends);
  StageLayers layers;
  for (int layer = begin; layer < end; ++layer) {
    ++layers.all;
    layers.with_experts += has_experts(model, layer) ? 1 : 0;
    layers.windowed += has_window(model, layer) ? 1 : 0;
  }
  return layers;
}

LocalWeights local_weights(const Model& model, const Layout& layout, int pipeline_rank) {
  const LayerWeights plain = layer_weights(model, layout, LayerKind::dense);
  const LayerWeights routed = model.experts ? layer_weights(model, layout, LayerKind::experts) : LayerWeights{0, 0};
  LocalWeights local;
  for (int chunk = 0; chunk < layout.virtual_stages; ++chunk) {
    const StageLayers layers = stage_layers(model, layout, chunk * layout.pipeline + pipeline_rank);
    local.dense += (layers.all - layers.with_experts) * plain.dense + layers.with_experts * routed.dense;
    local.experts += layers.with_experts * routed.experts;
  }
  const double words = static_cast<double>(model.vocabulary) * model.hidden / layout.tensor;
  const bool first = pipeline_rank == 0;
  const bool last = pipeline_rank == layout.pipeline - 1;
  if (first) local.dense += words + static_cast<double>(model.positions) * model.hidden;
  if (last && !(first && model.tied)) local.dense += words;
  return local;
}

Exchanges step_exchanges(const Model& model, const Layout& layout, int pipeline_rank) {
  Exchanges all;
  const LocalWeights local = local_weights(model, layout, pipeline_rank);
  const bool whole = layout.sharding == Sharding::none;
  const auto add = [&](ParallelAxis axis, double weights) {
    if (weights == 0) return;
    if (whole) {
      all.add({axis, Collective::all_reduce, weights * layout.gradient_bytes, 0, 1});
    } else {
      all.add({axis, Collective::reduce_scatter, weights * layout.gradient_bytes, 0, 1});
      all.add({axis, Collective::all_gather, weights * kActivation, 1, 0});
    }
  };
  if (layout.sharding != Sharding::parameters) {
    add(ParallelAxis::data, local.dense);
    add(ParallelAxis::expert_data, local.experts);
  }
  const bool end = pipeline_rank == 0 || pipeline_rank == layout.pipeline - 1;
  if (model.tied && layout.pipeline > 1 && end) {
    const double words = static_cast<double>(model.vocabulary) * model.hidden / layout.tensor;
    all.add({ParallelAxis::embedding, Collective::all_reduce, words * layout.gradient_bytes, 0, 1});
  }
  return all;
}

}  // namespace muster
