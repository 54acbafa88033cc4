// SPDX-License-Identifier: Apache-2.0
#include "training/published/completion.hpp"

#include <algorithm>

#include "training/published/names.hpp"

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

bool is_given(const CsvRow& row, std::string_view column) { return row.has(column) && !row.is_empty(column); }

int integer_or(const CsvRow& row, std::string_view column, Range<int> range, int when_absent) {
  return is_given(row, column) ? row.integer(column, range) : when_absent;
}

std::string text_or(const CsvRow& row, std::string_view column, std::string_view when_absent) {
  return is_given(row, column) ? row.text(column) : std::string(when_absent);
}

void set_model(PublishedRun& run, const std::string& name) {
  run.model.name = name;
  if (std::optional<Model> model = model_called(name)) {
    run.model = *std::move(model);
  } else if (run.excluded.empty()) {
    run.excluded = "the model is not described: " + name;
  }
}

void set_machine(PublishedRun& run, const std::string& name) {
  if (!run.excluded.empty()) return;
  if (std::optional<Machine> machine = machine_called(name)) {
    run.machine = *std::move(machine);
  } else {
    run.excluded = "the machine is not described: " + name;
  }
}

const Alias* find_start(std::span<const Alias> aliases, std::string_view text) {
  const auto found = std::ranges::find_if(aliases, [&](const Alias& alias) { return text.starts_with(alias.theirs); });
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
