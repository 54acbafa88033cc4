// SPDX-License-Identifier: Apache-2.0
// Every collective of a training step: which group of ranks, how many bytes, how often. Ranks are numbered with the
// tensor group innermost, then context, data and pipeline, as Megatron does. Sources: docs/training.md "Traffic".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/collective.hpp"
#include "training/layout.hpp"
#include "training/model.hpp"

namespace muster {

enum class ParallelAxis { tensor, context, pipeline, data, expert, expert_data, embedding };
inline constexpr int kAxes = 7;
std::string_view name_of(ParallelAxis axis);

/// The ranks of one collective: `per_node` of them share a node, and neighbours in the group are `stride` ranks apart.
struct Group {
  int ranks = 1;
  int per_node = 1;
  int stride = 1;
};
Group group_of(const Layout& layout, ParallelAxis axis, int gpus_per_node);

/// One kind of collective. `bytes` is nccl-tests' size: the whole buffer, of which one rank of all_gather and
/// reduce_scatter holds a share. Counts are per micro-batch and layer, or per step (see where it is listed).
struct GroupExchange {
  ParallelAxis axis = ParallelAxis::tensor;
  Collective collective = Collective::all_reduce;
  double bytes = 0;
  double forward = 0;
  double backward = 0;  ///< without those that recomputing repeats
  double copies = 1;    ///< expert group: copies of a token in `bytes`
};

class Exchanges {
 public:
  void add(const GroupExchange& one);
  const GroupExchange* begin() const { return all_.data(); }
  const GroupExchange* end() const { return all_.data() + size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<GroupExchange, 12> all_ = {};
  std::size_t size_ = 0;
};

/// Nodes, of `nodes`, that have one of `top_k` experts drawn at random: what once_per_node sends instead of top_k
/// copies.
double nodes_met(double nodes, double top_k);

/// Per layer and micro-batch: tensor, context and expert groups; with Sharding::parameters those of the weights too.
Exchanges layer_exchanges(const Model& model, const Layout& layout, LayerKind kind);

/// Bytes of one micro-batch that a stage sends to the next (and gets a gradient for).
double boundary_bytes(const Model& model, const Layout& layout);

/// Weights that one GPU of the given pipeline stage works on, before any sharding over data ranks.
struct LocalWeights {
  double dense = 0;    ///< shared by the data x context ranks
  double experts = 0;  ///< shared by the expert_data ranks
};
LocalWeights local_weights(const Model& model, const Layout& layout, int pipeline_rank);

/// Layers of a pipeline rank that route to experts, and all its layers.
struct StageLayers {
  int all = 0;
  int with_experts = 0;
  int windowed = 0;
};
/// Of one model chunk; stage = chunk * pipeline + rank.
StageLayers stage_layers(const Model& model, const Layout& layout, int stage);

/// Once per step, of the pipeline rank given: gradients, parameters (where the optimizer is sharded), tied embeddings.
Exchanges step_exchanges(const Model& model, const Layout& layout, int pipeline_rank);

}  // namespace muster
