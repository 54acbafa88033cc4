// SPDX-License-Identifier: Apache-2.0
// Medians of MLPerf Training result logs (mlcommons/training_results_v4.1, v5.0, v5.1), with the parallel layout of the
// submission's configuration file where exactly one fits.
#include <array>

#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kBenchmarks =
    std::to_array<Alias>({{"gpt3", "gpt3-175b"}, {"llama31_405b", "llama3.1-405b"}, {"llama31_8b", "llama3.1-8b"}});

/// Why this row is not predicted; empty when all that the layout needs is there.
std::string missing_in(const CsvRow& row, const Alias* model) {
  if (model == nullptr) return "benchmark " + row.text("benchmark") + " is no training of a described model";
  if (row.is_empty("step_time_median_s")) return "step time not published";
  if (integer_or(row, "n_candidate_configs", {0, kCount.at_most}, 1) > 1)
    return "several configurations fit: layout unknown";
  for (const char* column : {"tp", "pp", "mbs"}) {
    if (row.is_empty(column)) return "layout not published";
  }
  return {};
}

}  // namespace

PublishedRun read_mlperf(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "fp8 unless the configuration says fp4; as NVIDIA's configurations: no recomputation, distributed optimizer, "
      "bf16 "
      "gradients, sequence parallelism, all overlaps; embedding and output count as layers where the stages need it";
  run.software = row.text("round") < "v5" ? Software::megatron_2024 : Software::megatron_2025;
  run.sweep = text_or(row, "org", "");
  const Alias* model = find_start(kBenchmarks, row.text("benchmark"));
  run.model.name = row.text("benchmark") + " by " + text_or(row, "org", "someone");
  run.excluded = missing_in(row, model);
  set_machine(run, row.text("accelerator"));
  if (!run.excluded.empty()) return run;
  run.model = read_model(std::string(model->ours));
  run.layout = {.tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .context = integer_or(row, "cp", kRanks, 1),
                .sharding = Sharding::optimizer,
                .micro_batch = row.integer("mbs", kCount),
                .global_batch = row.integer("gbs", kCount),
                .sequence = row.integer("seq", kCount),
                .precision = text_or(row, "fp4", "") == "yes" ? Precision::nvfp4 : Precision::fp8,
                .gradient_bytes = 2,
                .overlap = {.tensor = true}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  if (run.layout.pipeline > 1) split_stages(run, integer_or(row, "vp", kRanks, 1));
  spread_over(run, row.integer("accelerators", kCount));
  run.step = {row.number("step_time_median_s", kDuration)};
  return run;
}

}  // namespace muster
