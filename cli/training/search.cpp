// SPDX-License-Identifier: Apache-2.0
// muster training search: the fastest layouts of a model on a number of GPUs, and what less memory costs.
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "cli/training/machine_words.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/report.hpp"
#include "reports/text_table.hpp"
#include "training/layout_fixed.hpp"
#include "training/layout_json.hpp"
#include "training/measured_report.hpp"
#include "training/model_library.hpp"
#include "training/search_json.hpp"

namespace muster {
namespace {

struct SearchOptions {
  std::string model;
  std::string machine;
  std::string report;
  std::string software = "megatron-2025";
  std::string given;
  int gpus = 0;
  int batch = 0;
  int sequence = 0;
  int top = 10;
  bool json = false;
};

void print_layouts(const SearchRequest& request, const std::vector<FoundLayout>& found, const TextStyle& style) {
  TextTable table({{"layout", Align::left},
                   {"step"},
                   {"tokens/s/GPU"},
                   {"GB"},
                   {"bubble %", Align::right, Need::room},
                   {"exposed %", Align::right, Need::room}});
  for (const FoundLayout& one : found) {
    const double tokens = static_cast<double>(one.layout.global_batch) * sequence_of(one.layout, request.model);
    const double exposed = one.time[Spent::tensor] + one.time[Spent::context] + one.time[Spent::experts] +
                           one.time[Spent::weights] + one.time[Spent::sends] + one.time[Spent::gradients];
    table.add({short_text(one.layout), format_duration({one.time.total}),
               significant(tokens / one.time.total / request.gpus), significant(one.memory / 1e9),
               percent(one.time[Spent::bubble] / one.time.total), percent(exposed / one.time.total)});
  }
  table.print(std::cout, style);
}

void run(const SearchOptions& options) {
  FixedLayout fixed = read_fixed_layout(options.given);
  SearchRequest request{.model = read_model(options.model),
                        .machine = machine_by_words(options.machine, options.report),
                        .software = parse_software(options.software),
                        .gpus = options.gpus,
                        .given = fixed.layout,
                        .top = static_cast<std::size_t>(options.top)};
  request.given.global_batch = options.batch;
  request.given.sequence = options.sequence;
  request.allowed = [&](const Layout& layout) { return fixed.allows(layout); };
  Measured measured;
  if (!options.report.empty()) {
    measured = measured_of(read_report(options.report), request.machine, options.report);
    request.measured = &measured;
  }
  const SearchResult result = search_layouts(request);
  if (options.json) {
    std::cout << to_json(request, result).dump(2) << "\n";
    return;
  }
  if (result.best.empty()) {
    throw Error("no layout of " + request.model.name + " on " + std::to_string(options.gpus) +
                " GPUs: " + std::to_string(result.tried) + " divide, and none fits " +
                request.machine.accelerator.name + "'s memory; take more GPUs, another --batch or fewer --fix");
  }
  const TextStyle style = style_of_output();
  std::cout << "the fastest of " << result.tried << " layouts (" << result.too_large << " beyond the memory):\n";
  print_layouts(request, result.best, style);
  std::cout << "\nnone of these is both slower and larger than another:\n";
  print_layouts(request, result.front, style);
}

}  // namespace

void add_training_search(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("search", "The fastest layouts of a model on so many GPUs");
  const auto options = std::make_shared<SearchOptions>();
  command->add_option("model", options->model, "Model: a shipped name (muster training list) or a file")->required();
  add_machine_option(*command, options->machine);
  command->add_option("--gpus", options->gpus, "How many GPUs")->required()->check(CLI::Range(1, 1 << 20));
  command->add_option("--batch", options->batch, "Sequences per step")->required()->check(CLI::Range(1, 1 << 24));
  command->add_option("--sequence", options->sequence, "Tokens per sequence; 0: the model's")
      ->check(CLI::Range(0, 1 << 24));
  command->add_option("--fix", options->given, "What is not searched: \"tp=8,precision=fp8,...\"");
  command->add_option("--report", options->report, "report.json whose measurements correct the formulas");
  command->add_option("--software", options->software, "Generation of the framework")->capture_default_str();
  command->add_option("--top", options->top, "How many of the fastest")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON (muster/training-search/1)");
  command->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace muster
