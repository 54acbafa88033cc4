// SPDX-License-Identifier: Apache-2.0
// Models with fewer layers on eight B200 (MooreThreads/SimuMax, docs/b200), measured with Megatron-LM of early 2026.
#include <algorithm>

#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// The tables count DeepSeek's models with one dense layer and without the layer of further tokens.
void cut(Model& model, int layers) {
  model.layers = layers;
  model.prediction_layers = 0;
  if (model.experts) model.experts->leading_dense = std::min(model.experts->leading_dense, 1);
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
                .context = integer_or(row, "cp", kRanks, 1),
                .expert = integer_or(row, "ep", kRanks, 1),
                .dispatch = Dispatch::all_to_all,
                .sharding = Sharding::optimizer,
                .sequence = row.integer("seq", kCount),
                .overlap = {.gradients = false, .parameters = false, .pipeline = false, .context = false}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  run.layout.global_batch = batch_of(row, "microbatches", run.layout.data);
  set_model(run, row.text("model"));
  cut(run.model, row.integer("layers", kCount));
  run.step = {row.number("real_ms", kDuration) * 1e-3};
  return run;
}

}  // namespace muster
