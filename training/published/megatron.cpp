// SPDX-License-Identifier: Apache-2.0
// Tables of NVIDIA's Megatron papers and README: SC21 (Narayanan et al., table 1), Korthikanti et al. (table 5), and
// the weak scaling of Megatron-Core on H100.
#include <algorithm>
#include <array>

#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// 2021 and 2022: no fused attention, and the loss in steps.
Layout early_layout(const CsvRow& row) {
  return {.tensor = row.integer("tp", kRanks),
          .pipeline = row.integer("pp", kRanks),
          .global_batch = row.integer("batch_seqs", kCount),
          .recompute = Recompute::full,
          .attention = AttentionKernel::unfused,
          .precision = Precision::fp16,
          .gradient_bytes = 2,
          .fused_loss = false,
          .overlap = {.gradients = false, .parameters = false}};
}

/// Narayanan et al. 2021, section 5.1, equation 3: with the recomputation of all layers.
Flops hardware_flops(const Model& model, int batch) {
  const double layers = model.layers;
  const double hidden = model.hidden;
  const double sequence = model.sequence;
  const double layer = 96.0 * batch * sequence * layers * hidden * hidden;
  return {layer * (1 + sequence / (6 * hidden) + model.vocabulary / (16 * layers * hidden))};
}

/// The same without recomputation, as Megatron-Core counts: causal attention is not halved.
Flops model_flops(const Model& model, int batch) {
  const double layers = model.layers;
  const double hidden = model.hidden;
  const double sequence = model.sequence;
  const double layer = 72.0 * batch * sequence * layers * hidden * hidden;
  return {layer * (1 + sequence / (6 * hidden) + model.vocabulary / (12 * layers * hidden))};
}

/// What the script of table 1 sets and the table does not print (Megatron-LM, examples/sc21/run_table_1.sh).
struct ScriptLine {
  int hidden;
  int micro_batch;
  int layers_per_chunk;  ///< 0: not interleaved
};
constexpr auto kScript = std::to_array<ScriptLine>({{2304, 16, 0},
                                                    {3072, 16, 0},
                                                    {4096, 16, 0},
                                                    {6144, 8, 0},
                                                    {8192, 4, 0},
                                                    {10240, 2, 5},
                                                    {12288, 2, 5},
                                                    {16384, 1, 3},
                                                    {20480, 1, 1},
                                                    {25600, 1, 0}});

}  // namespace

PublishedRun read_megatron_sc21(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from TFLOP/s, which count recomputation (equation 3 of the paper); micro-batch and chunks as in "
      "examples/sc21/run_table_1.sh; fp16 gradients, reduced beside the backward pass where there is no pipeline";
  run.software = Software::megatron_2021;
  run.model = gpt_model("GPT " + row.text("params_B") + "B", {.layers = row.integer("layers", kCount),
                                                              .hidden = row.integer("hidden", kCount),
                                                              .heads = row.integer("heads", kCount),
                                                              .vocabulary = row.integer("vocab", kCount),
                                                              .sequence = row.integer("seq", kCount)});
  run.machine = read_machine("dgx-a100");
  run.layout = early_layout(row);
  run.layout.overlap.gradients = run.layout.pipeline == 1;
  const auto* known = std::ranges::find(kScript, run.model.hidden, &ScriptLine::hidden);
  if (known == kScript.end()) {
    run.excluded = "micro-batch not published";
  } else {
    run.layout.micro_batch = known->micro_batch;
    if (known->layers_per_chunk > 0) {
      split_stages(run, std::max(1, run.model.layers / run.layout.pipeline / known->layers_per_chunk));
    }
  }
  spread_over(run, row.integer("gpus", kCount));
  run.step =
      step_at_flops(run, hardware_flops(run.model, run.layout.global_batch), row.number("tflops_per_gpu", kRate));
  return run;
}

PublishedRun read_korthikanti(const CsvRow& row) {
  constexpr int kVocabulary = 51200;  // section 6 of the paper, as the sequence
  constexpr int kSequence = 2048;
  PublishedRun run;
  run.assumed = "sequence 2048 and vocabulary 51200 (section 6 of the paper), fp16, unfused attention";
  run.software = Software::megatron_2021;
  run.model = gpt_model("GPT " + row.text("model"), {.layers = row.integer("layers", kCount),
                                                     .hidden = row.integer("hidden", kCount),
                                                     .heads = row.integer("heads", kCount),
                                                     .vocabulary = kVocabulary,
                                                     .sequence = kSequence});
  run.machine = read_machine("dgx-a100");
  run.layout = early_layout(row);
  run.layout.micro_batch = row.integer("microbatch", kCount);
  const std::string& recompute = row.text("recompute");
  if (recompute == "selective+SP") {
    run.layout.recompute = Recompute::selective;
    run.layout.sequence_parallel = true;
  } else if (recompute != "full") {
    throw row.error("recompute", in_quotes(recompute) + " is not known; write full or selective+SP");
  }
  split_stages(run, row.integer("interleave", kRanks));
  spread_over(run, row.integer("gpus", kCount));
  run.step = {row.number("iteration_s", kDuration)};
  return run;
}

PublishedRun read_megatron_core(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from TFLOP/s of the model (72 B s L h^2 (1 + s/6h + V/12Lh), attention not halved); bf16, fused "
      "attention, no recomputation, sequence parallelism, ZeRO-1, untied output (the sizes say so), with a "
      "pipeline micro-batch 1 and one layer per chunk, without one the whole batch of a replica (it fits), all "
      "overlaps on as the README says";
  run.software = Software::megatron_2024;
  run.model = gpt_model("GPT " + row.text("model"), {.layers = row.integer("layers", kCount),
                                                     .hidden = row.integer("hidden", kCount),
                                                     .heads = row.integer("heads", kCount),
                                                     .vocabulary = row.integer("vocab", kCount),
                                                     .sequence = row.integer("seq", kCount)});
  run.model.tied = false;
  run.machine = read_machine("dgx-h100");
  run.layout = {.tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .sharding = Sharding::optimizer,
                .global_batch = row.integer("batch_seqs", kCount),
                .overlap = {.tensor = true}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  if (run.layout.pipeline > 1) split_stages(run, std::max(1, run.model.layers / run.layout.pipeline));
  spread_over(run, row.integer("gpus", kCount));
  if (run.layout.pipeline == 1) run.layout.micro_batch = std::max(1, run.layout.global_batch / run.layout.data);
  run.step = step_at_flops(run, model_flops(run.model, run.layout.global_batch), row.number("tflops_per_gpu", kRate));
  return run;
}

}  // namespace muster
