// SPDX-License-Identifier: Apache-2.0
// Measured iterations of GPT models on A100 (VIA-Research/vTrain, data/ground_truth_*.csv): multi-node on 64 and 512
// GPUs, single-node on 2 to 8.
#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr const char* kAssumed =
    "Megatron-DeepSpeed in fp16 with unfused attention, vocabulary 51200, one all-reduce of fp16 gradients behind the "
    "last backward pass; full recomputation, 1F1B and 4 x 200 Gb/s per node of 8 as vTrain's config/validation says";

/// 800 Gb/s per node of 8 GPUs (vTrain, config/validation/multi).
constexpr BytesPerSecond kNetwork{12.5e9};
constexpr int kVocabulary = 51200;

}  // namespace

PublishedRun read_vtrain(const CsvRow& row) {
  PublishedRun run;
  run.assumed = kAssumed;
  run.software = Software::megatron_deepspeed;
  run.model = gpt_model("GPT", {.layers = row.integer("layers", kCount),
                                .hidden = row.integer("hidden_size", kCount),
                                .heads = row.integer("attention_heads", kCount),
                                .vocabulary = kVocabulary,
                                .sequence = row.integer("sequence_length", kCount)});
  run.machine = with_network(read_machine("dgx-a100"), kNetwork);
  run.layout = {.data = row.integer("data_parallelism", kRanks),
                .tensor = row.integer("tensor_parallelism", kRanks),
                .pipeline = row.integer("pipeline_parallelism", kRanks),
                .micro_batch = row.integer("micro_batch", kCount),
                .global_batch = row.integer("global_batch", kCount),
                .recompute = Recompute::full,
                .attention = AttentionKernel::unfused,
                .precision = Precision::fp16,
                .gradient_bytes = 2,
                .fused_loss = false,
                .overlap = {.gradients = false, .parameters = false, .pipeline = false, .context = false}};
  run.step = {row.number("iteration_time_ms", kDuration) * 1e-3};
  return run;
}

}  // namespace muster
