// SPDX-License-Identifier: Apache-2.0
// Small tables of Llama 2 with sharded parameters: by IBM (foundation-model-stack/fms-fsdp, README.md: A100 and H100 in
// one row) and by MaxText on eight H100 (NVIDIA/JAX-Toolbox).
#include <array>

#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kModels = std::to_array<Alias>({{"7b", "llama2-7b"},
                                               {"13b", "llama2-13b"},
                                               {"34b", "llama2-70b"},
                                               {"70b", "llama2-70b"},
                                               {"Llama2-7B", "llama2-7b"},
                                               {"Llama2-13B", "llama2-13b"},
                                               {"Llama2-70B", "llama2-70b"}});

/// CodeLlama 34B is Llama 2 70B with fewer and narrower layers (its published configuration).
Model llama2(const std::string& name) {
  const Alias* alias = find_start(kModels, name);
  if (alias == nullptr) return {.name = name};
  Model model = read_model(std::string(alias->ours));
  if (name == "34b") {
    model.name = "codellama-34b";
    model.source = "CodeLlama 34B's published configuration";
    model.layers = 48;
    model.inner = 22016;
  }
  return model;
}

/// The columns and the machine of one half of IBM's rows.
struct FmsHalf {
  std::string_view tokens, model_use, hardware_use, machine;
  int gpus;
  BytesPerSecond network;  ///< per GPU: an eighth of the node's
};

PublishedRun read_fms(const CsvRow& row, const FmsHalf& half) {
  PublishedRun run;
  run.assumed =
      "step time from tokens/s; sequence 4096 and Llama 2's shapes (34b: CodeLlama), fused attention, compiled, bf16 "
      "gradients, HSDP within a node of 8; recomputed whole where the hardware's utilisation is a third above the "
      "model's";
  run.software = Software::torch;
  run.model = llama2(row.text("model"));
  run.machine = with_network(read_machine(std::string(half.machine)), half.network);
  const double repeated = row.number(half.hardware_use, kRate) / row.number(half.model_use, kRate);
  constexpr double kWhole = 1.28;  // 4/3 of utilisations printed with two digits
  run.layout = {.data = half.gpus,
                .sharding = Sharding::parameters,
                .shard_group = row.text("sharding") == "HSDP" ? 8 : 0,
                .micro_batch = row.integer("batch", {1, 1 << 10}),
                .sequence = 4096,
                .recompute = repeated > kWhole ? Recompute::full : Recompute::none,
                .gradient_bytes = 2};
  run.layout.global_batch = run.layout.data * run.layout.micro_batch;
  if (run.model.layers == 0) run.excluded = "the model is not described: " + run.model.name;
  if (repeated > 1.01 && repeated <= kWhole) run.excluded = "a part of the layers is recomputed";
  run.step = step_at_tokens(run, row.number(half.tokens, kRate));
  return run;
}

}  // namespace

PublishedRun read_fms_a100(const CsvRow& row) {
  return read_fms(
      row, {"tokens_s_gpu_a100_128gpu_400Gbps", "mfu_a100", "hfu_a100", "dgx-a100", 128, BytesPerSecond{6.25e9}});
}

PublishedRun read_fms_h100(const CsvRow& row) {
  return read_fms(row,
                  {"tokens_s_gpu_h100_96gpu_800Gbps", "mfu_h100", "hfu_h100", "dgx-h100", 96, BytesPerSecond{12.5e9}});
}

PublishedRun read_jaxtoolbox(const CsvRow& row) {
  PublishedRun run;
  run.assumed = "DGX H100, FSDP over all GPUs, fused attention, no recomputation, fp32 gradients";
  run.model = llama2(row.text("model"));
  run.machine = read_machine("dgx-h100");
  run.layout = {.data = row.integer("fsdp", kRanks),
                .sharding = Sharding::parameters,
                .micro_batch = row.integer("bs_per_gpu", kCount),
                .global_batch = row.integer("gbs", kCount),
                .sequence = row.integer("seq", kCount)};
  if (run.model.layers == 0) run.excluded = "the model is not described: " + run.model.name;
  if (row.text("gpu") != "H100 SXM") run.excluded = "the machine is not described: " + row.text("gpu");
  if (row.text("precision") != "BF16") run.excluded = "the number format is not known: " + row.text("precision");
  demand_gpus(run, row.integer("gpus", kCount));
  run.step = {row.number("step_s", kDuration)};
  return run;
}

}  // namespace muster
