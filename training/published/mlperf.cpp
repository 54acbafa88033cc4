// SPDX-License-Identifier: Apache-2.0
// Medians of MLPerf Training result logs (mlcommons/training_results_v4.1, v5.0, v5.1), with the parallel layout of the
// submission's configuration file where exactly one fits.
#include <array>

#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

constexpr auto kBenchmarks =
    std::to_array<Alias>({{"gpt3", "gpt3-175b"}, {"llama31_405b", "llama3.1-405b"}, {"llama31_8b", "llama3.1-8b"}});

/// By product string; the longer names first, because "B200" stands in "GB200".
constexpr auto kAccelerators = std::to_array<Alias>({{"GB300", "gb300-nvl72"},
                                                     {"GB200", "gb200-nvl72"},
                                                     {"B300", "dgx-b300"},
                                                     {"B200", "dgx-b200"},
                                                     {"H200", "dgx-h200"},
                                                     {"H100", "dgx-h100"},
                                                     {"MI355X", "mi355x-8"},
                                                     {"MI325X", "mi325x-8"},
                                                     {"MI300X", "mi300x-8"}});

/// Why this row is not predicted; empty when all that the layout needs is there.
std::string missing_in(const CsvRow& row, const Alias* model, const Alias* machine) {
  if (model == nullptr) return "benchmark " + row.text("benchmark") + " is no training of a described model";
  if (machine == nullptr) return "the machine is not described: " + row.text("accelerator");
  if (row.is_empty("step_time_median_s")) return "step time not published";
  if (row.integer("n_candidate_configs", {0, kCount.at_most}) > 1) return "several configurations fit: layout unknown";
  for (const char* column : {"tp", "pp", "mbs"}) {
    if (row.is_empty(column)) return "layout not published";
  }
  return {};
}

int or_one(const CsvRow& row, std::string_view column) {
  return row.is_empty(column) ? 1 : row.integer(column, kRanks);
}

}  // namespace

PublishedRun read_mlperf(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "fp8 unless the configuration says fp4; as NVIDIA's configurations: no recomputation, distributed optimizer, "
      "bf16 "
      "gradients, sequence parallelism, all overlaps; embedding and output count as layers where the stages need it";
  run.software = row.text("round") < "v5" ? Software::megatron_2024 : Software::megatron_2025;
  run.sweep = row.text("org");
  const Alias* model = find_start(kBenchmarks, row.text("benchmark"));
  const Alias* machine = find_in(kAccelerators, row.text("accelerator"));
  run.model.name = row.text("benchmark") + " by " + row.text("org");
  run.excluded = missing_in(row, model, machine);
  if (!run.excluded.empty()) return run;
  run.model = read_model(std::string(model->ours));
  run.machine = read_machine(std::string(machine->ours));
  run.layout = {.tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .context = or_one(row, "cp"),
                .sharding = Sharding::optimizer,
                .micro_batch = row.integer("mbs", kCount),
                .global_batch = row.integer("gbs", kCount),
                .sequence = row.integer("seq", kCount),
                .precision = row.text("fp4") == "yes" ? Precision::nvfp4 : Precision::fp8,
                .gradient_bytes = 2,
                .overlap = {.tensor = true}};
  run.layout.sequence_parallel = run.layout.tensor > 1;
  if (run.layout.pipeline > 1) split_stages(run, or_one(row, "vp"));
  spread_over(run, row.integer("accelerators", kCount));
  run.step = {row.number("step_time_median_s", kDuration)};
  return run;
}

}  // namespace muster
