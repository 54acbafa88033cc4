// SPDX-License-Identifier: Apache-2.0
// The states of weights, and the pipeline's micro-batches in flight; what one layer keeps is in layer_memory.cpp.
#include "training/counting/memory.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "training/counting/layer_memory.hpp"
#include "training/counting/traffic.hpp"

namespace muster {
namespace {

constexpr double kFloat32 = 4;
constexpr double kHalf = 2;
constexpr double kMoments = 2 * kFloat32;  ///< Adam's, per weight

struct Shares {
  double dense = 1, experts = 1;  ///< ranks that a state is divided over
};

Shares shares_of(const Layout& layout, Sharding from) {
  if (layout.sharding < from) return {};
  constexpr int kAnyNode = 1;  // the number of ranks does not depend on nodes
  return {.dense = static_cast<double>(group_of(layout, ParallelAxis::data, kAnyNode).ranks),
          .experts = static_cast<double>(group_of(layout, ParallelAxis::expert_data, kAnyNode).ranks)};
}

double held(const LocalWeights& weights, const Shares& shares) {
  return weights.dense / shares.dense + weights.experts / shares.experts;
}

/// Weights in 16 bits have an fp32 master beside Adam's moments. FSDP holds the master alone and gathers it in 16 bits.
void add_states(MemoryUse& use, const LocalWeights& weights, const Layout& layout) {
  const bool masters_only = layout.sharding == Sharding::parameters || layout.precision == Precision::fp32;
  use.weights = held(weights, shares_of(layout, Sharding::parameters)) * (masters_only ? kFloat32 : kHalf);
  use.gradients = held(weights, shares_of(layout, Sharding::gradients)) * layout.gradient_bytes;
  use.optimizer = held(weights, shares_of(layout, Sharding::optimizer)) * (kMoments + (masters_only ? 0 : kFloat32));
}

/// FSDP: this layer and the next one gathered, this one's gradients before they are scattered, and the words of both
/// ends, which PyTorch gathers together and keeps.
double gathered_bytes(const Model& model, const Layout& layout, LayerKind kind) {
  if (layout.sharding != Sharding::parameters) return 0;
  constexpr double kLayers = 3;
  double bytes = 0;
  for (const GroupExchange& each : layer_exchanges(model, layout, kind)) {
    const bool weights = each.axis == ParallelAxis::data || each.axis == ParallelAxis::expert_data;
    if (weights && each.collective == Collective::all_gather) bytes += kLayers * each.bytes;
  }
  const double words = static_cast<double>(model.vocabulary) * model.hidden / layout.tensor;
  return bytes + words * kHalf * (model.tied ? 1 : 2);
}

/// What stands beside the kept activations while one layer's backward pass runs.
double layer_working(const Model& model, const Layout& layout, LayerKind kind) {
  double bytes = backward_bytes(model, layout, kind) + gathered_bytes(model, layout, kind);
  if (layout.recompute == Recompute::full) {
    Layout kept = layout;
    kept.recompute = Recompute::none;
    bytes += kept_bytes(model, kept, kind);
  }
  return bytes;
}

double working_bytes(const Model& model, const Layout& layout) {
  constexpr double kBuffers = 2;  // what is received in each direction; what is sent is freed
  double bytes = 0;
  if (expert_layers(model) < model.layers) bytes = layer_working(model, layout, LayerKind::dense);
  if (model.experts) bytes = std::max(bytes, layer_working(model, layout, LayerKind::experts));
  return bytes + (layout.pipeline > 1 ? kBuffers * boundary_bytes(model, layout) : 0);
}

double kept_by_chunks(const Model& model, const Layout& layout, int rank) {
  const double dense = kept_bytes(model, layout, LayerKind::dense);
  const double routed = model.experts ? kept_bytes(model, layout, LayerKind::experts) : 0;
  double bytes = 0;
  for (int chunk = 0; chunk < layout.virtual_stages; ++chunk) {
    const StageLayers layers = stage_layers(model, layout, chunk * layout.pipeline + rank);
    bytes += (layers.all - layers.with_experts) * dense + layers.with_experts * routed;
  }
  return bytes;
}

std::string gigabytes(double bytes) {
  constexpr double kGiga = 1e9;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GB", bytes / kGiga);
  return text.data();
}

}  // namespace

double total_of(const MemoryUse& use) {
  return use.weights + use.gradients + use.optimizer + use.activations + use.logits + use.working;
}

double chunks_in_flight(const Layout& layout, int rank) {
  const double stages = layout.pipeline;
  const double chunks = layout.virtual_stages;
  const double all = static_cast<double>(micro_batches_of(layout)) * chunks;
  switch (layout.schedule) {
    case PipelineSchedule::gpipe:
      return all;
    case PipelineSchedule::zero_bubble:
      return std::min(all, stages);
    case PipelineSchedule::one_forward_one_backward:
      break;
  }
  const double below = stages - 1 - rank;  // stages behind this one
  return std::min(all, chunks == 1 ? below + 1 : 2 * below + (chunks - 1) * stages + 1);
}

MemoryUse memory_use(const Model& model, const Layout& layout, int pipeline_rank) {
  MemoryUse use;
  add_states(use, local_weights(model, layout, pipeline_rank), layout);
  const double in_flight = chunks_in_flight(layout, pipeline_rank);
  use.activations = kept_by_chunks(model, layout, pipeline_rank) * in_flight / layout.virtual_stages;
  if (pipeline_rank == 0) use.activations += embedding_bytes(model, layout) * in_flight / layout.virtual_stages;
  use.working = working_bytes(model, layout);
  if (pipeline_rank == layout.pipeline - 1) {
    use.logits = logits_bytes(model, layout);
    use.working = std::max(use.working, loss_bytes(model, layout));
  }
  return use;
}

PeakMemory peak_memory(const Model& model, const Layout& layout) {
  PeakMemory peak;
  for (int rank = 0; rank < layout.pipeline; ++rank) {
    const MemoryUse use = memory_use(model, layout, rank);
    if (rank == 0 || total_of(use) > total_of(peak.use)) peak = {rank, use};
  }
  return peak;
}

std::string memory_refusal(const Model& model, const Layout& layout, const Accelerator& accelerator) {
  const auto [rank, use] = peak_memory(model, layout);
  const double there = static_cast<double>(accelerator.memory.value);
  if (total_of(use) <= there) return {};
  return "pipeline rank " + std::to_string(rank) + " needs " + gigabytes(total_of(use)) + " of " + gigabytes(there) +
         ": weights, gradients and optimizer " + gigabytes(use.weights + use.gradients + use.optimizer) +
         ", activations " + gigabytes(use.activations) + ", logits " + gigabytes(use.logits) + ", working space " +
         gigabytes(use.working);
}

}  // namespace muster
