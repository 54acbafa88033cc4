// SPDX-License-Identifier: Apache-2.0
// muster training predict: the step time of a model under a layout on a machine, where it goes, and what would help.
#include <iostream>
#include <memory>

#include "cli/report_files.hpp"
#include "cli/training/commands.hpp"
#include "cli/training/question.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "training/counting/memory.hpp"
#include "training/layout_json.hpp"
#include "training/prediction_json.hpp"

namespace muster {
namespace {

constexpr double kGigabyte = 1e9;

struct PredictOptions {
  QuestionOptions question;
  double price = 0;
  bool json = false;
};

std::string of_16_bit_peak(double share) { return percent(share) + " % of the 16-bit peak"; }

void print_answer(const Question& question, const Prediction& prediction, double price) {
  const auto gpus = gpus_of(question.layout);
  const std::string title = printable(question.model.name) + " on " + std::to_string(gpus) + " x " +
                            printable(question.machine.accelerator.name) + ", " + short_text(question.layout);
  std::cout << wrapped(title, 2, style_of_output()) << "\n";
  std::cout << "step            " << format_duration({prediction.time.total})
            << "   (90 %: " << format_duration({prediction.least}) << " to " << format_duration({prediction.most})
            << ")\n";
  std::cout << "tokens/s        " << significant(prediction.tokens_per_second) << "   per GPU "
            << significant(prediction.tokens_per_second_per_gpu) << "\n";
  std::cout << "MFU             " << of_16_bit_peak(prediction.mfu) << ", HFU " << percent(prediction.hfu) << " %\n";
  if (prediction.joules_per_token > 0) {
    std::cout << "energy          " << significant(prediction.joules_per_token)
              << " J per token at the GPUs' power limit\n";
  }
  if (price > 0) {
    std::cout << "price           " << significant(3600 * prediction.tokens_per_second_per_gpu / price / 1e6)
              << " million tokens per dollar at " << significant(price) << " per GPU hour\n";
  }
}

void print_breakdown(const StepTime& time, const TextStyle& style) {
  TextTable table({{"spent on", Align::left}, {"time"}, {"%"}});
  for (int i = 0; i < kSpent; ++i) {
    const auto spent = static_cast<Spent>(i);
    if (time[spent] <= 0) continue;
    table.add({std::string(name_of(spent)), format_duration({time[spent]}), percent(time[spent] / time.total)});
  }
  std::cout << "\n";
  table.print(std::cout, style);
}

void print_memory(const Question& question, const TextStyle& style) {
  const PeakMemory peak = peak_memory(question.model, question.layout);
  const double room = static_cast<double>(question.machine.accelerator.memory.value);
  TextTable table({{"memory of pipeline rank " + std::to_string(peak.pipeline_rank), Align::left}, {"GB"}});
  const auto add = [&](const char* what, double bytes) { table.add({what, significant(bytes / kGigabyte)}); };
  add("weights", peak.use.weights);
  add("gradients", peak.use.gradients);
  add("optimizer", peak.use.optimizer);
  add("activations", peak.use.activations);
  add("logits", peak.use.logits);
  add("working space", peak.use.working);
  add("all", total_of(peak.use));
  add("of a GPU", room);
  std::cout << "\n";
  table.print(std::cout, style);
  const std::string refused = memory_refusal(question.model, question.layout, question.machine.accelerator);
  if (!refused.empty()) std::cout << wrapped("  ! " + refused, 4, style) << "\n";
}

void print_sensitivities(const Question& question, const TextStyle& style) {
  TextTable table({{"10 % better", Align::left}, {"saves % of the step"}});
  for (const Sensitivity& one : sensitivities(question)) table.add({one.what, percent(one.gain)});
  std::cout << "\n";
  table.print(std::cout, style);
}

void print_assumptions(const Prediction& prediction, const TextStyle& style) {
  if (prediction.assumptions.empty()) return;
  std::cout << "\nassumed:\n";
  for (const Assumption& one : prediction.assumptions) {
    std::cout << wrapped("  " + one.about + ": " + one.text, 4, style) << "\n";
  }
}

void run(const PredictOptions& options) {
  Measured measured;
  const Question question = read_question(options.question, measured);
  const Prediction prediction = predict(question);
  if (options.json) {
    std::cout << to_json(question, prediction, sensitivities(question)).dump(2) << "\n";
    return;
  }
  const TextStyle style = style_of_output();
  print_answer(question, prediction, options.price);
  print_breakdown(prediction.time, style);
  print_memory(question, style);
  print_sensitivities(question, style);
  print_assumptions(prediction, style);
}

}  // namespace

void add_training_predict(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("predict", "Step time, tokens/s and MFU of a model, with what limits them");
  const auto options = std::make_shared<PredictOptions>();
  add_question_options(*command, options->question);
  command->add_option("--price", options->price, "Dollars per GPU hour")->check(CLI::Range(0.0, 1e6));
  command->add_flag("--json", options->json, "Print JSON (muster/training-prediction/1)");
  command->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace muster
