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

using Reader = PublishedRun (*)(const CsvRow& row);

/// What a format's rows are, where no reader can make a prediction of them.
enum class Rows {
  runs,   ///< each stands in the result, with the reason
  other,  ///< the table stands there as a whole
};

/// The first line whose columns a table all has is its format.
struct TableFormat {
  std::initializer_list<std::string_view> columns;
  std::initializer_list<Reader> readers;  ///< each makes one run of a row
  Rows rows = Rows::runs;
  std::string_view why_not = {};  ///< without a reader
};

const std::initializer_list<TableFormat> kFormats = {
    {{"model", "machine", "layout"}, {read_plain}},
    {{"tensor_parallelism", "data_parallelism", "pipeline_parallelism", "iteration_time_ms"}, {read_vtrain}},
    {{"params_B", "tp", "pp", "gpus", "batch_seqs", "tflops_per_gpu"}, {read_megatron_sc21}},
    {{"interleave", "batch_seqs", "microbatch", "recompute", "iteration_s"}, {read_korthikanti}},
    {{"model", "heads", "tp", "pp", "batch_seqs", "tflops_per_gpu", "vocab"}, {read_megatron_core}},
    {{"dispatcher", "seq_len", "ep", "step_time_sec"}, {read_moe_zoo}},
    {{"release", "system", "gbs", "mbs", "tokens_per_s_per_gpu"}, {read_bridge}},
    {{"tokens_sec_gpu", "sequence_length", "gbs", "mbs"}, {read_nemo_launcher}},
    {{"round", "benchmark", "accelerator", "step_time_median_s", "tp"}, {read_mlperf}},
    {{"d_model", "seqlen_t", "microbatchsize", "throughput_t_s_gpu"}, {read_mosaic}},
    {{"tp", "cp", "pp", "dp", "batch_seqs_per_dp", "tflops_per_gpu", "ffn"}, {read_llama3}},
    {{"fsdp", "local_batch", "techniques", "tps_per_gpu"}, {read_torchtitan}},
    {{"nodes", "gpus", "local_batch", "dtype", "tps_per_gpu"}, {read_torchtitan_nodes}},
    {{"zero1_group", "micro_num", "micro_bsz", "recompute", "tokens_per_gpu_s"}, {read_internevo_scaling}},
    {{"zero1", "micro_num", "micro_bsz", "act_ckpt", "tokens_per_gpu_s"}, {read_internevo_flops}},
    {{"microbatches", "real_ms", "layers", "tp", "pp"}, {read_simumax}},
    {{"file", "line", "sec_per_it", "mbs", "nheads"}, {read_bigscience}},
    {{"tokens_s_gpu_a100_128gpu_400Gbps", "tokens_s_gpu_h100_96gpu_800Gbps"}, {read_fms_a100, read_fms_h100}},
    {{"bs_per_gpu", "fsdp", "step_s", "seq_s"}, {read_jaxtoolbox}},
    {{"model", "tok_s_gpu_8node_measured"}, {}, Rows::runs, "global batch not published"},
    {{"model", "chips", "step_s", "tflops_per_chip"}, {}, Rows::runs, "TPU: the machine is not described"},
    {{"hosts", "gpus", "tflops_per_gpu"}, {}, Rows::runs, "batch and layout not published"},
    {{"run", "accelerator", "mfu_pct", "iteration_s_or_rate"}, {}, Rows::runs, "layout not published"},
    {{"model", "mfu_pct", "hfu_pct"}, {}, Rows::runs, "TPU: batch, layout and machine not published"},
    {{"system", "run", "step_time_median_s", "step_samples"}, {}, Rows::runs, "layout not published in this table"},
    {{"predictor", "mape_pct"}, {}, Rows::other, "predictions of other tools, no runs"},
    {{"file", "rows", "source", "certainty"}, {}, Rows::other, "a list of tables, no runs"},
    {{"model", "ffn", "head_dim", "params_B"}, {}, Rows::other, "shapes of models, no runs"},
    {{"sample", "time_ms", "step_time_s"}, {}, Rows::other, "single steps of runs, whose medians stand elsewhere"},
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

/// Same model, machine, software, batch and number formats, and what the reader says must agree as well (a release):
/// what differs is the layout.
std::string sweep_of(const PublishedRun& run) {
  const Layout& layout = run.layout;
  std::string key = run.sweep.empty() ? run.model.name : run.sweep + " " + run.model.name;
  for (const std::int64_t size :
       {std::int64_t{run.model.layers}, std::int64_t{run.model.hidden}, std::int64_t{run.model.heads},
        std::int64_t{sequence_of(layout, run.model)}, std::int64_t{layout.global_batch}, gpus_of(layout)}) {
    key += " " + std::to_string(size);
  }
  key.append(" ").append(run.machine.name).append(" ").append(name_of(layout.precision));
  return key.append(" ").append(name_of(run.software));
}

/// One odd row does not spoil a table.
std::string impossible_in(const PublishedRun& run) {
  try {
    check(run.model);
  } catch (const Error& error) {
    return error.what();
  }
  return refusal(run.model, run.layout);
}

/// What the reader makes of the row; where a cell makes no sense, that is why the row is left out.
PublishedRun read_cells(Reader read, const CsvRow& row) {
  try {
    return read(row);
  } catch (const Error& error) {
    PublishedRun run;
    run.model.name = "unreadable";
    run.excluded = error.what();
    const std::string place = ":" + std::to_string(row.line()) + ": ";  // stands in the run already
    if (const std::size_t at = run.excluded.find(place); at != std::string::npos)
      run.excluded.erase(0, at + place.size());
    return run;
  }
}

PublishedRun read_row(Reader read, const CsvRow& row, const std::string& table) {
  PublishedRun run = read_cells(read, row);
  run.table = table;
  run.line = row.line();
  if (run.excluded.empty()) run.excluded = impossible_in(run);
  run.name = name_of(run);
  run.sweep = run.excluded.empty() ? sweep_of(run) : "";
  return run;
}

PublishedRun without_reader(const std::string& table, int line, std::string_view name, std::string_view why) {
  PublishedRun run;
  run.table = table;
  run.line = line;
  run.name = name;
  run.excluded = why;
  return run;
}

std::string table_name(const std::filesystem::path& path) { return path.stem().string(); }

std::vector<PublishedRun> read_table(const std::filesystem::path& path) {
  const CsvTable table = read_csv(path.string());
  const std::string name = table_name(path);
  const TableFormat* format = format_of(table);
  if (format == nullptr) return {without_reader(name, 1, name, "its columns are of no format that is known")};
  if (format->rows == Rows::other) return {without_reader(name, 1, name, format->why_not)};
  std::vector<PublishedRun> runs;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const CsvRow row = table[i];
    for (const Reader read : format->readers) runs.push_back(read_row(read, row, name));
    if (format->readers.size() > 0) continue;
    runs.push_back(without_reader(name, row.line(), row.text(*format->columns.begin()), format->why_not));
  }
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
  for (const std::filesystem::path& path : tables) {
    try {
      std::ranges::move(read_table(path), std::back_inserter(runs));
    } catch (const Error& error) {
      runs.push_back(without_reader(table_name(path), 1, table_name(path), error.what()));
    }
  }
  return runs;
}

}  // namespace muster
