// SPDX-License-Identifier: Apache-2.0
// Trials before BLOOM on Jean Zay's A100 (bigscience-workshop/bigscience, chronicles-prequel.md), whose shapes stand in
// the text around each table. Trials on V100 have the same columns; their shapes stand in running text only.
#include <algorithm>
#include <array>

#include "training/machine_library.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// The table that starts at this line of the source: what its caption says.
struct Caption {
  int line;
  int hidden;
  int layers;  ///< 0: as many as the printed size and the number of stages allow
  int heads;
  std::string_view not_predicted;
};
constexpr auto kCaptions = std::to_array<Caption>({
    {387, 14400, 0, 96, "batch not in the table"},
    {425, 14400, 0, 96, "batch not in the table"},
    {448, 14400, 80, 96, "layout not in the table"},
    {474, 14400, 0, 96, {}},
    {495, 14400, 0, 96, {}},
    {506, 14400, 0, 96, {}},
    {515, 14400, 0, 96, {}},
    {524, 14400, 0, 96, {}},
    {533, 14400, 0, 96, {}},
    {580, 0, 80, 96, {}},
    {605, 14336, 72, 64, {}},
    {613, 14336, 72, 64, {}},
    {630, 13824, 84, 64, {}},
    {646, 13824, 80, 64, {}},
    {656, 14336, 0, 64, "caption and table give different batches"},
    {667, 14336, 72, 64, "two branches of the program; seconds and TFLOP/s are exchanged (compare line 605)"},
    {684, 12288, 96, 64, {}},
    {693, 13312, 84, 64, {}},
    {702, 13824, 78, 64, {}},
    {709, 14336, 72, 64, {}},
    {722, 14336, 72, 0, {}},
    {736, 13824, 78, 0, {}},
    {748, 13312, 84, 0, {}},
    {757, 12288, 96, 0, {}},
    {773, 14336, 72, 64, {}},
    {786, 14336, 72, 64, {}},
    {798, 14336, 72, 64, {}},
    {816, 12288, 96, 64, {}},
    {828, 13824, 78, 0, {}},
    {843, 14336, 72, 0, {}},
    {854, 13312, 84, 0, {}},
    {865, 13824, 78, 0, {}},
    {879, 13824, 78, 0, {}},
    {889, 12288, 106, 0, {}},
    {904, 12288, 106, 0, {}},
    {915, 12288, 100, 0, {}},
    {926, 13312, 82, 0, {}},
    {937, 13312, 94, 0, {}},
    {944, 14336, 70, 0, {}},
    {955, 14336, 82, 0, {}},
});
/// From here on gradients are kept in fp32 ("BF16 optimizer that was just written to accumulate gradients in fp32").
constexpr int kFullGradients = 895;

constexpr int kVocabulary = 250880;
constexpr int kSequence = 2048;
/// 4 x 100 Gb/s Omni-Path per node of 8.
constexpr BytesPerSecond kNetwork{6.25e9};

/// "194B" with 6 stages: the multiple of 6 whose layers of 12 h^2, with the words, come nearest.
int layers_of_size(const CsvRow& row, int hidden, int pipeline) {
  const std::string& size = row.text("size");
  if (!size.ends_with('B')) throw row.error("size", in_quotes(size) + " is no number of parameters, such as 200B");
  const CsvTable number = parse_csv("size\n" + size.substr(0, size.size() - 1) + "\n", "size");
  const double wide = hidden;
  const double layers = (number[0].number("size", {0.001, 1e5}) * 1e9 - kVocabulary * wide) / (12 * wide * wide);
  return std::clamp(static_cast<int>(layers / pipeline + 0.5), 1, kCount.at_most / pipeline) * pipeline;
}

std::string missing_in(const CsvRow& row, const Caption* caption) {
  if (row.is_empty("gpus") && row.is_empty("nodes")) return "an empty line of the source's table";
  if (row.text("file") != "chronicles-prequel.md") return "its shapes stand in the running text of the source only";
  if (caption == nullptr) return "a table whose caption is not known here";
  if (!caption->not_predicted.empty()) return std::string(caption->not_predicted);
  for (const char* column : {"nodes", "dp", "tp", "pp", "mbs", "gbs"}) {
    if (row.is_empty(column)) return "layout not published";
  }
  const std::string& seconds = row.text("sec_per_it");
  if (seconds.empty() || seconds == "x") return "no step time: out of memory";
  return {};
}

Model bloom_like(const CsvRow& row, const Caption& caption) {
  const int hidden = caption.hidden > 0 ? caption.hidden : row.integer("nhidden", kCount);
  const int layers = caption.layers > 0 ? caption.layers : layers_of_size(row, hidden, row.integer("pp", kRanks));
  Model model =
      gpt_model("GPT " + row.text("size"), {.layers = layers,
                                            .hidden = hidden,
                                            .heads = caption.heads > 0 ? caption.heads : row.integer("nheads", kCount),
                                            .vocabulary = kVocabulary,
                                            .sequence = kSequence});
  model.positions = 0;
  return model;
}

}  // namespace

PublishedRun read_bigscience(const CsvRow& row) {
  PublishedRun run;
  run.assumed =
      "shapes from the source's captions (a size alone: the layers that divide into the stages), sequence 2048, "
      "vocabulary 250880; nodes of 8 with 4 x 100 Gb/s; Megatron-DeepSpeed, unfused attention, full recomputation, "
      "1F1B, "
      "ZeRO-1, fp16 gradients, nothing overlapped";
  run.software = Software::bigscience;
  run.model.name = "GPT " + row.text("size");
  const auto* caption = std::ranges::find(kCaptions, row.integer("line", kCount), &Caption::line);
  run.excluded = missing_in(row, caption == kCaptions.end() ? nullptr : caption);
  if (!run.excluded.empty()) return run;
  run.model = bloom_like(row, *caption);
  run.machine = with_network(read_machine("dgx-a100"), kNetwork);
  const bool full_gradients = caption->line >= kFullGradients;
  run.layout = {.data = row.integer("dp", kRanks),
                .tensor = row.integer("tp", kRanks),
                .pipeline = row.integer("pp", kRanks),
                .sharding = Sharding::optimizer,
                .micro_batch = row.integer("mbs", kCount),
                .global_batch = row.integer("gbs", kCount),
                .recompute = Recompute::full,
                .attention = AttentionKernel::unfused,
                .precision = full_gradients ? Precision::bf16 : Precision::fp16,
                .gradient_bytes = full_gradients ? 4 : 2,
                .fused_loss = false,
                .overlap = {.gradients = false, .parameters = false, .pipeline = false}};
  split_stages(run, 1);
  demand_gpus(run, 8 * row.integer("nodes", {1, kCount.at_most / 8}));
  run.step = {row.number("sec_per_it", kDuration)};
  return run;
}

}  // namespace muster
