// SPDX-License-Identifier: Apache-2.0
// muster training require: the least rates of products and collectives with which a step is short enough, as a target
// file for an acceptance run.
#include <array>
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "cli/training/question.hpp"
#include "cli/training/suite.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "training/layout_json.hpp"
#include "training/require_json.hpp"

namespace muster {
namespace {

struct RequireOptions {
  QuestionOptions question;
  double step_seconds = 0, tokens_per_second = 0, mfu = 0;
  std::int64_t gpus = 0;
  int ranks = 0;
  std::string out;
};

/// What can be demanded: its option, and s of a step from it.
struct DemandOption {
  const char* option;
  const char* meaning;
  double RequireOptions::*value;
  double most;
  double (*step)(double demanded, const Prediction& prediction);
};
constexpr std::array<DemandOption, 3> kDemands = {{
    {"--step-seconds", "Seconds of a step, at most", &RequireOptions::step_seconds, 86400,
     [](double demanded, const Prediction&) { return demanded; }},
    {"--tokens-per-second", "Tokens per second of all GPUs, at least", &RequireOptions::tokens_per_second, 1e12,
     [](double demanded, const Prediction& prediction) { return prediction.tokens / demanded; }},
    {"--mfu", "Share of the 16-bit peak, at least", &RequireOptions::mfu, 1,
     [](double demanded, const Prediction& prediction) { return prediction.time.total * prediction.mfu / demanded; }},
}};

Seconds demanded_step(const RequireOptions& options, const Prediction& prediction) {
  for (const DemandOption& demand : kDemands) {
    if (options.*demand.value > 0) return {demand.step(options.*demand.value, prediction)};
  }
  throw Error("no demand: give one of --step-seconds, --tokens-per-second and --mfu");
}

std::string alone_cell(const RequiredRate& rate) { return rate.alone ? percent(*rate.alone) : "no rate"; }

void print_rates(const Requirements& found, const TextStyle& style) {
  TextTable table({{"what", Align::left}, {"required"}, {"predicted"}, {"", Align::left}, {"alone, % of predicted"}});
  const auto add = [&](const std::string& what, const RequiredRate& rate, double unit, const char* suffix) {
    table.add({what, significant(rate.rate / unit), significant(rate.predicted / unit), suffix, alone_cell(rate)});
  };
  for (const RequiredProduct& one : found.products) add(text_of(one.product), one.required, 1e12, "TFLOPS");
  for (const RequiredExchange& one : found.exchanges) {
    const std::string what = std::string(name_of(one.exchange.needed.exchange.collective)) + " of " +
                             format_size(one.exchange.size) + ", " + std::to_string(one.exchange.group.ranks) +
                             " ranks";
    add(what, one.required, 1e9, "GB/s bus");
  }
  table.print(std::cout, style);
}

void print_requirements(const Question& question, const Requirements& found) {
  std::cout << printable(question.model.name) << " on " << gpus_of(question.layout) << " x "
            << printable(question.machine.accelerator.name) << ", " << short_text(question.layout) << "\n"
            << "step " << format_duration({found.step}) << " demanded, " << format_duration({found.predicted_step})
            << " predicted: all rates together at " << percent(found.factor) << " % of the predicted ones\n\n";
  print_rates(found, style_of_output());
  for (const std::string& line : found.unchecked) std::cout << "  ! not checked: " << line << "\n";
  for (const std::string& line : found.borrowed) std::cout << "  " << line << "\n";
}

void run(const RequireOptions& options) {
  Measured nothing;
  const Question question = read_question(options.question, nothing);
  if (options.gpus > 0 && options.gpus != gpus_of(question.layout)) {
    throw Error("the layout takes " + std::to_string(gpus_of(question.layout)) + " GPUs, not " +
                std::to_string(options.gpus) + ": correct one of them");
  }
  const int per_node = question.machine.gpus_per_node;
  const RankSpread launch{.ranks = options.ranks > 0 ? options.ranks : per_node, .per_node = per_node};
  const Requirements found =
      requirements_of(question, demanded_step(options, predict(question)), launch, largest_exchange(Processor::gpu));
  const std::string text = to_document(to_json(question, found));
  if (options.out.empty()) {
    std::cout << text;
    return;
  }
  write_file(options.out, text);
  print_requirements(question, found);
}

}  // namespace

void add_training_require(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("require", "The rates that a training target needs, as a target file");
  const auto options = std::make_shared<RequireOptions>();
  add_model_options(*command, options->question);
  CLI::Option_group* demands = command->add_option_group("demand", "Exactly one of");
  for (const DemandOption& demand : kDemands) {
    demands->add_option(demand.option, options.get()->*demand.value, demand.meaning)
        ->check(CLI::Range(1e-9, demand.most));
  }
  demands->require_option(1);
  command->add_option("--gpus", options->gpus, "GPUs that train; must be those of the layout")
      ->check(CLI::Range(1, 1 << 24));
  command->add_option("--ranks", options->ranks, "GPUs of the acceptance run (default: those of a node)")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("-o,--out", options->out,
                      "File to write, with a table on standard output (default: the file's "
                      "text there)");
  command->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace muster
