// SPDX-License-Identifier: Apache-2.0
// NVIDIA's own tables: Megatron-Bridge (docs/performance-summary.md and -archive.md, releases 25.09 and later) and the
// NeMo-Framework-Launcher before it (examples/README.md, DGX H100 in fp8).
#include <algorithm>
#include <array>
#include <charconv>

#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

struct PrecisionName {
  std::string_view text;
  Precision precision;
};
/// Release 25.09 has no such column and says fp8; "-CS" is current scaling, "-MX" the 32-element blocks of MXFP8.
constexpr auto kPrecisionWords = std::to_array<PrecisionName>({{"", Precision::fp8},
                                                               {"FP8", Precision::fp8},
                                                               {"FP8-CS", Precision::fp8},
                                                               {"FP8-MX", Precision::mxfp8},
                                                               {"MXFP8", Precision::mxfp8},
                                                               {"NVFP4", Precision::nvfp4},
                                                               {"BF16", Precision::bf16}});

/// "37556 (36108)": the figure in front is of the precision in front.
std::string_view in_front(std::string_view cell) { return cell.substr(0, cell.find(' ')); }

int count_in_front(const CsvRow& row, std::string_view column, int when_absent, Range<int> range = kRanks) {
  if (!row.has(column)) return when_absent;
  const std::string_view cell = in_front(row.text(column));
  if (cell.empty() || cell == "n/a" || cell == "-") return when_absent;
  int value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  const bool whole = status == std::errc() && end == cell.data() + cell.size();
  if (whole && value >= range.at_least && value <= range.at_most) return value;
  throw row.error(column, in_quotes(cell) + " is not a whole number from " + std::to_string(range.at_least) + " to " +
                              std::to_string(range.at_most));
}

Precision precision_in_front(const CsvRow& row) {
  const std::string text = text_or(row, "precision", "");
  const std::string_view cell = in_front(text);
  for (const PrecisionName& word : kPrecisionWords) {
    if (word.text == cell) return word.precision;
  }
  throw row.error("precision", in_quotes(cell) + " is not known");
}

/// "25.11", "26.04.01": year and month.
Software software_of_release(std::string_view release) {
  if (release < "26") return Software::megatron_2025;
  return release < "26.06" ? Software::megatron_2026 : Software::megatron_2026_06;
}

/// What all recipes of these tables have in common.
Layout recipe(int tensor) {
  return {.tensor = tensor,
          .sequence_parallel = tensor > 1,
          .sharding = Sharding::optimizer,
          .gradient_bytes = 2,
          .overlap = {.tensor = true}};
}

Layout bridge_layout(const CsvRow& row) {
  Layout layout = recipe(count_in_front(row, "tp", 1));
  layout.pipeline = count_in_front(row, "pp", 1);
  layout.context = count_in_front(row, "cp", 1);
  layout.expert = count_in_front(row, "ep", 1);
  layout.micro_batch = row.integer("mbs", kCount);
  layout.global_batch = row.integer("gbs", kCount);
  layout.sequence = row.integer("seq", kCount);
  layout.precision = precision_in_front(row);
  // Releases up to 25.07 write 1 for "on", later ones the size of the group.
  if (count_in_front(row, "fsdp", 0, {0, kRanks.at_most}) > 0) layout.sharding = Sharding::parameters;
  return layout;
}

/// A model as the launcher's conf/training has it, and into how many chunks it cuts each stage.
struct LauncherModel {
  std::string_view name;
  std::string_view shipped;  ///< else the sizes
  GptSizes sizes;
  int chunks;
};
constexpr int kNemotronVocabulary = 256000;
constexpr auto kLauncherModels = std::to_array<LauncherModel>({
    {"GPT3-175B", "gpt3-175b", {}, 12},
    {"GPT3-5B", {}, {24, 4096, 32, 51200, 2048}, 1},
    {"GPT3-20B", {}, {44, 6144, 48, 51200, 2048}, 1},
    {"LLAMA2-7B", "llama2-7b", {}, 1},
    {"LLAMA2-13B", "llama2-13b", {}, 10},
    {"LLAMA2-70B", "llama2-70b", {}, 5},
    {"Nemotron-8B", {}, {32, 4096, 32, kNemotronVocabulary, 4096}, 1},
    {"Nemotron-22B", {}, {40, 6144, 48, kNemotronVocabulary, 4096}, 10},
    {"LLAMA3-8B", "llama3-8b", {}, 1},
    {"LLAMA3-70B", "llama3-70b", {}, 5},
});

Model launcher_model(const LauncherModel& line) {
  if (!line.shipped.empty()) return read_model(std::string(line.shipped));
  Model model = gpt_model(std::string(line.name), line.sizes);
  if (line.sizes.vocabulary == kNemotronVocabulary) {
    model.tied = model.biases = false;
    model.positions = 0;
  }
  return model;
}

}  // namespace

PublishedRun read_bridge(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from tokens/s; of two figures in a cell the first; as the recipes in perf_recipes: no recomputation "
      "of "
      "layers, distributed optimizer (FSDP where the column says so), bf16 gradients, sequence parallelism and overlap "
      "with tensor parallelism, gradients and parameters overlapped, experts exchanged by DeepEP or HybridEP";
  run.software = software_of_release(row.text("release"));
  run.sweep = row.text("release");
  run.layout = bridge_layout(row);
  if (!text_or(row, "phase", "Pre-Training").starts_with("Pre-Training")) {
    run.excluded = "fine-tuning, not training from the start";
  }
  const std::string& name = row.text("model");
  set_model(run, name);
  set_machine(run, row.text("system"));
  if (name.find("w/o MTP") != std::string::npos) run.model.prediction_layers = 0;
  const int gpus = row.integer("gpus", kCount);
  if (run.excluded.empty()) {
    if (run.layout.pipeline > 1) split_stages(run, count_in_front(row, "vp", 1));
    spread_over(run, gpus);
  }
  const int rate = count_in_front(row, "tokens_per_s_per_gpu", 0, kCount);
  if (rate == 0) run.excluded = "rate not published";
  if (run.excluded.empty()) run.step = step_at_tokens(run, rate);
  return run;
}

PublishedRun read_nemo_launcher(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "step time from tokens/s; shapes, chunks per stage and switches as in conf/training and "
      "examples/training/*/h100: "
      "DGX H100, fp8, no recomputation, distributed optimizer, bf16 gradients, sequence parallelism, all overlaps";
  run.software = Software::megatron_2024;
  run.layout = recipe(row.integer("tp", kRanks));
  run.layout.pipeline = row.integer("pp", kRanks);
  run.layout.context = row.integer("cp", kRanks);
  run.layout.micro_batch = row.integer("mbs", kCount);
  run.layout.global_batch = row.integer("gbs", kCount);
  run.layout.sequence = row.integer("sequence_length", kCount);
  run.layout.precision = Precision::fp8;
  run.machine = read_machine("dgx-h100");
  const std::string& name = row.text("model");
  run.model.name = name;
  const int gpus = row.integer("gpus", kCount);
  const auto* known = std::ranges::find(kLauncherModels, name, &LauncherModel::name);
  if (known == kLauncherModels.end()) {
    run.excluded = "the model is not described: " + name;
  } else {
    run.model = launcher_model(*known);
    if (run.layout.pipeline > 1) split_stages(run, known->chunks);
    spread_over(run, gpus);
  }
  const double rate = row.number("tokens_sec_gpu", kRate);
  if (run.excluded.empty()) run.step = step_at_tokens(run, rate);
  return run;
}

}  // namespace muster
