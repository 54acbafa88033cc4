// SPDX-License-Identifier: Apache-2.0
// Which layouts make sense: each rule is a function that gives a reason, or an empty text where it is content.
#include "training/layout.hpp"

#include <array>

namespace muster {
namespace {

constexpr std::int64_t kMostGpus = std::int64_t{1} << 24;

std::string text(std::int64_t number) { return std::to_string(number); }

std::int64_t ranks_of_stage(const Layout& layout) { return std::int64_t{layout.tensor} * layout.context * layout.data; }

std::string refuse_sizes(const Model&, const Layout& layout) {
  const std::array<int, 9> sizes = {layout.data,           layout.tensor,      layout.pipeline,
                                    layout.virtual_stages, layout.context,     layout.expert,
                                    layout.expert_tensor,  layout.micro_batch, layout.global_batch};
  for (const int size : sizes) {
    if (size < 1) return "a group, a micro-batch or a batch of " + text(size) + " does nothing";
  }
  // Each factor by itself first, so that the product cannot overflow.
  for (const int size : {layout.data, layout.tensor, layout.pipeline, layout.context}) {
    if (size > kMostGpus) return "a group of " + text(size) + " GPUs is more than any machine has";
  }
  std::int64_t gpus = 1;
  for (const int size : {layout.data, layout.tensor, layout.pipeline, layout.context}) {
    gpus *= size;
    if (gpus > kMostGpus) return "more than " + text(kMostGpus) + " GPUs; no machine has them";
  }
  return {};
}

std::string refuse_batch(const Model&, const Layout& layout) {
  const std::int64_t each = std::int64_t{layout.data} * layout.micro_batch;
  if (layout.global_batch % each == 0) return {};
  return "a batch of " + text(layout.global_batch) + " does not divide into micro-batches of " +
         text(layout.micro_batch) + " on " + text(layout.data) + " data-parallel ranks";
}

std::string refuse_stages(const Model& model, const Layout& layout) {
  const std::int64_t stages = std::int64_t{layout.pipeline} * layout.virtual_stages;
  if (layout.pipeline == 1) {
    if (layout.virtual_stages > 1) return "virtual stages need a pipeline of at least 2 stages";
    if (layout.lean_ends) return "lean ends need a pipeline of at least 2 stages";
    return {};
  }
  const std::int64_t parts = model.layers + (layout.lean_ends ? 2 : 0);
  if (parts >= stages) return {};  // what does not divide, the last stages have one more
  std::string why = text(model.layers) + " layers";
  if (layout.lean_ends) why += ", embedding and output";
  why += " do not fill " + text(layout.pipeline) + " stages";
  if (layout.virtual_stages > 1) why += " of " + text(layout.virtual_stages) + " chunks";
  return why;
}

std::string refuse_schedule(const Model&, const Layout& layout) {
  if (layout.virtual_stages == 1) return {};
  if (layout.schedule != PipelineSchedule::one_forward_one_backward) {
    return "virtual stages are interleaved by 1F1B only";
  }
  const int micro_batches = micro_batches_of(layout);
  if (micro_batches % layout.pipeline == 0) return {};
  return text(micro_batches) + " micro-batches do not divide into rounds of " + text(layout.pipeline) +
         " stages, as interleaving needs";
}

std::string refuse_tensor(const Model& model, const Layout& layout) {
  const int tensor = layout.tensor;
  const std::string over = " do not divide over " + text(tensor) + " tensor-parallel ranks";
  if (model.heads % tensor != 0) return text(model.heads) + " heads" + over;
  // Fewer key-value heads than ranks: each is held by several.
  if (!model.latent && model.kv_heads % tensor != 0 && tensor % model.kv_heads != 0) {
    return text(model.kv_heads) + " key-value heads" + over;
  }
  if (model.inner % tensor != 0) return "feed-forward blocks of " + text(model.inner) + over;
  if (model.experts && model.experts->shared_inner % tensor != 0) {
    return "shared experts of " + text(model.experts->shared_inner) + over;
  }
  return {};
}

std::string refuse_sequence(const Model& model, const Layout& layout) {
  const int sequence = sequence_of(layout, model);
  if (sequence < 1) return "a sequence of " + text(sequence) + " tokens; give its length";
  // A causal mask is balanced by giving each rank one part of the front and one of the back.
  const std::int64_t parts = layout.context > 1 ? 2 * std::int64_t{layout.context} : 1;
  if (sequence % parts != 0) {
    return text(sequence) + " tokens do not divide into two parts for each of " + text(layout.context) +
           " context-parallel ranks";
  }
  if (layout.sequence_parallel && sequence / layout.context % layout.tensor != 0) {
    return text(sequence / layout.context) + " tokens do not divide over " + text(layout.tensor) +
           " ranks, as sequence parallelism needs";
  }
  return {};
}

std::string refuse_experts(const Model& model, const Layout& layout) {
  const std::int64_t group = std::int64_t{layout.expert} * layout.expert_tensor;
  if (!model.experts) return group == 1 ? "" : "the model has no experts to spread over " + text(group) + " ranks";
  if (model.experts->count % layout.expert != 0) {
    return text(model.experts->count) + " experts do not divide over " + text(layout.expert) + " ranks";
  }
  if (model.experts->inner % layout.expert_tensor != 0) {
    return "experts of " + text(model.experts->inner) + " do not divide over " + text(layout.expert_tensor) + " ranks";
  }
  if (ranks_of_stage(layout) % group == 0) return {};
  return "expert groups of " + text(group) + " ranks do not divide the " + text(ranks_of_stage(layout)) +
         " GPUs of a stage";
}

std::string refuse_sharding(const Model&, const Layout& layout) {
  if (layout.shard_group == 0) return {};
  if (layout.sharding != Sharding::parameters) return "a shard group needs sharded parameters";
  const std::int64_t ranks = std::int64_t{layout.data} * layout.context;
  if (layout.shard_group > 0 && ranks % layout.shard_group == 0) return {};
  return "shard groups of " + text(layout.shard_group) + " do not divide " + text(ranks) + " data-parallel ranks";
}

// In this order: later ones divide by what earlier ones found positive.
constexpr auto kRules = std::to_array<std::string (*)(const Model&, const Layout&)>(
    {refuse_sizes, refuse_batch, refuse_stages, refuse_schedule, refuse_tensor, refuse_sequence, refuse_experts,
     refuse_sharding});

}  // namespace

std::int64_t gpus_of(const Layout& layout) { return ranks_of_stage(layout) * layout.pipeline; }

int micro_batches_of(const Layout& layout) {
  return static_cast<int>(layout.global_batch / (std::int64_t{layout.data} * layout.micro_batch));
}

int sequence_of(const Layout& layout, const Model& model) {
  return layout.sequence > 0 ? layout.sequence : model.sequence;
}

std::string refusal(const Model& model, const Layout& layout) {
  for (const auto rule : kRules) {
    if (std::string why = rule(model, layout); !why.empty()) return why;
  }
  return {};
}

}  // namespace muster
