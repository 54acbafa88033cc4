// SPDX-License-Identifier: Apache-2.0
// How a model is spread over GPUs and trained: the sizes of the groups, what is sharded, recomputed and overlapped.
// JSON: muster/layout/1 (layout_json.cpp). Whether it fits a model and a number of GPUs: refusal() here; whether it
// fits the memory: counting/memory.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "core/element_type.hpp"
#include "training/model.hpp"

namespace muster {

enum class Recompute {
  none,
  selective,  ///< the attention's core only (Korthikanti et al. 2022); nothing where attention is fused
  full,       ///< each layer's forward pass again
};

enum class PipelineSchedule {
  one_forward_one_backward,  ///< interleaved where virtual_stages > 1 (Narayanan et al. 2021)
  zero_bubble,               ///< weight gradients fill the bubble (Qi et al. 2023, ZB-H1)
  gpipe,                     ///< all forward passes, then all backward passes
};

/// What the data-parallel ranks do not all hold.
enum class Sharding {
  none,
  optimizer,   ///< ZeRO-1
  gradients,   ///< ZeRO-2
  parameters,  ///< ZeRO-3, FSDP; over `shard_group` ranks (HSDP where that is fewer than the data ranks)
};

enum class AttentionKernel {
  fused,    ///< FlashAttention and its like: scores never reach memory
  unfused,  ///< scores are written, masked, normalised and read again
};

/// How tokens reach their experts.
enum class Dispatch {
  all_to_all,     ///< one copy for each expert
  once_per_node,  ///< one copy for each node that has an expert for the token; copied on there (DeepEP, HybridEP)
};

/// The number formats of the matrix products.
enum class Precision { bf16, fp16, fp8, mxfp8, nvfp4, fp32 };

/// What runs beside computation instead of before or after it.
struct Overlap {
  bool gradients = true;   ///< reduction of gradients beside the last backward pass
  bool parameters = true;  ///< gathering of parameters beside the forward pass
  bool tensor = false;     ///< tensor-parallel transfers beside the products they belong to
  bool pipeline = true;    ///< sends between stages (only where virtual_stages > 1)
  bool context = true;     ///< exchange of keys and values beside attention
  bool experts = false;    ///< dispatch and combine beside other work
};

struct Layout {
  std::string name = {};
  int data = 1;
  int tensor = 1;
  bool sequence_parallel = false;  ///< norms and residuals are split over the tensor ranks too
  int pipeline = 1;
  int virtual_stages = 1;  ///< model chunks per rank
  PipelineSchedule schedule = PipelineSchedule::one_forward_one_backward;
  bool lean_ends = false;  ///< first and last stage hold one layer less each (embedding and output count as layers)
  int context = 1;
  int expert = 1;         ///< ranks that share a layer's experts; they are taken from data x context x tensor
  int expert_tensor = 1;  ///< tensor split of one expert
  Dispatch dispatch = Dispatch::once_per_node;
  Sharding sharding = Sharding::none;
  int shard_group = 0;   ///< ranks over which parameters are sharded; 0: all data ranks
  int micro_batch = 1;   ///< sequences
  int global_batch = 1;  ///< sequences per step
  int sequence = 0;      ///< tokens; 0: the model's
  Recompute recompute = Recompute::none;
  AttentionKernel attention = AttentionKernel::fused;
  Precision precision = Precision::bf16;
  int gradient_bytes = 4;  ///< per element, in memory and on the wire
  bool fused_loss = true;  ///< one kernel from logits to their gradient; else each step of the loss has its own copy
  Overlap overlap = {};
};

/// tensor x pipeline x context x data.
std::int64_t gpus_of(const Layout& layout);
/// Micro-batches that one pipeline runs per step.
int micro_batches_of(const Layout& layout);
int sequence_of(const Layout& layout, const Model& model);

/// Why this layout cannot train the model on any machine ("126 layers do not divide into 16 stages of 3 chunks"), or
/// empty. Never throws: search asks this of thousands.
std::string refusal(const Model& model, const Layout& layout);

}  // namespace muster
