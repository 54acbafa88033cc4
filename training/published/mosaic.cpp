// SPDX-License-Identifier: Apache-2.0
// MPT models under PyTorch FSDP (mosaicml/llm-foundry, scripts/train/benchmarking).
#include <array>

#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

struct Strategy {
  std::string_view name;
  Sharding sharding;
  int group;
};
constexpr auto kStrategies = std::to_array<Strategy>({{"FULL_SHARD", Sharding::parameters, 0},
                                                      {"HYBRID_SHARD", Sharding::parameters, 8},
                                                      {"SHARD_GRAD_OP", Sharding::gradients, 0},
                                                      {"NO_SHARD", Sharding::none, 0}});

bool flag(const CsvRow& row, std::string_view column) {
  const std::string& text = row.text(column);
  if (text == "True") return true;
  if (text == "False") return false;
  throw row.error(column, in_quotes(text) + " is neither True nor False");
}

void shard(PublishedRun& run, const std::string& name) {
  for (const Strategy& strategy : kStrategies) {
    if (strategy.name != name) continue;
    run.layout.sharding = strategy.sharding;
    run.layout.shard_group = strategy.group;
    return;
  }
  run.excluded = "sharding strategy " + name + " is not known";
}

}  // namespace

PublishedRun read_mosaic(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from tokens/s; fused attention, layers recomputed whole where checkpointing is on, gathering and "
      "reduction overlapped, gradients reduced in fp32 (mode PURE: bf16); H100 with 3200 Gb/s per node";
  run.software = Software::mosaic;
  run.model = gpt_model("MPT " + row.text("model"), {.layers = row.integer("layers", kCount),
                                                     .hidden = row.integer("d_model", kCount),
                                                     .heads = row.integer("heads", kCount),
                                                     .vocabulary = row.integer("vocab", kCount),
                                                     .sequence = row.integer("seqlen_t", kCount)});
  run.model.inner = integer_or(row, "ffn_mult", {1, 64}, 4) * run.model.hidden;
  run.layout = {.micro_batch = row.integer("microbatchsize", kCount),
                .global_batch = row.integer("globalbatchsize", kCount),
                .recompute = flag(row, "activation_checkpointing") ? Recompute::full : Recompute::none,
                .precision = text_or(row, "precision", "bf16").ends_with("fp8") ? Precision::fp8 : Precision::bf16,
                .gradient_bytes = text_or(row, "mp_mode", "DEFAULT") == "PURE" ? 2 : 4};
  // 1600 Gb/s per node of A100 (README); of H100 the network is not stated, 3200 Gb/s taken.
  set_machine(run, row.text("gpu"));
  shard(run, text_or(row, "sharding_strategy", "FULL_SHARD"));
  if (is_given(row, "activation_cpuoffload") && flag(row, "activation_cpuoffload"))
    run.excluded = "activations are kept in host memory";
  spread_over(run, row.integer("gpus", kCount));
  run.step = step_at_tokens(run, row.number("throughput_t_s_gpu", kRate));
  return run;
}

}  // namespace muster
