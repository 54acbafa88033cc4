// SPDX-License-Identifier: Apache-2.0
// Llama 3 405B on up to 16,384 H100 (Llama 3 Herd of Models, table 4).
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// Six per parameter and token, and causal attention counted once: 6 L h s per token instead of PaLM's 12. The row of
/// 131072 tokens decides: counted as PaLM does, it would execute a third fewer operations per second than its sisters.
Flops counted_flops(const PublishedRun& run) {
  const Model& model = run.model;
  const double sequence = sequence_of(run.layout, model);
  const double attention = 6.0 * model.layers * model.heads * model.head_size * sequence;
  const double each = 6.0 * static_cast<double>(parameters_of(model).total) + attention;
  return {each * run.layout.global_batch * sequence};
}

}  // namespace

PublishedRun read_llama3(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from TFLOP/s counted as 6 x parameters + 6 L h s per token (causal attention once); 400 Gb/s per GPU, "
      "parameters kept after the forward pass (ZeRO-2), fp32 gradients, no recomputation, two layers per chunk";
  run.software = Software::megatron_2024;
  run.machine = read_machine("dgx-h100");
  run.model = read_model("llama3.1-405b");
  run.model.layers = row.integer("layers", kCount);
  run.model.hidden = row.integer("hidden", kCount);
  run.model.inner = row.integer("ffn", kCount);
  run.model.heads = row.integer("heads", kCount);
  run.model.kv_heads = row.integer("kv_heads", kCount);
  run.model.vocabulary = row.integer("vocab", kCount);
  run.layout = {.data = row.integer("dp", kRanks),
                .tensor = row.integer("tp", kRanks),
                .sequence_parallel = true,
                .pipeline = row.integer("pp", kRanks),
                .context = row.integer("cp", kRanks),
                .sharding = Sharding::gradients,
                .sequence = row.integer("seq", kCount)};
  run.layout.global_batch = batch_of(row, "batch_seqs_per_dp", run.layout.data);
  const int layers_of_stage = (run.model.layers + 2) / run.layout.pipeline;
  if (run.layout.pipeline > 1) split_stages(run, layers_of_stage % 2 == 0 ? layers_of_stage / 2 : 1);
  demand_gpus(run, row.integer("gpus", kCount));
  run.step = step_at_flops(run, counted_flops(run), row.number("tflops_per_gpu", kRate));
  return run;
}

}  // namespace muster
