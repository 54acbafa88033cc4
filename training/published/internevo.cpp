// SPDX-License-Identifier: Apache-2.0
// InternLM 7B on 8 to 1024 A100 behind a slow network (InternLM/InternEvo, doc/en/train_performance.md).
#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr const char* kAssumed =
    "step time from tokens/s; InternLM 7B (gated feed-forward of 11008, untied output); nodes of 8 with 4 x 100 Gb/s "
    "RoCE; fused attention, bf16 gradients, overlapped; a ZeRO-1 group within a node counted as no sharding, because "
    "gradients are reduced over all ranks";

/// 4 x 100 Gb/s per node of 8 (the source's text).
constexpr BytesPerSecond kNetwork{6.25e9};

struct InternSizes {
  int layers = 32, hidden = 4096, heads = 32, vocabulary = 103168;
};

Model intern_model(const InternSizes& sizes) {
  Model model = gpt_model("InternLM 7B", {.layers = sizes.layers,
                                          .hidden = sizes.hidden,
                                          .heads = sizes.heads,
                                          .vocabulary = sizes.vocabulary,
                                          .sequence = 2048});
  // Llama's feed-forward size: two thirds of four times the hidden size, rounded up to 256 (11008 of 4096).
  constexpr int kRound = 256;
  model.inner = (8 * sizes.hidden / 3 + kRound - 1) / kRound * kRound;
  model.feed_forward = FeedForward::gated;
  model.tied = model.biases = false;
  model.positions = 0;
  return model;
}

/// What both tables have.
PublishedRun intern_run(const CsvRow& row, const InternSizes& sizes, std::string_view group_column) {
  PublishedRun run;
  run.assumed = kAssumed;
  run.software = Software::intern;
  run.model = intern_model(sizes);
  run.machine = with_network(read_machine("dgx-a100"), kNetwork);
  const int gpus = row.integer("gpus", kCount);
  const int group = row.integer(group_column, {-1, kCount.at_most});
  run.layout = {.tensor = row.integer("tp", kRanks),
                .sharding = group == -1 || group >= gpus ? Sharding::optimizer : Sharding::none,
                .micro_batch = row.integer("micro_bsz", kCount),
                .sequence = row.integer("seq", kCount),
                .gradient_bytes = 2,
                .overlap = {.parameters = false}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  spread_over(run, gpus);
  run.layout.global_batch = batch_of(row, "micro_num", std::int64_t{run.layout.data} * run.layout.micro_batch);
  run.step = step_at_tokens(run, row.number("tokens_per_gpu_s", kRate));
  return run;
}

}  // namespace

PublishedRun read_internevo_scaling(const CsvRow& row) {
  PublishedRun run = intern_run(row,
                                {.layers = row.integer("layers", kCount),
                                 .hidden = row.integer("hidden", kCount),
                                 .heads = row.integer("heads", kCount),
                                 .vocabulary = row.integer("vocab", kCount)},
                                "zero1_group");
  if (row.text("recompute") != "off") run.layout.recompute = Recompute::full;
  return run;
}

PublishedRun read_internevo_flops(const CsvRow& row) {
  PublishedRun run = intern_run(row, {}, "zero1");
  if (row.text("act_ckpt") != "FALSE") run.layout.recompute = Recompute::full;
  return run;
}

}  // namespace muster
