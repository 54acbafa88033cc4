// SPDX-License-Identifier: Apache-2.0
// Llama 3.1 under torchtitan (pytorch/torchtitan, benchmarks/): up to four kinds of parallelism on 512 H100, and FSDP
// on H200.
#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// "96GB HBM2e with 2.4 TB/sec peak memory bandwidth", "500W power limit", 400 Gb/s per GPU (the source's text).
Machine grand_teton() {
  Machine machine = read_machine("dgx-h100");
  machine.name = "grand-teton-h100-500w";
  machine.accelerator.name = "H100 SXM 96GB HBM2e 500 W";
  machine.accelerator.memory = {96'000'000'000};
  machine.accelerator.memory_rate = {2.4e12};
  machine.accelerator.watts = 500;
  return machine;
}

bool says(const CsvRow& row, std::string_view column, std::string_view word) {
  return row.text(column).find(word) != std::string::npos;
}

Recompute recompute_of(const CsvRow& row) {
  const std::string& text = row.text("ac");
  if (text == "full") return Recompute::full;
  if (text == "selective") return Recompute::selective;
  if (text == "none") return Recompute::none;
  throw row.error("ac", in_quotes(text) + " is not known; write none, selective or full");
}

/// torchtitan cuts the local batch into as many micro-batches as there are stages.
void split_batch(PublishedRun& run, const CsvRow& row) {
  Layout& layout = run.layout;
  const int local = row.integer("local_batch", kCount);
  layout.micro_batch = local / layout.pipeline;
  if (local % layout.pipeline != 0) run.excluded = "the local batch does not divide into micro-batches";
  layout.global_batch = batch_of(row, "local_batch", layout.data);
  if (is_given(row, "global_batch") && row.integer("global_batch", kCount) != layout.global_batch) {
    run.excluded = "local and global batch contradict each other";
  }
}

}  // namespace

PublishedRun read_torchtitan(const CsvRow& row) {
  PublishedRun run;
  run.software = Software::torch;
  set_model(run, row.text("model"));
  run.assumed =
      "step time from tokens/s; H100 of 96 GB HBM2e at 500 W; parameters sharded over all data ranks, fp32 gradients; "
      "selective recomputation by operator counted as none; as many micro-batches as stages, two chunks per rank where "
      "interleaved; 4D rows with compile, fp8 and AsyncTP as the source's caption says";
  run.machine = grand_teton();
  const bool four = says(row, "techniques", "4D");
  run.layout = {.data = row.integer("fsdp", kRanks),
                .tensor = integer_or(row, "tp", kRanks, 1),
                .pipeline = integer_or(row, "pp", kRanks, 1),
                .context = integer_or(row, "cp", kRanks, 1),
                .sharding = Sharding::parameters,
                .sequence = row.integer("seq", kCount),
                .recompute = recompute_of(row),
                .precision = four || says(row, "techniques", "fp8") ? Precision::fp8 : Precision::bf16,
                .overlap = {.tensor = four || says(row, "techniques", "AsyncTP")}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  split_batch(run, row);
  if (run.layout.pipeline > 1) split_stages(run, text_or(row, "schedule", "").starts_with("Interleaved") ? 2 : 1);
  if (!four && !says(row, "techniques", "compile")) run.excluded = "not compiled: small kernels are not fused";
  demand_gpus(run, row.integer("gpus", kCount));
  run.step = step_at_tokens(run, row.number("tps_per_gpu", kRate));
  return run;
}

PublishedRun read_torchtitan_nodes(const CsvRow& row) {
  PublishedRun run;
  run.software = Software::torch;
  set_model(run, row.text("model"));
  run.assumed =
      "step time from tokens/s; sequence 8192 (torchtitan's configuration), FSDP over all GPUs, compiled, no "
      "recomputation counted, fp32 gradients, 400 Gb/s per GPU";
  run.machine = read_machine("dgx-h200");
  run.layout = {.data = row.integer("gpus", kCount),
                .sharding = Sharding::parameters,
                .micro_batch = row.integer("local_batch", kCount),
                .sequence = 8192,
                .precision = row.text("dtype") == "fp8" ? Precision::fp8 : Precision::bf16};
  run.layout.global_batch = batch_of(row, "local_batch", run.layout.data);
  run.step = step_at_tokens(run, row.number("tps_per_gpu", kRate));
  return run;
}

}  // namespace muster
