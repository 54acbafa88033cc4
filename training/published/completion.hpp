// SPDX-License-Identifier: Apache-2.0
// What several readers of published tables complete in the same way: models of the GPT family, machines whose network
// differs from the shipped one, ranks that follow from the number of GPUs, step times from rates.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/csv.hpp"
#include "training/published/run.hpp"

namespace muster {

inline constexpr Range<int> kCount = {1, 1 << 24};       ///< of GPUs, ranks, sequences, tokens, layers
inline constexpr Range<int> kRanks = {1, 1 << 15};       ///< of one group: the product of four still fits
inline constexpr Range<double> kRate = {1e-6, 1e12};     ///< tokens/s, TFLOP/s and the like
inline constexpr Range<double> kDuration = {1e-6, 1e9};  ///< in whatever unit the column has

/// A transformer as GPT-2 and GPT-3 have it: heads that share nothing, a feed-forward block four times as wide as the
/// hidden size, biases, and the embedding as output projection.
struct GptSizes {
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int vocabulary = 0;
  int sequence = 0;
};
Model gpt_model(const std::string& name, const GptSizes& sizes);

/// A shipped machine with another network: bytes per second and GPU.
Machine with_network(Machine machine, BytesPerSecond scale_out);

/// Gives the data-parallel ranks what tensor, pipeline and context leave of `gpus`; where that does not divide, the run
/// is excluded.
void spread_over(PublishedRun& run, int gpus);

/// Excludes the run where its layout needs another number of GPUs than the table says.
void demand_gpus(PublishedRun& run, int gpus);

/// Sequences per step: the column's times `each`. Throws Error where no machine trains such a batch.
int batch_of(const CsvRow& row, std::string_view column, std::int64_t each);

/// Virtual stages, and lean ends where the layers divide only with embedding and output counted as one layer each.
void split_stages(PublishedRun& run, int virtual_stages);

/// The column is there and its cell is not empty: tables of one source do not all have the same columns.
bool is_given(const CsvRow& row, std::string_view column);
int integer_or(const CsvRow& row, std::string_view column, Range<int> range, int when_absent);
std::string text_or(const CsvRow& row, std::string_view column, std::string_view when_absent);

/// Sets what the table calls its model or machine; where that is not described, the run is excluded.
void set_model(PublishedRun& run, const std::string& name);
void set_machine(PublishedRun& run, const std::string& name);

/// A line of a reader's small table: what a source calls a model or machine, and what that is here.
struct Alias {
  std::string_view theirs;
  std::string_view ours;
};
/// The line whose `theirs` starts the text; nullptr where none does.
const Alias* find_start(std::span<const Alias> aliases, std::string_view text);

/// The time of a step of the run's batch at a rate per GPU.
Seconds step_at_tokens(const PublishedRun& run, double tokens_per_second_per_gpu);
Seconds step_at_flops(const PublishedRun& run, Flops step, double tera_per_second_per_gpu);

}  // namespace muster
