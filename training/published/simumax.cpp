// SPDX-License-Identifier: Apache-2.0
// Models with fewer layers on eight B200 (MooreThreads/SimuMax, docs/b200), measured with Megatron-LM of early 2026.
#include <algorithm>
#include <array>

#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kModels = std::to_array<Alias>({{"llama3_8b", "llama3-8b"},
                                               {"llama3_70b", "llama3-70b"},
                                               {"llama3_405b", "llama3.1-405b"},
                                               {"deepseekv2", "deepseek-v2"},
                                               {"deepseekv3", "deepseek-v3"}});

Model cut_model(const Alias& alias, int layers) {
  Model model = read_model(std::string(alias.ours));
  model.layers = layers;
  model.prediction_layers = 0;
  if (model.experts) model.experts->leading_dense = std::min(model.experts->leading_dense, 1);
  return model;
}

}  // namespace

PublishedRun read_simumax(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "micro-batch 1, bf16, fused attention and loss, no recomputation, distributed optimizer with fp32 gradients, "
      "sequence parallelism, nothing overlapped (simu_tools/megatron_scripts); one dense layer in DeepSeek models";
  run.software = Software::megatron_2025;
  run.machine = read_machine("dgx-b200");
  run.layout = {.data = row.integer("dp", kRanks),
                .tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .context = row.integer("cp", kRanks),
                .expert = row.integer("ep", kRanks),
                .dispatch = Dispatch::all_to_all,
                .sharding = Sharding::optimizer,
                .sequence = row.integer("seq", kCount),
                .overlap = {.gradients = false, .parameters = false, .pipeline = false, .context = false}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  run.layout.global_batch = batch_of(row, "microbatches", run.layout.data);
  run.model.name = row.text("model");
  if (const Alias* model = find_start(kModels, run.model.name)) {
    run.model = cut_model(*model, row.integer("layers", kCount));
  } else {
    run.excluded = "the model is not described: " + run.model.name;
  }
  run.step = {row.number("real_ms", kDuration) * 1e-3};
  return run;
}

}  // namespace muster
