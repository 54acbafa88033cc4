// SPDX-License-Identifier: Apache-2.0
#include "training/published/completion.hpp"

#include <algorithm>

namespace muster {

Model gpt_model(const std::string& name, const GptSizes& sizes) {
  return {.name = name,
          .source = "the table's columns",
          .layers = sizes.layers,
          .hidden = sizes.hidden,
          .heads = sizes.heads,
          .kv_heads = sizes.heads,
          .head_size = sizes.hidden / sizes.heads,
          .inner = 4 * sizes.hidden,
          .feed_forward = FeedForward::plain,
          .vocabulary = sizes.vocabulary,
          .tied = true,
          .biases = true,
          .positions = sizes.sequence,
          .sequence = sizes.sequence};
}

Machine with_network(Machine machine, BytesPerSecond scale_out) {
  machine.scale_out = scale_out;
  return machine;
}

void spread_over(PublishedRun& run, int gpus) {
  const std::int64_t each = std::int64_t{run.layout.tensor} * run.layout.pipeline * run.layout.context;
  if (gpus % each != 0) {
    run.excluded = std::to_string(gpus) + " GPUs do not divide into replicas of " + std::to_string(each);
    return;
  }
  run.layout.data = static_cast<int>(gpus / each);
}

void demand_gpus(PublishedRun& run, int gpus) {
  if (gpus_of(run.layout) == gpus || !run.excluded.empty()) return;
  run.excluded =
      "its groups need " + std::to_string(gpus_of(run.layout)) + " GPUs, the table says " + std::to_string(gpus);
}

int batch_of(const CsvRow& row, std::string_view column, std::int64_t each) {
  const std::int64_t most = kCount.at_most;
  const std::int64_t count = row.integer(column, kCount);
  if (each < 1 || count > most / each) throw row.error(column, "gives a batch of more than " + std::to_string(most));
  return static_cast<int>(count * each);
}

void split_stages(PublishedRun& run, int virtual_stages) {
  Layout& layout = run.layout;
  layout.virtual_stages = virtual_stages;
  const std::int64_t stages = std::int64_t{layout.pipeline} * virtual_stages;
  layout.lean_ends = layout.pipeline > 1 && run.model.layers % stages != 0 && (run.model.layers + 2) % stages == 0;
}

const Alias* find_start(std::span<const Alias> aliases, std::string_view text) {
  const auto found = std::ranges::find_if(aliases, [&](const Alias& alias) { return text.starts_with(alias.theirs); });
  return found == aliases.end() ? nullptr : &*found;
}

const Alias* find_in(std::span<const Alias> aliases, std::string_view text) {
  const auto found = std::ranges::find_if(
      aliases, [&](const Alias& alias) { return text.find(alias.theirs) != std::string_view::npos; });
  return found == aliases.end() ? nullptr : &*found;
}

Seconds step_at_tokens(const PublishedRun& run, double tokens_per_second_per_gpu) {
  const double tokens = static_cast<double>(run.layout.global_batch) * sequence_of(run.layout, run.model);
  return {tokens / (tokens_per_second_per_gpu * static_cast<double>(gpus_of(run.layout)))};
}

Seconds step_at_flops(const PublishedRun& run, Flops step, double tera_per_second_per_gpu) {
  return {step.value / (tera_per_second_per_gpu * 1e12 * static_cast<double>(gpus_of(run.layout)))};
}

}  // namespace muster
