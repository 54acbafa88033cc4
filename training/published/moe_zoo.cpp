// SPDX-License-Identifier: Apache-2.0
// Qwen3 with experts on H100 (yanring/Megatron-MoE-ModelZoo, best_practice/qwen3).
#include <array>

#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kModels = std::to_array<Alias>({{"235B", "qwen3-235b-a22b"}, {"30B", "qwen3-30b-a3b"}});

Precision precision_of(const CsvRow& row) {
  const std::string& text = row.text("precision");
  if (text == "BF16") return Precision::bf16;
  if (text == "FP8") return Precision::fp8;
  if (text == "MXFP8") return Precision::mxfp8;
  throw row.error("precision", in_quotes(text) + " is not known; write BF16, FP8 or MXFP8");
}

bool says(const CsvRow& row, std::string_view column, std::string_view word) {
  return text_or(row, column, "").find(word) != std::string::npos;
}

}  // namespace

PublishedRun read_moe_zoo(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "recomputation of norms and activations alone counted as none; distributed optimizer (FSDP where the column says "
      "so), fp32 gradients, sequence parallelism, gradients and parameters overlapped, experts balanced and overlapped "
      "only where the notes say so; embedding and output count as layers where the stages need it";
  run.software = Software::megatron_2025;
  run.layout = {.data = row.integer("dp", kRanks),
                .tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .context = integer_or(row, "cp", kRanks, 1),
                .expert = row.integer("ep", kRanks),
                .expert_tensor = integer_or(row, "etp", kRanks, 1),
                .dispatch = row.text("dispatcher") == "DeepEP" ? Dispatch::once_per_node : Dispatch::all_to_all,
                .sharding = text_or(row, "fsdp", "") == "On" ? Sharding::parameters : Sharding::optimizer,
                .micro_batch = row.integer("mbs", kCount),
                .global_batch = row.integer("gbs", kCount),
                .sequence = row.integer("seq_len", kCount),
                .recompute = text_or(row, "recompute", "") == "full" ? Recompute::full : Recompute::none,
                .precision = precision_of(row),
                .overlap = {.tensor = true, .experts = says(row, "notes", "1f1b overlap")}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  const Alias* model = find_start(kModels, row.text("model"));
  set_model(run, model == nullptr ? row.text("model") : std::string(model->ours));
  set_machine(run, row.text("system"));
  if (run.excluded.empty()) {
    if (run.layout.pipeline > 1) split_stages(run, integer_or(row, "vpp", kRanks, 1));
    demand_gpus(run, row.integer("gpus", kCount));
  }
  run.step = {row.number("step_time_sec", kDuration)};
  return run;
}

}  // namespace muster
