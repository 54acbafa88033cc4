// SPDX-License-Identifier: Apache-2.0
// A table is known by the columns that its reader asks for, not by its name.
#include "training/published/tables.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "core/csv.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// The first line whose columns a table all has is its format.
struct TableFormat {
  std::initializer_list<std::string_view> columns;
  PublishedRun (*read)(const CsvRow& row);  ///< nullptr: a table without runs, for the reason beside it
  std::string_view no_runs;
};

const std::initializer_list<TableFormat> kFormats = {
    {{"tensor_parallelism", "data_parallelism", "pipeline_parallelism", "iteration_time_ms"}, read_vtrain, {}},
    {{"params_B", "tp", "pp", "gpus", "batch_seqs", "tflops_per_gpu", "pct_of_peak"}, read_megatron_sc21, {}},
    {{"interleave", "batch_seqs", "microbatch", "recompute", "iteration_s"}, read_korthikanti, {}},
    {{"model", "tp", "pp", "dp", "batch_seqs", "tflops_per_gpu", "vocab", "aggregate_pflops"}, read_megatron_core, {}},
    {{"predictor", "mape_pct"}, nullptr, "predictions of other tools, no runs"},
    {{"file", "rows", "source", "certainty"}, nullptr, "a list of tables, no runs"},
    {{"model", "ffn", "head_dim", "params_B"}, nullptr, "shapes of models, no runs"},
    {{"sample", "time_ms", "step_time_s"}, nullptr, "single steps of runs whose medians stand in other tables"},
};

const TableFormat* format_of(const CsvTable& table) {
  const auto fits = [&](const TableFormat& format) {
    return std::ranges::all_of(format.columns, [&](std::string_view column) { return table.has(column); });
  };
  const auto* found = std::ranges::find_if(kFormats, fits);
  return found == kFormats.end() ? nullptr : found;
}

std::string name_of(const PublishedRun& run) {
  const Layout& layout = run.layout;
  std::string name = run.model.name;
  const auto add = [&](std::string_view key, int value) { name.append(" ").append(key) += std::to_string(value); };
  add("t", layout.tensor);
  add("p", layout.pipeline);
  if (layout.virtual_stages > 1) add("v", layout.virtual_stages);
  if (layout.context > 1) add("c", layout.context);
  if (layout.expert > 1) add("e", layout.expert);
  add("d", layout.data);
  add("b", layout.micro_batch);
  return name;
}

/// Same model, machine, software, batch and number formats: what differs is the layout.
std::string sweep_of(const PublishedRun& run) {
  const Layout& layout = run.layout;
  std::string key = run.model.name;
  for (const std::int64_t size :
       {std::int64_t{run.model.layers}, std::int64_t{run.model.hidden}, std::int64_t{run.model.heads},
        std::int64_t{sequence_of(layout, run.model)}, std::int64_t{layout.global_batch}, gpus_of(layout)}) {
    key += " " + std::to_string(size);
  }
  key.append(" ").append(run.machine.name).append(" ").append(name_of(layout.precision));
  return key.append(" ").append(name_of(run.software));
}

PublishedRun read_row(const TableFormat& format, const CsvRow& row, const std::string& table) {
  PublishedRun run = format.read(row);
  run.table = table;
  run.line = row.line();
  if (run.excluded.empty()) run.excluded = refusal(run.model, run.layout);
  if (run.name.empty()) run.name = name_of(run);
  if (run.sweep.empty() && run.excluded.empty()) run.sweep = sweep_of(run);
  return run;
}

PublishedRun without_runs(const std::string& table, std::string_view why) {
  PublishedRun run;
  run.table = run.name = table;
  run.line = 1;
  run.excluded = why;
  return run;
}

std::vector<PublishedRun> read_table(const std::filesystem::path& path) {
  const CsvTable table = read_csv(path.string());
  const std::string name = path.stem().string();
  const TableFormat* format = format_of(table);
  if (format == nullptr) return {without_runs(name, "its columns are of no format that is known")};
  if (format->read == nullptr) return {without_runs(name, format->no_runs)};
  std::vector<PublishedRun> runs;
  for (std::size_t i = 0; i < table.size(); ++i) runs.push_back(read_row(*format, table[i], name));
  return runs;
}

}  // namespace

std::vector<PublishedRun> read_published(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) return read_table(place);
  std::set<std::filesystem::path> tables;
  for (const auto& entry : std::filesystem::directory_iterator(place)) {
    if (entry.is_regular_file() && entry.path().extension() == ".csv") tables.insert(entry.path());
  }
  if (tables.empty()) throw Error(place.string() + ": no *.csv in this folder; name one that has published tables");
  std::vector<PublishedRun> runs;
  for (const std::filesystem::path& path : tables) std::ranges::move(read_table(path), std::back_inserter(runs));
  return runs;
}

}  // namespace muster
