// SPDX-License-Identifier: Apache-2.0
// muster training explain: what a step is made of before any clock runs: parameters, FLOPs by operator, and every
// collective with its group, bytes and count.
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "training/counting/operators.hpp"
#include "training/counting/step_exchanges.hpp"
#include "training/layout_json.hpp"
#include "training/model_library.hpp"

namespace muster {
namespace {

struct ExplainOptions {
  std::string model;
  std::string layout;
  int gpus_per_node = 8;
};

std::string billions(std::uint64_t count) { return significant(static_cast<double>(count) / 1e9); }

void print_parameters(const Model& model, const TextStyle& style) {
  const Parameters counted = parameters_of(model);
  TextTable table({{"parameters", Align::left}, {"billions"}});
  const auto add = [&](const char* what, std::uint64_t count) {
    if (count > 0) table.add({what, billions(count)});
  };
  add("attention, one layer", counted.attention);
  add("feed-forward block, one layer", counted.dense);
  add("one expert", counted.expert);
  add("router and shared experts, one layer", counted.shared);
  add("embedding", counted.embedding);
  add("output projection", counted.output);
  add("further-token layers", counted.prediction);
  add("all", counted.total);
  add("met by one token", counted.active);
  table.print(std::cout, style);
}

std::string shape_of(const Operator& one) {
  if (one.work != Work::product) return "";
  const std::string shape = significant(one.m) + " x " + significant(one.n) + " x " + significant(one.k);
  return one.batch > 1 ? significant(one.batch) + " of " + shape : shape;
}

void add_operators(TextTable& table, const std::string& where, const Operators& all) {
  for (const Operator& one : all) {
    table.add({where, std::string(part_name(one.part)), shape_of(one), significant(one.flops / 1e9),
               significant(one.bytes / 1e6)});
  }
}

void print_operators(const Model& model, const Layout& layout, const TextStyle& style) {
  TextTable table(
      {{"layer", Align::left}, {"operator", Align::left}, {"m x n x k"}, {"forward GFLOP"}, {"forward MB"}});
  if (expert_layers(model) < model.layers) {
    add_operators(table, "dense", layer_operators(model, layout, LayerKind::dense));
  }
  if (expert_layers(model) > 0) {
    add_operators(table, "experts", layer_operators(model, layout, LayerKind::experts));
  }
  add_operators(table, "output", output_operators(model, layout));
  std::cout << "\nper micro-batch and GPU:\n";
  table.print(std::cout, style);
}

void print_exchanges(const Model& model, const Layout& layout, int gpus_per_node, const TextStyle& style) {
  TextTable table({{"group", Align::left},
                   {"collective", Align::left},
                   {"ranks"},
                   {"per node"},
                   {"stride"},
                   {"size"},
                   {"per step"},
                   {"hides behind", Align::left}});
  for (const CountedExchange& one : exchanges_of_step(model, layout, gpus_per_node)) {
    table.add({std::string(name_of(one.exchange.axis)), std::string(name_of(one.exchange.collective)),
               std::to_string(one.group.ranks), std::to_string(one.group.per_node), std::to_string(one.group.stride),
               significant(one.exchange.bytes / 1e6) + " MB", significant(one.times), one.hides_behind});
  }
  std::cout << "\ncollectives of the first pipeline rank, per step:\n";
  table.print(std::cout, style);
}

void run(const ExplainOptions& options) {
  const Model model = read_model(options.model);
  const Layout layout = read_layout(options.layout);
  const std::string refused = refusal(model, layout);
  if (!refused.empty()) throw Error(refused);
  const TextStyle style = style_of_output();
  const int sequence = sequence_of(layout, model);
  const std::string title = printable(model.name) + ", " + short_text(layout) + ": " + std::to_string(gpus_of(layout)) +
                            " GPUs, " + std::to_string(micro_batches_of(layout)) + " micro-batches of " +
                            std::to_string(layout.micro_batch) + " x " + std::to_string(sequence) + " tokens";
  std::cout << wrapped(title, 2, style) << "\n\n";
  print_parameters(model, style);
  const std::string work =
      "FLOPs per token, forward: " + significant(forward_flops_per_token(model, sequence, Masked::counted) / 1e9) +
      " GFLOP with masked pairs, " + significant(forward_flops_per_token(model, sequence, Masked::left_out) / 1e9) +
      " without; training takes three times as many";
  std::cout << "\n" << wrapped(work, 2, style) << "\n";
  print_operators(model, layout, style);
  print_exchanges(model, layout, options.gpus_per_node, style);
}

}  // namespace

void add_training_explain(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("explain", "Parameters, FLOPs and collectives of a training step");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("model", options->model, "Model: a shipped name (muster training list) or a file")->required();
  command->add_option("--layout", options->layout, "Layout: \"tp=8,pp=4,dp=16,gbs=512,...\" or a file")->required();
  command->add_option("--gpus-per-node", options->gpus_per_node, "GPUs that share the fast links")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace muster
