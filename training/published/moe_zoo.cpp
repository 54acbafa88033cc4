// SPDX-License-Identifier: Apache-2.0
// Qwen3 with experts on H100 (yanring/Megatron-MoE-ModelZoo, best_practice/qwen3).
#include <array>

#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kModels = std::to_array<Alias>({{"235B", "qwen3-235b-a22b"}, {"30B", "qwen3-30b-a3b"}});
constexpr auto kMachines = std::to_array<Alias>({{"H100", "dgx-h100"}, {"B200", "dgx-b200"}, {"GB200", "gb200-nvl72"}});

Precision precision_of(const CsvRow& row) {
  const std::string& text = row.text("precision");
  if (text == "BF16") return Precision::bf16;
  if (text == "FP8") return Precision::fp8;
  if (text == "MXFP8") return Precision::mxfp8;
  throw row.error("precision", in_quotes(text) + " is not known; write BF16, FP8 or MXFP8");
}

bool says(const CsvRow& row, std::string_view column, std::string_view word) {
  return row.text(column).find(word) != std::string::npos;
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
                .context = row.integer("cp", kRanks),
                .expert = row.integer("ep", kRanks),
                .expert_tensor = row.integer("etp", kRanks),
                .dispatch = row.text("dispatcher") == "DeepEP" ? Dispatch::once_per_node : Dispatch::all_to_all,
                .sharding = row.text("fsdp") == "On" ? Sharding::parameters : Sharding::optimizer,
                .micro_batch = row.integer("mbs", kCount),
                .global_batch = row.integer("gbs", kCount),
                .sequence = row.integer("seq_len", kCount),
                .recompute = row.text("recompute") == "full" ? Recompute::full : Recompute::none,
                .precision = precision_of(row),
                .overlap = {.tensor = true, .experts = says(row, "notes", "1f1b overlap")}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  run.model.name = row.text("model");
  const Alias* model = find_start(kModels, run.model.name);
  const Alias* machine = find_start(kMachines, row.text("system"));
  if (model == nullptr) {
    run.excluded = "the model is not described: " + run.model.name;
  } else if (machine == nullptr) {
    run.excluded = "the machine is not described: " + row.text("system");
  } else {
    run.model = read_model(std::string(model->ours));
    run.machine = read_machine(std::string(machine->ours));
    if (run.layout.pipeline > 1) split_stages(run, row.integer("vpp", kRanks));
    demand_gpus(run, row.integer("gpus", kCount));
  }
  run.step = {row.number("step_time_sec", kDuration)};
  return run;
}

}  // namespace muster
